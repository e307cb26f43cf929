"""The training loop: what early stop, averaging, the schedule and the rollback each change; exact resumption."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from shapefield.errors import DivergedError
from shapefield.events import FINISH, Notice, Progress
from shapefield.fields import build
from shapefield.machine.devices import choose
from shapefield.methods import METHODS
from shapefield.training import loop
from shapefield.training.best import Best
from shapefield.training.loop import Trainer, TrainingPlan, quickest_step, seconds_a_step
from shapefield.training.objectives import clamped_l1, eikonal, gradient_of


class Valley:
    """Minimise E|w - target + noise|² over w (3,); `spoil(step)` may change the loss."""

    def __init__(self, noise=0.0, spoil=None):
        self.w = torch.zeros(3, requires_grad=True)
        self.target = torch.tensor([1.0, -2.0, 0.5])
        self.noise, self.spoil = noise, spoil

    def parameter_groups(self):
        return [{"params": [self.w]}]

    def losses(self, step, generator):
        wanted = self.target + self.noise * torch.randn(3, generator=generator)
        loss = (self.w - wanted).square().sum()
        return {"loss": self.spoil(step, loss) if self.spoil else loss}

    def after_step(self, step):
        return False

    def state(self):
        return {"w": self.w}

    def load_state(self, state):
        self.w.data.copy_(state["w"])


class Ball:
    """A field trained towards ‖x‖ - 1/2 with the eikonal term: second derivatives, random batches."""

    def __init__(self, method, **options):
        entry = METHODS[method]
        self.field = build(entry, entry.options(**options), seed=3)

    def parameter_groups(self):
        return [{"params": list(self.field.parameters())}]

    def losses(self, step, generator):
        x = torch.rand(64, 3, generator=generator) * 2 - 1
        error = (self.field(x)[:, 0] - (x.norm(dim=1) - 0.5)).abs().mean()
        return {"distance": error, "eikonal": 0.1 * eikonal(gradient_of(self.field, x))}

    def after_step(self, step):
        return False

    def state(self):
        return dict(self.field.state_dict())

    def load_state(self, state):
        self.field.load_state_dict(state)


def finish(trainer, every=0.0):
    return list(trainer.run(every))


def test_it_finds_the_minimum():
    task = Valley()
    finish(Trainer(task, TrainingPlan(steps=400, rate=0.05)))
    torch.testing.assert_close(task.w, task.target, atol=1e-3, rtol=0)


def test_early_stop_ends_a_run_that_no_longer_gains_and_only_that():
    def stuck(step, loss):
        return loss if step < 20 else loss * 0 + 1e3

    def lengths(early_stop, spoil):
        trainer = Trainer(Valley(spoil=spoil), TrainingPlan(steps=200, rate=1e-3, early_stop=early_stop))
        finish(trainer)
        return trainer.step, trainer.stopped_early

    # loss 1000 is above everything before, but below the twentyfold that would be a divergence
    def flat(step, loss):
        return loss if step < 20 else loss.detach() * 0 + 6 + 0 * loss

    assert lengths(0.1, flat) == (pytest.approx(40, abs=3), True)
    assert lengths(0.0, flat) == (200, False)
    assert lengths(0.1, None) == (200, False)
    with pytest.raises(DivergedError):
        lengths(0.1, stuck)


def test_the_average_is_the_stated_one_and_quieter_than_the_last_weights():
    path = []

    class Watched(Valley):
        def after_step(self, step):
            path.append(self.w.detach().clone())
            return False

    plain, averaged = Valley(noise=1.0), Watched(noise=1.0)
    finish(Trainer(plain, TrainingPlan(steps=300, rate=0.05, schedule="constant")))
    finish(Trainer(averaged, TrainingPlan(steps=300, rate=0.05, schedule="constant", ema=0.98)))
    mean = path[0].clone()
    for step, w in enumerate(path):
        decay = min(0.98, (1 + step) / (10 + step))
        mean = decay * mean + (1 - decay) * w
    torch.testing.assert_close(averaged.w.detach(), mean, atol=1e-5, rtol=0)
    assert not torch.equal(averaged.w, path[-1])
    assert (averaged.w - averaged.target).norm() < 0.5 * (plain.w - plain.target).norm()


def test_a_single_nan_costs_a_rollback_to_an_older_state_at_a_lower_rate():
    struck = []

    def once(step, loss):
        if step == 57 and not struck:
            struck.append(step)
            return loss * math.nan
        return loss

    task = Valley(spoil=once)
    trainer = Trainer(task, TrainingPlan(steps=200, rate=0.05))
    events = finish(trainer)
    notices = [e.message for e in events if isinstance(e, Notice)]
    assert len(notices) == 1 and "diverged at step 57" in notices[0] and "back to step 50" in notices[0]
    assert trainer.step == 200 and trainer.rate_factor == pytest.approx(0.3)
    assert task.w.isfinite().all()
    straight = Valley()
    finish(Trainer(straight, TrainingPlan(steps=200, rate=0.05)))
    assert not torch.equal(task.w, straight.w)


def test_a_loss_that_runs_away_is_a_divergence_too():
    hit = []

    def explode(step, loss):
        if step == 100 and not hit:
            hit.append(step)
            return loss * 0 + 1e6
        return loss

    events = finish(Trainer(Valley(spoil=explode), TrainingPlan(steps=200, rate=0.05)), every=1e9)
    assert [type(e) for e in events].count(Notice) == 1


def test_a_second_divergence_ends_the_run_with_the_remedy_in_one_line():
    trainer = Trainer(Valley(spoil=lambda step, loss: loss * math.nan if step == 30 else loss), TrainingPlan(100, 0.1))
    with pytest.raises(DivergedError, match=r"diverged twice, at step 30.*rate below 0\.03") as caught:
        finish(trainer)
    assert "\n" not in str(caught.value) and caught.value.exit_code == 5


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("siren", {"width": 16, "depth": 2}),
        ("deepsdf", {"width": 16, "depth": 3, "skip": 2}),
        ("hashgrid", {"levels": 3, "table": 10, "width": 16, "depth": 1}),
    ],
)
@pytest.mark.parametrize("stop_at", [1, 13, 29])
def test_a_resumed_run_ends_bit_identical(method, options, stop_at):
    plan = TrainingPlan(steps=30, rate=1e-3, ema=0.9, seed=5)
    whole = Ball(method, **options)
    finish(Trainer(whole, plan))
    first = Trainer(Ball(method, **options), plan)
    for event in first.run(every=0.0):
        if isinstance(event, Progress) and event.done == stop_at:
            saved = first.state()
            break
    second = Ball(method, **options)
    trainer = Trainer(second, plan)
    trainer.load_state(saved)
    assert trainer.step == stop_at
    finish(trainer)
    for name, value in whole.state().items():
        assert torch.equal(value, second.state()[name]), name


def test_the_rollback_survives_a_resume():
    def spoil(step, loss):
        return loss * math.nan if step == 57 and len(struck) < 1 and not struck.append(1) else loss

    struck = []
    whole = Valley(noise=0.1, spoil=spoil)
    finish(Trainer(whole, TrainingPlan(100, 0.05)))
    struck = []
    first = Trainer(Valley(noise=0.1, spoil=spoil), TrainingPlan(100, 0.05))
    for event in first.run(every=0.0):
        if isinstance(event, Progress) and event.done == 56:
            saved = first.state()
            break
    resumed = Valley(noise=0.1, spoil=spoil)
    second = Trainer(resumed, TrainingPlan(100, 0.05))
    second.load_state(saved)
    finish(second)
    assert torch.equal(whole.w, resumed.w)


def test_rates_follow_their_closed_forms():
    cosine = TrainingPlan(100, 2.0)
    assert cosine.rate_at(0) == 2.0
    assert cosine.rate_at(50) == pytest.approx(2.0 * (0.01 + 0.99 / 2))
    assert cosine.rate_at(100) == pytest.approx(0.02)
    falling = TrainingPlan(100, 2.0, schedule="exponential")
    assert falling.rate_at(50) == pytest.approx(0.2)
    assert TrainingPlan(100, 2.0, schedule="constant").rate_at(99) == 2.0
    warming = TrainingPlan(100, 1.0, schedule="constant", warmup=3)
    assert [warming.rate_at(k) for k in range(5)] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])


def test_a_group_s_scale_multiplies_its_rate():
    class Scaled(Valley):
        def parameter_groups(self):
            return [{"params": [self.w], "scale": 0.1}]

    one, tenth = Valley(), Scaled()
    finish(Trainer(one, TrainingPlan(1, 0.5, schedule="constant")))
    finish(Trainer(tenth, TrainingPlan(1, 0.5, schedule="constant")))
    torch.testing.assert_close(tenth.w, 0.1 * one.w)


def test_finish_ends_the_training_there():
    trainer = Trainer(Valley(), TrainingPlan(steps=1000, rate=0.01))
    run = trainer.run(every=0.0)
    assert isinstance(next(run), Progress)
    with pytest.raises(StopIteration):
        run.send(FINISH)
    assert trainer.step == 1


def test_the_clamped_loss_is_the_paper_s_and_has_a_slope_on_the_wrong_side_too():
    delta, generator = 0.1, torch.Generator().manual_seed(0)
    f, d = (torch.rand(2000, generator=generator) - 0.5) * 0.2, (torch.rand(2000, generator=generator) - 0.5) * 0.6
    right = torch.where(d.abs() > delta, 5.0 * d.sign(), f)  # as far beyond as one likes, on the target's side
    for within in (f, right):
        paper = (within.clamp(-delta, delta) - d.clamp(-delta, delta)).abs().mean()
        assert torch.isclose(clamped_l1(within, d, delta), paper)
    for value, target, slope in ((-0.5, 0.3, -1.0), (0.5, -0.3, 1.0), (0.5, 0.05, 1.0), (0.5, 0.3, 0.0)):
        f = torch.tensor([value], requires_grad=True)
        clamped_l1(f, torch.tensor([target]), delta).backward()
        assert f.grad is not None and f.grad.item() == slope


def test_progress_carries_the_named_losses_and_the_last_step():
    events = finish(Trainer(Ball("siren", width=8, depth=1), TrainingPlan(5, 1e-3)), every=1e9)
    assert [e.done for e in events] == [1, 5]
    assert set(events[-1].losses) == {"distance", "eikonal"}


def test_the_speed_probe_leaves_slow_first_steps_out(monkeypatch):
    class Slow(Valley):
        calls, clock = 0, 0.0

        def losses(self, step, generator):
            Slow.calls += 1
            Slow.clock += 0.05 if Slow.calls <= 2 else 0.004  # the first ones are slow, as where code is compiled
            return super().losses(step, generator)

    monkeypatch.setattr(loop, "time", SimpleNamespace(perf_counter=lambda: Slow.clock))
    assert seconds_a_step(Slow(), TrainingPlan(100, 1e-3), 0.1) == pytest.approx(1.06 * 0.004)
    assert Slow.calls > 5


def test_the_speed_probe_leaves_the_task_as_it_was():
    task = Ball("siren", width=8, depth=1)
    before = {k: v.clone() for k, v in task.state().items()}
    assert seconds_a_step(task, TrainingPlan(100, 1e-3), 0.02) > 0
    for name, value in task.state().items():
        assert torch.equal(value, before[name]), name


@pytest.mark.parametrize(("alone", "kept"), [(0.002, 1), (0.0058, 2), (0.012, 2)])
def test_the_quicker_number_of_threads_is_kept(alone, kept, monkeypatch):
    class Contended(Valley):
        clock = 0.0  # seconds of its own: a machine's are not its tests'

        def losses(self, step, generator):
            Contended.clock += alone if torch.get_num_threads() == 1 else 0.006
            return super().losses(step, generator)

    monkeypatch.setattr(loop, "time", SimpleNamespace(perf_counter=lambda: Contended.clock))
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        seconds = quickest_step(Contended(), TrainingPlan(100, 1e-3), 0.2)
        assert torch.get_num_threads() == kept
        assert seconds == pytest.approx(1.06 * (alone if kept == 1 else 0.006))
    finally:
        torch.set_num_threads(before)


def test_tiny_numbers_are_zero_within_a_step_and_nowhere_else():
    """Denormals slow a CPU's steps; a mode that outlasts the step crashes other libraries."""
    assert choose("cpu") == "cpu"
    seen = []

    class Watching(Valley):
        def losses(self, step, generator):
            seen.append(float((torch.full((1 << 20,), 1e-38) * 1e-2).max()))  # worker threads take part
            return super().losses(step, generator)

    for _ in Trainer(Watching(), TrainingPlan(steps=3, rate=1e-2)).run():
        assert float(np.float32(1e-40) * np.float32(1.0)) > 0
    assert seen == [0.0, 0.0, 0.0]
    assert float(np.float32(1e-40) * np.float32(1.0)) > 0


def offered(task, wanted=None):
    """A Best of the valley by the distance of its weights to `wanted`, its own target by default."""
    goal = task.target if wanted is None else wanted
    return Best(lambda: float((task.w.detach() - goal).norm()), [task.w])


def test_a_training_that_gets_worse_ends_in_its_best_state():
    task = Valley()
    early = torch.tensor([0.5, -1.0, 0.25])  # passed on the way to the target
    trainer = Trainer(task, TrainingPlan(steps=200, rate=0.05), offered(task, early))
    finish(trainer)
    told = trainer.kept.told()
    assert 0 < told["kept_step"] < 200 and told["kept"] < 0.5 * told["start"] and told["end"] > told["kept"]
    assert (task.w.detach() - early).norm() == pytest.approx(told["kept"])
    assert told["end"] == pytest.approx(float(early.norm()), rel=0.01)  # the target is as far from it as the start


def test_a_training_that_only_spoils_gives_back_its_start():
    task = Valley()
    trainer = Trainer(task, TrainingPlan(steps=50, rate=0.05, ema=0.9), offered(task, torch.zeros(3)))
    finish(trainer)
    assert trainer.kept.kept == 0 and torch.equal(task.w.detach(), torch.zeros(3))


def test_judging_changes_nothing_of_a_training_that_only_gains():
    plain, judged = Valley(noise=0.1), Valley(noise=0.1)
    finish(Trainer(plain, TrainingPlan(steps=60, rate=0.05, ema=0.9)))
    finish(Trainer(judged, TrainingPlan(steps=60, rate=0.05, ema=0.9), offered(judged)))
    assert torch.equal(plain.w, judged.w)


@pytest.mark.parametrize("stop_at", [1, 37, 119, 120])
def test_the_best_state_survives_a_resume(stop_at):
    early, plan = torch.tensor([0.5, -1.0, 0.25]), TrainingPlan(steps=120, rate=0.05, ema=0.5)
    whole = Valley(noise=0.3)
    trainer = Trainer(whole, plan, offered(whole, early))
    finish(trainer)
    first = Valley(noise=0.3)
    for event in (broken := Trainer(first, plan, offered(first, early))).run(every=0.0):
        if isinstance(event, Progress) and event.done == stop_at:
            saved = broken.state()
            break
    second = Valley(noise=0.3)
    resumed = Trainer(second, plan, offered(second, early))
    resumed.load_state(saved)
    finish(resumed)
    assert torch.equal(whole.w, second.w) and resumed.kept.told() == trainer.kept.told()
    finish(again := resumed)  # what is resumed after its end stays as it is
    assert torch.equal(whole.w, second.w) and again.kept.told() == trainer.kept.told()


def test_what_is_shown_is_what_training_would_end_with_and_leaves_it_alone():
    task = Valley()
    trainer = Trainer(task, TrainingPlan(steps=100, rate=0.05, ema=0.9), offered(task, torch.zeros(3)))
    for event in trainer.run(every=0.0):
        if isinstance(event, Progress) and event.done == 50:
            before = task.w.detach().clone()
            with trainer.shown():
                assert torch.equal(task.w.detach(), torch.zeros(3))
            assert torch.equal(task.w.detach(), before) and before.norm() > 0
