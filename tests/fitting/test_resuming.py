"""A run that was stopped: what it leaves, how it goes on, and that the end is the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import shapefield as sf
from shapefield.errors import InputError, InterruptedRun, ResourceError
from shapefield.events import Event, Progress
from shapefield.fitting.pipeline import reconstruct
from shapefield.settings import fit_config

SMALL = {"samples": 20_000, "resolution": 48, "batch": 1024, "rate": 2e-3}
SMALL |= {"table": 15, "levels": 4, "finest": 64, "base": 16}


def files(folder: Path) -> dict:
    """Where a run in `folder` writes."""
    return {"mesh": folder / "out.ply", "field": folder / "out.field"}


def test_an_interrupted_run_resumes_bit_identical(tmp_path: Path, ball: sf.Mesh) -> None:
    settings = fit_config(steps=300, ema=0.9, **SMALL)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir(), broken.mkdir()
    for _ in reconstruct(ball, settings, **files(whole)):
        pass
    events = reconstruct(ball, settings, **files(broken))
    for event in events:
        if isinstance(event, Progress) and event.stage == "training":
            break
    with pytest.raises(InterruptedRun, match="--resume") as stopped:
        events.throw(InterruptedRun("stop", 15))
    assert stopped.value.exit_code == 143
    assert (broken / "out.field.checkpoint").exists() and not (broken / "out.ply").exists()
    for _ in reconstruct(ball, settings, resume=True, **files(broken)):
        pass
    assert (broken / "out.ply").read_bytes() == (whole / "out.ply").read_bytes()
    assert not (broken / "out.field.checkpoint").exists()


def test_a_shortage_after_training_says_how_to_go_on(tmp_path: Path, ball: sf.Mesh, monkeypatch) -> None:
    def short(*_: object) -> Iterator[Event]:
        raise MemoryError
        yield

    monkeypatch.setattr("shapefield.fitting.reporting.measure", short)
    with pytest.raises(ResourceError, match=r"out of memory.*; to continue: shapefield fit .*--resume"):
        for _ in reconstruct(ball, fit_config(steps=20, **SMALL), **files(tmp_path)):
            pass
    assert (tmp_path / "out.field.checkpoint").exists()


def test_resuming_another_run_is_refused(tmp_path: Path, ball: sf.Mesh) -> None:
    first = fit_config(steps=5000, **SMALL)
    events = reconstruct(ball, first, **files(tmp_path))
    for event in events:
        if isinstance(event, Progress) and event.stage == "training":
            break
    with pytest.raises(InterruptedRun):
        events.throw(InterruptedRun("stop", 2))
    other = fit_config(steps=5000, seed=1, **SMALL)
    with pytest.raises(InputError, match="expected the run that was interrupted, got another training"):
        list(reconstruct(ball, other, resume=True, **files(tmp_path)))
