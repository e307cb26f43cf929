"""A run's checkpoint is written when due, told once where it cannot be, and taken up only by the same run."""

from pathlib import Path

import pytest
import torch

from shapefield.errors import InputError, OutputError
from shapefield.training.checkpoint import write_checkpoint
from shapefield.training.saving import Saver, reopened

IDENTITY = {"input": "abc", "threads": 3, "steps": 9, "horizon": 9, "versions": {"torch": "1"}}


def test_the_first_is_written_at_once_and_the_next_when_its_time_has_come() -> None:
    saved = []

    def save() -> None:
        saved.append(1)

    saver = Saver(every=3600.0)
    for _ in range(5):
        assert list(saver.if_due(save)) == []
    assert len(saved) == 1
    saver.every = 1e-9
    list(saver.if_due(save))
    assert len(saved) == 2
    saver.interrupted(save)
    assert len(saved) == 3
    list(saver.last(save))
    saver.interrupted(save)  # the trained state is there already
    assert len(saved) == 4


def test_without_an_interval_only_an_interruption_writes() -> None:
    saved = []

    def save() -> None:
        saved.append(1)

    saver = Saver(every=0.0)
    assert [*saver.if_due(save), *saver.last(save)] == [] and saved == []
    saver.interrupted(save)
    assert saved == [1]


@pytest.mark.parametrize("error", [OutputError("the disk is full"), MemoryError()], ids=["disk", "memory"])
def test_one_that_cannot_be_written_is_told_once(error: Exception) -> None:
    def full() -> None:
        raise error

    saver = Saver(every=1e-9)
    told = [notice.message for _ in range(3) for notice in saver.if_due(full)]
    assert len(told) == 1 and "no checkpoint can be written" in told[0] and (str(error) or "out of memory") in told[0]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkpoint of the run IDENTITY."""
    path = tmp_path / "run.checkpoint"
    write_checkpoint(path, IDENTITY, {"tensors": {"task.a": torch.ones(2)}, "numbers": {"step": 4}}, 1.5)
    return path


def test_the_same_run_gets_its_state_and_its_threads(place: Path) -> None:
    before = torch.get_num_threads()
    own = {k: v for k, v in IDENTITY.items() if k != "steps"} | {"threads": 1}
    try:
        _, state, spent = reopened(place, own)
        assert torch.get_num_threads() == own["threads"] == 3
    finally:
        torch.set_num_threads(before)
    assert (state["numbers"]["step"], spent) == (4, 1.5)


@pytest.mark.parametrize(("key", "value"), [("input", "xyz"), ("versions", {"torch": "2"})])
def test_another_run_is_refused_with_both_values(place: Path, key: str, value: object) -> None:
    before = torch.get_num_threads()
    with pytest.raises(InputError, match=f"got another {key} .* then, .* now") as caught:
        reopened(place, IDENTITY | {key: value})
    assert "without --resume" in str(caught.value) and torch.get_num_threads() == before
