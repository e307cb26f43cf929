"""Whatever a file does to its process costs that file alone, and is told as what it was."""

from pathlib import Path

import pytest

from shapefield.batches.config import BatchConfig
from shapefield.batches.jobs import JOBS
from shapefield.batches.manifest import read
from shapefield.batches.plan import plan
from shapefield.batches.record import Record, Status, from_line
from shapefield.batches.running import Recorded, Summary, batching
from shapefield.errors import InterruptedRun, OutputError
from shapefield.events import Done
from shapefield.storage.files import FULL

NAMES = ("below", "crashes", "eats", "fine", "hangs", "killed", "other", "refused")


@pytest.fixture
def odd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: None) -> Path:
    """Files whose names say what they do to a worker."""
    (tmp_path / "odd").mkdir()
    for name in NAMES:
        (tmp_path / "odd" / f"{name}.obj").write_text(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def done(**more) -> dict[str, Record]:
    config = BatchConfig(timeout=1.0, memory_each=200_000_000, **more)
    *_, last = batching(plan(["odd"], "out", "repair", {}, config))
    assert isinstance(last, Done) and isinstance(last.result, Summary)
    return {Path(name).stem: record for name, record in last.result.records.items()}


def test_every_failure_is_told_as_what_it_was(odd: Path) -> None:
    found = done(jobs=2)
    told = {name: (record.status, record.exit_code) for name, record in found.items()}
    assert told == {
        "below": (Status.BELOW, 7),
        "crashes": (Status.CRASHED, -11),
        "eats": (Status.MEMORY, None),
        "fine": (Status.DONE, 0),
        "hangs": (Status.TIMED_OUT, None),
        "killed": (Status.MEMORY, -9),
        "other": (Status.DONE, 0),
        "refused": (Status.FAILED, 3),
    }
    assert found["other"].told == "done, but it is not manifold" and found["fine"].told == "done"
    assert Summary(found).told(JOBS["repair"]).startswith("2 done (1 with a flaw), 1 below what was asked, 1 failed")
    assert found["refused"].line == "refused.obj: expected faces, got none: export it again"
    assert "SIGSEGV" in found["crashes"].line and found["crashes"].trace == "a library says its last words"
    assert "0.2 GB" in found["eats"].line and found["eats"].memory > 200_000_000
    assert "after 1 s" in found["hangs"].line
    assert (odd / "out/fine.obj").read_text() == "made by shapefield from fine"
    assert {Path(name).stem: record for name, record in read(odd / "out").items()} == found
    again = plan(["odd"], "out", "repair", {}, BatchConfig(redo="failed"))
    assert [task.name for task in again.tasks] == [
        f"{name}.obj" for name in ("crashes", "eats", "hangs", "killed", "refused")
    ]


def test_a_process_serves_many_meshes_and_is_replaced_when_it_has_grown(
    odd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shapefield.batches import attempt

    for name in set(NAMES) - {"fine", "other", "below"}:
        (odd / "odd" / f"{name}.obj").unlink()
    assert len({record.notices[0] for record in done(jobs=1).values()}) == 1
    monkeypatch.setattr(attempt.WorkerSlot, "rest", lambda place: place._worker.close())
    assert len({record.notices[0] for record in done(jobs=1, redo="all").values()}) == 3


def test_an_interruption_finishes_what_is_under_way(odd: Path) -> None:
    for name in ("crashes", "eats", "hangs", "killed"):
        (odd / "odd" / f"{name}.obj").unlink()
    events = batching(plan(["odd"], "out", "repair", {}, BatchConfig(jobs=1)))
    while not isinstance(next(events), Recorded):
        pass
    with pytest.raises(InterruptedRun, match="left: the same line goes on"):
        while True:
            events.throw(InterruptedRun("interrupted"))
    first = read(odd / "out")
    assert 1 <= len(first) < 4
    left = plan(["odd"], "out", "repair", {}, BatchConfig(jobs=1))
    assert len(left.tasks) == 4 - len(first)
    list(batching(left))
    assert len((odd / "out/manifest.jsonl").read_text().splitlines()) == len(read(odd / "out")) == 4


def test_closing_ends_all_at_once(odd: Path) -> None:
    events = batching(plan(["odd/hangs.obj"], "out", "repair", {}, BatchConfig(timeout=500.0)))
    next(events)
    next(events)
    events.close()
    assert not read(odd / "out")


def test_a_full_disk_ends_the_batch_and_no_mesh_pays_for_it(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from shapefield.batches import attempt
    from shapefield.batches.worker import CommandOutput

    monkeypatch.setattr(attempt, "answered", lambda *_: CommandOutput(6, line=f"out/a.obj: {FULL}"))
    with pytest.raises(OutputError, match="expected room on the disk"):
        done(jobs=1)
    assert not read(odd / "out")


def test_a_record_is_a_line_and_a_row() -> None:
    record = Record("a", "b/a", "repair", "0", "0", Status.BELOW, figures={"lost": 0.5}, options={"mode": "keep"})
    assert from_line(record.as_line()) == record
    assert record.as_row()["lost"] == 0.5 and record.as_row()["status"] == "below what was asked"
    with pytest.raises(ValueError, match="expected a record of shapefield-batch/1, got one of shapefield-batch/9"):
        from_line('{"schema": "shapefield-batch/9"}')
