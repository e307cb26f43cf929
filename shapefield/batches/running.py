"""A batch as one stream of events: tasks → engine → records, each in the manifest before it is told."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from shapefield.batches.attempt import record_of
from shapefield.batches.jobs import JobKind, job
from shapefield.batches.manifest import read
from shapefield.batches.page import write_pages
from shapefield.batches.plan import BatchPlan
from shapefield.batches.pool import LocalPool
from shapefield.batches.record import Record, Status
from shapefield.batches.splits import write_splits
from shapefield.batches.task import Limits
from shapefield.errors import InterruptedRun, OutputError
from shapefield.events import Done, Event, Notice, Progress, Stage, counted
from shapefield.storage.files import appending, lock

BEAT = 0.2
"""Seconds without a record after which progress is told all the same, so that the caller can interrupt."""


class BatchEngine(Protocol):
    """Where tasks are done."""

    def next(self, seconds: float) -> Record | None:
        """The next record, or None after so many seconds without one."""
        ...

    @property
    def working(self) -> bool:
        """Whether there is more to come."""
        ...

    def drain(self) -> None:
        """Begin nothing more."""

    def close(self) -> None:
        """End all, now."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event of a batch: an input has ended, and the manifest says so."""

    record: Record


@dataclass
class Summary:
    """What became of all inputs of a run's part. records : by name, those of earlier runs included"""

    records: dict[str, Record] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many ended how."""
        found = Counter(record.status.value for record in self.records.values())
        return {status.value: found[status.value] for status in Status if found[status.value]}

    @property
    def good(self) -> bool:
        """Whether all are done."""
        return all(record.status in (Status.DONE, Status.SKIPPED) for record in self.records.values())

    def worst(self, kind: JobKind) -> Record | None:
        """The one whose figure is largest; None where there is no such figure, or all are 0."""
        judged = [record for record in self.records.values() if record.figures.get(kind.worst)]
        return max(judged, key=lambda record: record.figures[kind.worst], default=None)

    def told(self, kind: JobKind) -> str:
        """A few words for a line that changes: 12 done, 1 crashed, worst a/b.obj 2.1e-03."""
        said = [f"{number:,} {status}" for status, number in self.counts.items()]
        if doubtful := sum(record.status == Status.DONE and bool(record.reasons) for record in self.records.values()):
            said[0] += f" ({doubtful:,} with a flaw)"
        worst = self.worst(kind)
        return ", ".join(said + ([] if worst is None else [f"worst {worst.name} {worst.figures[kind.worst]:.1e}"]))


def batching(plan: BatchPlan) -> Generator[Event | Recorded, Any, None]:
    """Do it. Yields Stage, Progress, Notice, Recorded and last Done with a Summary.

    `throw(InterruptedRun)` begins nothing more, waits for what is under way and then ends; closing ends at once.
    Raises OutputError where the output folder takes no files, or is full.
    """
    made_folders(plan)
    summary = Summary(dict(plan.kept))
    yield Stage(plan.kind.name, counted(plan.count, "mesh", "meshes"))
    with lock(plan.manifest), appending(plan.manifest) as append:
        for task, why in plan.skipped:
            record = record_of(task, Status.SKIPPED, line=why)
            append(record.as_line())
            summary.records[task.name] = record
            yield Recorded(record)
        stopped = yield from _worked(plan, engine_of(plan), append, summary)
        write_beside(plan.out, plan.config.html, plan.config.force)
        if plan.mirror is not None:
            plan.mirror.put_all(plan.manifest)
    if stopped is not None:
        left = plan.count - len(summary.records)
        told = f"{counted(left, 'mesh is', 'meshes are')} left: the same line goes on"
        raise InterruptedRun(f"interrupted: {told}", stopped.exit_code - 128)
    yield Done(summary)


def write_beside(out: Path, html: bool, force: bool) -> None:
    """What is made of all records in the folder: a training set's lists, and the report's pages. Raises OutputError."""
    found = list(read(out).values())
    write_splits(out, found, force)
    if html and found:
        write_pages(out, job(found[0].job), found, force)


def engine_of(plan: BatchPlan) -> BatchEngine:
    """What the plan's tasks are done by."""
    config = plan.config
    limits = Limits(config.timeout, config.memory_each, config.threads_each)
    if config.engine == "ray":
        from shapefield.batches.cluster import RayEngine

        return RayEngine(plan.tasks, limits, config.address)
    return LocalPool(plan.tasks, limits, config.workers)


def _worked(
    plan: BatchPlan, engine: BatchEngine, append: Any, summary: Summary
) -> Generator[Event | Recorded, Any, InterruptedRun | None]:
    """Every record into the manifest as it comes; returns the interruption, if there was one."""
    begun, done, stopped = time.monotonic(), 0, None
    try:
        while engine.working:
            record = engine.next(BEAT)
            events: list[Event | Recorded] = []
            if record is not None:
                append(record.as_line())
                if plan.mirror is not None:
                    plan.mirror.put_manifest(plan.manifest)
                summary.records[record.name] = record
                done += 1
                events.append(Recorded(record))
                if record.status != Status.DONE:
                    events.append(Notice(f"{record.name}: {record.told}"))
            elapsed = time.monotonic() - begun
            rate = done / elapsed if done else None
            events.append(
                Progress(plan.kind.name, done, len(plan.tasks), rate, elapsed, detail=summary.told(plan.kind))
            )
            for event in events:
                try:
                    yield event
                except InterruptedRun as stop:
                    stopped = stop
                    engine.drain()
    finally:
        engine.close()
    return stopped


def made_folders(plan: BatchPlan) -> None:
    """Make the output folder, and those of the tree of names in it. Raises OutputError."""
    folders: Iterable[Path] = sorted({plan.out / path for task in plan.tasks for path in task.outputs.values()})
    for folder in dict.fromkeys([plan.out, *(path.parent for path in folders)]):
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            why = "a file" if isinstance(error, FileExistsError) else (error.strerror or "an error").lower()
            raise OutputError(f"{folder}: expected a folder that can be made, got {why}: choose another") from None
