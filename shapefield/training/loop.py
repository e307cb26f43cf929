"""The only training loop. It knows a Task, and neither samples nor rays nor surfaces.

A `Trainer` is stepped by its generator `run()`, which yields Progress; its `state()` can be saved between any two
events and `load_state` continues exactly there. Schedules depend on step numbers only, never on the clock.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from shapefield.errors import DivergedError, InputError
from shapefield.events import FINISH, Notice, Progress
from shapefield.machine.devices import denormals_as_zero
from shapefield.training.adam import Adam
from shapefield.training.best import Best, exchanged, is_mark
from shapefield.training.peers import ALONE, Peers


class Task(Protocol):
    """What can be trained: a shape, a scene, an image, many shapes."""

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Adam's groups; "scale" in a group multiplies the learning rate (default 1)."""
        ...

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Named scalar losses of this step's batch; their sum is minimised. All randomness from `generator`."""
        ...

    def after_step(self, step: int) -> bool:
        """Called after the optimiser's step; True when it replaced parameters (a grid that grows)."""
        ...

    def state(self) -> dict[str, Tensor]:
        """All tensors that a resumed run needs, by name."""
        ...

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take them back, shapes included."""
        ...


@dataclass(frozen=True)
class TrainingPlan:
    """How long and how fast, with nothing left open.

    steps      : optimiser steps
    horizon    : steps that schedules are laid out for, at least `steps`; 0 for `steps`
    rate       : learning rate at the start
    schedule   : "cosine" to a hundredth, "exponential" to a hundredth, or "constant"
    warmup     : steps over which the rate rises linearly from 0
    ema        : decay of the weights' moving average, which is what the trained task ends with; 0 for none
    early_stop : stop when this share of the steps brought no lower smoothed loss; 0 for never
    seed       : of the generator that draws every batch
    device     : where the generator lives
    """

    steps: int
    rate: float
    schedule: str = "cosine"
    warmup: int = 0
    ema: float = 0.0
    early_stop: float = 0.0
    seed: int = 0
    device: str = "cpu"
    amp: bool = False
    horizon: int = 0

    @property
    def length(self) -> int:
        """Steps that the rate's schedule, patience and a task's own schedules are laid out for."""
        return max(self.horizon, self.steps, 1)

    def rate_at(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        share = step / self.length
        floor = 0.01
        factor = 1.0
        if self.schedule == "cosine":
            factor = floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * share))
        elif self.schedule == "exponential":
            factor = floor**share
        return self.rate * factor * min(1.0, (step + 1) / (self.warmup + 1))


SMOOTHING = 0.95
"""Decay of the loss average that early stop and the divergence watch look at."""
BLOWUP = 20.0
"""A smoothed loss this many times its best is a divergence."""
RESUMED = ("step", "rate_factor", "rolled_back", "smoothed", "best", "best_step", "stopped_early")
"""A trainer's plain numbers that a resumed run must have."""
SNAPSHOTS = 20
"""Good states remembered over a run; a rollback returns to the latest."""


class Trainer:
    """One run of one task by one plan; with `kept` it ends in the best state that was met at its marks.

    peers : processes that train the same task, each on as large a part of every batch; their losses' mean is minimised
    """

    def __init__(self, task: Task, plan: TrainingPlan, kept: Best | None = None, peers: Peers = ALONE) -> None:
        self.task, self.plan, self.kept, self.peers = task, plan, kept, peers
        self.generator = torch.Generator(device=plan.device).manual_seed(plan.seed)
        self.optimiser = Adam(self.task.parameter_groups())
        self.step = 0
        self.rate_factor = 1.0
        self.rolled_back = False
        self.smoothed, self.best, self.best_step = math.nan, math.inf, 0
        self.average: list[Tensor] = []
        self.snapshot: dict[str, Any] | None = None
        self._lent = False  # whether others hold the snapshot's tensors too
        self.stopped_early = False
        self.told_to_end = self.ended = False
        """Of several processes one is told, and all end after the same step."""

    @property
    def parameters(self) -> list[Tensor]:
        """Every trained tensor, in the optimiser's order."""
        return self.optimiser.parameters

    def run(self, every: float = 0.25) -> Generator[Progress | Notice, Any, None]:
        """Train to the plan's end. Yields Progress about every `every` seconds, always at a step boundary.

        `send(FINISH)` ends training there. Afterwards the task holds the averaged weights, or better ones `kept`.
        Raises DivergedError when the loss is not finite or runs away for a second time.
        """
        started = spoken = time.perf_counter()
        begun, total = self.step, self.plan.steps
        if self.kept is not None and self.kept.due_at_start:
            self._judge()
        while self.step < total and not self.stopped_early and not self.ended:
            losses = self._one_step()
            if losses is None:
                yield self._roll_back()
                continue
            if is_mark(self.step, total):
                self._judge()
            now = time.perf_counter()
            if now - spoken >= every or self.step in (begun + 1, total):
                rate = (self.step - begun) / max(now - started, 1e-9)
                event = Progress("training", self.step, total, rate, now - started, losses)
                command = yield event
                paused = time.perf_counter() - now
                started, spoken = started + paused, time.perf_counter()
                if command == FINISH:
                    self.told_to_end = True
                    self.ended = self.peers.count == 1
        self._judge()
        if self.average:
            for parameter, mean in zip(self.parameters, self.average, strict=True):
                parameter.data.copy_(mean)
        if self.kept is not None:
            self.kept.restore()

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """Within, the task holds the averaged weights, which training would end with now."""
        with exchanged(self.parameters, self.average) if self.average else contextlib.nullcontext():
            yield

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Within, the task holds what training would give if it ended now; what is trained does not change."""
        with self.averaged(), self.kept.shown() if self.kept is not None else contextlib.nullcontext():
            yield

    @denormals_as_zero()
    def _judge(self) -> None:
        """Have the state that training would end with now judged."""
        if self.kept is not None:
            with self.averaged():
                self.kept.judge(self.step)

    @denormals_as_zero()
    def _one_step(self) -> dict[str, float] | None:
        """One step of the optimiser; None if the loss is not finite or has run away."""
        if self.step * SNAPSHOTS % self.plan.length < SNAPSHOTS:
            self._remember()
        rate = self.plan.rate_at(self.step) * self.rate_factor
        device = torch.device(self.plan.device).type
        with torch.autocast(device, enabled=self.plan.amp and device == "cuda", dtype=torch.bfloat16):
            losses = self.task.losses(self.step, self.generator)
            parts = torch.stack([v.float() for v in losses.values()])
            total = parts.sum()
        self.optimiser.clear()
        total.backward()
        self._meet(total, parts)
        loss, *values = torch.cat([total.detach()[None], parts.detach()]).tolist()  # a device is waited for once
        if not self._sound(loss):
            return None
        self.optimiser.step(rate)
        if self.task.after_step(self.step):
            self._adopt_new_parameters()
        self._average()
        self.step += 1
        return dict(zip(losses, values, strict=True))

    def _meet(self, *losses: Tensor) -> None:
        """Gradients, losses and the wish to end become the mean of all processes'."""
        if self.peers.count == 1:
            return
        wish = losses[0].new_tensor([float(self.told_to_end)])
        gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in self.parameters]
        self.peers.mean([*gradients, *(loss.detach() for loss in losses), wish])
        for parameter, gradient in zip(self.parameters, gradients, strict=True):
            parameter.grad = gradient
        self.ended = wish.item() > 0

    def _sound(self, loss: float) -> bool:
        if not math.isfinite(loss):
            return False
        first = math.isnan(self.smoothed)
        self.smoothed = loss if first else SMOOTHING * self.smoothed + (1 - SMOOTHING) * loss
        if self.smoothed < self.best:
            self.best, self.best_step = self.smoothed, self.step
        patience = self.plan.early_stop * self.plan.length
        self.stopped_early = bool(patience) and self.step - self.best_step > patience
        return self.smoothed <= BLOWUP * self.best

    def _average(self) -> None:
        """Moving average of the weights, corrected for its start like Adam's: early steps count less."""
        decay = min(self.plan.ema, (1 + self.step) / (10 + self.step))
        if not self.plan.ema:
            return
        with torch.no_grad():
            if not self.average:
                self.average = [p.detach().clone() for p in self.parameters]
            for mean, parameter in zip(self.average, self.parameters, strict=True):
                mean.lerp_(parameter, 1 - decay)

    def _adopt_new_parameters(self) -> None:
        """The task replaced its parameters: optimise the new ones, from fresh moments."""
        self.optimiser = Adam(self.task.parameter_groups())
        self.average = []

    def _remember(self) -> None:
        """Keep the present state for a rollback; in the memory of the one kept before, where it has the same shapes."""
        old = {} if self.snapshot is None or self._lent else self.snapshot["tensors"]
        tensors = {}
        for name, value in self._tensors().items():
            there = old.get(name)
            if there is not None and (there.shape, there.dtype) == (value.shape, value.dtype):
                tensors[name] = there.copy_(value)
            else:
                tensors[name] = value.clone()
        self.snapshot, self._lent = {"tensors": tensors, "numbers": {n: getattr(self, n) for n in RESUMED}}, False

    def _roll_back(self) -> Notice:
        if self.rolled_back or self.snapshot is None:
            raise DivergedError(
                f"training diverged twice, at step {self.step}: expected a falling loss, got {self.smoothed:g}: "
                f"try a rate below {self.plan.rate * self.rate_factor:g} with --set rate=…"
            )
        at, self.rolled_back = self.step, True
        self.load_state(self.snapshot)
        self.rolled_back, self.rate_factor = True, self.rate_factor * 0.3
        return Notice(f"training diverged at step {at}; back to step {self.step} at 0.3 of the rate")

    def _tensors(self) -> dict[str, Tensor]:
        """What is trained, its moments, its averages, and the generator; not copied."""
        tensors = {f"task.{k}": v.detach() for k, v in self.task.state().items()}
        for k, parameter in enumerate(self.parameters):
            for name, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"adam.{k}.{name}"] = value.detach()
        tensors |= {f"average.{k}": v for k, v in enumerate(self.average)}
        return tensors | {"generator": self.generator.get_state()}

    def state(self) -> dict[str, Any]:
        """Everything a resumed run needs to end bit-identical: plain numbers, and tensors that are its own.

        With the snapshot a rollback would return to and the best state kept, which a resumed run must know too.
        """
        tensors = {name: value.clone() for name, value in self._tensors().items()}
        numbers = {name: getattr(self, name) for name in RESUMED}
        state = {"tensors": tensors, "numbers": numbers}
        if self.kept is not None:
            tensors |= {f"best.{k}": v for k, v in enumerate(self.kept.tensors)}
            numbers |= {f"best.{k}": v for k, v in self.kept.numbers().items()}
        if self.snapshot is not None:
            tensors |= {f"snapshot.{k}": v for k, v in self.snapshot["tensors"].items()}
            state["snapshot_numbers"] = self.snapshot["numbers"]
            self._lent = True
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Continue from `state()` of a trainer with the same task and plan. Raises InputError for another's."""
        try:
            self._adopt(state)
        except (KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
            why = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise InputError(
                f"checkpoint: expected the state of this run, got another's ({why}): start anew"
            ) from error

    def _adopt(self, state: dict[str, Any]) -> None:
        tensors: dict[str, Tensor] = state["tensors"]
        self.task.load_state(_under(tensors, "task."))
        self.optimiser = Adam(self.task.parameter_groups())
        for k, parameter in enumerate(self.parameters):
            saved = _under(tensors, f"adam.{k}.")
            if saved:
                moments = {"mean": saved["mean"], "square": saved["square"]}
                if any(v.shape != parameter.shape or v.dtype != parameter.dtype for v in moments.values()):
                    raise ValueError(f"moments of other shapes for parameter {k}")
                last = saved.get("last")
                if last is not None and (last.shape != parameter.shape[:1] or last.dtype != torch.int32):
                    raise ValueError(f"steps of other rows for parameter {k}")
                self.optimiser.state[parameter] = {name: _copied(value, parameter) for name, value in saved.items()}
        means = _under(tensors, "average.")
        self.average = [_copied(means[str(k)], self.parameters[k]) for k in range(len(means))]
        if self.average and [m.shape for m in self.average] != [p.shape for p in self.parameters]:
            raise ValueError("averages of other shapes")
        self.generator.set_state(tensors["generator"])
        best = _under(state["numbers"], "best.")
        if best and self.kept is not None:
            kept = _under(tensors, "best.")
            self.kept.load([kept[str(k)] for k in range(len(kept))], best)
        for name, value in state["numbers"].items():
            if name.startswith("best."):
                continue
            if name not in RESUMED or not isinstance(value, int | float):
                raise ValueError(f"an unknown number {name!r}")
            setattr(self, name, value)
        older = _under(tensors, "snapshot.")
        if older:
            self.snapshot, self._lent = {"tensors": older, "numbers": state["snapshot_numbers"]}, True


def _copied(tensor: Tensor, like: Tensor) -> Tensor:
    """A copy on the device of `like`: what a file gave lies on the CPU."""
    return tensor.detach().to(like.device, copy=True)


def _under(entries: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {k[len(prefix) :]: v for k, v in entries.items() if k.startswith(prefix)}


WARM_UP = 3
"""Steps of the speed probe that are not timed: they compile, fill caches and wake threads."""
SLOW = 4.0
"""Times its patience that the probe waits for a full count of steps, before it makes do with fewer."""


CLEARLY = 0.9
"""Share of the time of all threads that one thread must stay below to be preferred: a probe is noisy."""


def quickest_step(task: Task, plan: TrainingPlan, patience: float) -> float:
    """`seconds_a_step` with all of torch's threads or with one, whichever is quicker; torch keeps that number.

    One is quicker where the others' cores are busy with something else, above all for narrow networks.
    """
    every = torch.get_num_threads()
    if every == 1 or plan.device != "cpu":
        return seconds_a_step(task, plan, patience)
    together = seconds_a_step(task, plan, 0.5 * patience)
    torch.set_num_threads(1)
    alone = seconds_a_step(task, plan, 0.5 * patience)
    if alone < CLEARLY * together:
        return alone
    torch.set_num_threads(every)
    return together


def seconds_a_step(task: Task, plan: TrainingPlan, patience: float) -> float:
    """Mean seconds of a step, from the steps of about `patience` seconds, at least one; leaves the task as it was.

    With 6 % on top, for checkpoints and for what else a machine does meanwhile. The mean and not the median: a step
    that was kept waiting counts against a budget too.
    """
    before = {k: v.detach().clone() for k, v in task.state().items()}
    probe, begun = Trainer(task, plan), time.perf_counter()
    for _ in range(WARM_UP):
        probe._one_step()
        if time.perf_counter() - begun > SLOW * patience:
            break
    steps, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < patience or (steps < 3 and spent < SLOW * patience):
        probe._one_step()
        steps += 1
    seconds = (time.perf_counter() - begun) / steps
    task.load_state(before)
    return 1.06 * seconds
