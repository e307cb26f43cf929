"""The one Run, driven by a kind of job that is nobody's: budget, deadline, resume, previews, interruption."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import toyrun
from toyrun import LineRun

from shapefield.cli.main import main
from shapefield.errors import InputError, InterruptedRun, OutputError, UsageError
from shapefield.events import FINISH, Done, Notice, Preview, Progress, Stage
from shapefield.storage.container import write_container
from shapefield.training.checkpoint import checkpoint_path
from shapefield.training.terms import Terms


class Watch:
    """A clock that the test owns: it stands still but for what the test and each step add."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, a_step: float) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "perf_counter", lambda: self.now)
        losses = toyrun.LineTask.losses

        def timed(task: toyrun.LineTask, step: int, generator: torch.Generator) -> dict:
            self.now += a_step
            return losses(task, step, generator)

        monkeypatch.setattr(toyrun.LineTask, "losses", timed)
        monkeypatch.setattr(torch, "get_num_threads", lambda: 1)


def result_of(run: LineRun, command: str | None = None, after: int = 0) -> tuple[float, float]:
    """Drive the run; `command` is sent once `after` steps are done."""
    events, answer = run.events(), None
    while True:
        event = events.send(answer)
        answer = command if isinstance(event, Progress) and event.done >= after else None
        if isinstance(event, Done):
            return event.result


def program(out: Path, steps: int, *words: str) -> list[str]:
    """The command line of the toy as a program."""
    return [sys.executable, str(Path(toyrun.__file__)), str(out), str(steps), *words]


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    subprocess.run(program(whole, 300), check=True, capture_output=True)
    process = subprocess.Popen(program(killed, 300), stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while int(process.stdout.readline()) < 40:
        pass
    process.kill()
    process.wait()
    process.stdout.close()
    assert not killed.exists() and checkpoint_path(killed).exists()
    done = subprocess.run(program(killed, 300, "--resume"), check=True, capture_output=True, text=True)
    assert "resumed at step" in done.stderr and int(done.stdout.split()[0]) > 30
    assert killed.read_bytes() == whole.read_bytes()
    assert not checkpoint_path(killed).exists()


def test_the_toy_is_seen_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert len(Path(toyrun.__file__).read_text().splitlines()) <= 120
    assert main(["demo", toyrun.__file__, "-o", str(tmp_path), "--json"]) == 0
    seen = capsys.readouterr()
    assert json.loads(seen.out)["facts"]["slope"] == pytest.approx(toyrun.SLOPE, abs=0.1)
    assert "note: five steps done" in seen.err and (tmp_path / "toyrun.png").exists()


def test_a_line_is_learnt_and_everything_is_told_in_order() -> None:
    run = LineRun(Terms(400, every=0.0, preview_share=0.5))
    events = list(run.events())
    assert [e.name for e in events if isinstance(e, Stage)] == ["load", "training", "report"]
    assert [e.message for e in events if isinstance(e, Notice)] == ["five steps done"]
    assert sum(isinstance(e, Preview) for e in events) > 1
    last = events[-1]
    assert isinstance(last, Done) and last.result == pytest.approx((toyrun.SLOPE, toyrun.HEIGHT), abs=0.1)


def test_a_budget_becomes_steps_that_fit_into_it(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(monkeypatch, a_step=0.01)
    run = LineRun(Terms(budget=10.0, every=0.0), reserved=2.0)
    result_of(run)
    spent = watch.now - 1000.0
    assert run.timed and run.step == run.identity["steps"]
    assert 7.0 < spent <= 8.0 and run.spent == pytest.approx(0.01 * run.step)


def test_a_probe_that_hoped_too_much_costs_steps_and_not_time(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(monkeypatch, a_step=0.01)
    run = LineRun(Terms(budget=10.0, every=0.0))
    events = run.events()
    for event in events:
        if isinstance(event, Progress):
            watch.now += 0.015  # what a step costs once others work beside it; shorter than a pause
    assert 9.9 < watch.now - 1000.0 < 10.1
    assert run.step < 0.6 * run.identity["steps"]


def test_a_pause_is_not_the_run_s_time(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(monkeypatch, a_step=0.01)
    run, paused = LineRun(Terms(budget=4.0, every=0.0)), False
    for event in run.events():
        if isinstance(event, Progress) and event.done >= 5 and not paused:
            watch.now, paused = watch.now + 3600.0, True
    assert run.step == run.identity["steps"] and run.spent < 4.0


def test_few_steps_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    Watch(monkeypatch, a_step=1.0)
    told = [e.message for e in LineRun(Terms(budget=10.0)).events() if isinstance(e, Notice)]
    assert told and "fit into the budget" in told[0] and "a longer --budget helps" in told[0]


def test_what_was_ended_early_comes_again_by_its_steps_and_its_horizon() -> None:
    first = LineRun(Terms(200, every=0.0))
    ended = result_of(first, FINISH, after=77)
    assert first.step == 77
    again = LineRun(Terms(first.step, horizon=first.identity["horizon"], every=0.0))
    assert result_of(again) == ended and again.step == 77
    assert result_of(LineRun(Terms(77, every=0.0))) != ended  # the rate's schedule is another


@pytest.mark.parametrize("terms", [{"steps": 3, "budget": 2.0}, {"horizon": 5}, {"steps": 9, "horizon": 5}])
def test_terms_that_do_not_go_together_are_told(terms: dict) -> None:
    with pytest.raises(UsageError):
        Terms(**terms)


def interrupted(run: LineRun, after: int) -> str:
    """What an interruption after so many steps says; it must exit with 143."""
    events = run.events()
    with pytest.raises(InterruptedRun) as stop:
        for event in events:
            if isinstance(event, Progress) and event.done >= after:
                events.throw(InterruptedRun("stop", 15))
    assert stop.value.exit_code == 143
    return str(stop.value)


def test_an_interruption_says_how_to_go_on_and_another_run_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    terms = Terms(50, every=0.0, checkpoint=checkpoint_path(out))
    before = torch.get_num_threads()
    said = interrupted(LineRun(terms, out), 20)
    assert said == f"interrupted at step 20 of 50: to continue: toyrun {out} --resume"
    resumed = Terms(50, every=0.0, checkpoint=checkpoint_path(out), resume=True)
    other = LineRun(resumed, out)
    other.task.source.digest = "points of another line"
    with pytest.raises(InputError, match="expected the run that was interrupted, got another input"):
        list(other.events())
    assert checkpoint_path(out).exists() and torch.get_num_threads() == before
    assert result_of(LineRun(resumed, out)) == result_of(LineRun(Terms(50, every=0.0)))
    assert not checkpoint_path(out).exists()


def test_a_checkpoint_of_another_version_is_refused_and_kept(tmp_path: Path) -> None:
    place = checkpoint_path(tmp_path / "out")
    identity = {"input": "x", "steps": 9, "threads": 1}
    header = {"identity": identity, "numbers": {}, "snapshot": None, "spent": 0.0}
    write_container(place, "checkpoint", header, {"a": torch.zeros(1)})
    before = place.read_bytes()
    with pytest.raises(InputError, match="expected a checkpoint of version 2, got one of version 1"):
        list(LineRun(Terms(9, checkpoint=place, resume=True), tmp_path / "out").events())
    assert place.read_bytes() == before


def test_a_failed_output_after_training_keeps_the_trained_state(tmp_path: Path, monkeypatch) -> None:
    def full(self: LineRun) -> Iterator[Stage]:
        yield Stage("report")
        raise OutputError("the disk is full")

    out = tmp_path / "out"
    monkeypatch.setattr(LineRun, "finish", full)
    with pytest.raises(OutputError, match=r"the disk is full; to continue: toyrun .*--resume"):
        list(LineRun(Terms(30, checkpoint=checkpoint_path(out)), out).events())
    monkeypatch.undo()
    run = LineRun(Terms(30, checkpoint=checkpoint_path(out), resume=True), out)
    told = [e.message for e in run.events() if isinstance(e, Notice)]
    assert told[0] == "resumed at step 30 of 30" and out.exists()
