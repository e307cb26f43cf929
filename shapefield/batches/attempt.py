"""One task from its input's bytes to its record: whatever the file does to the process, the record says it."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shapefield.batches.jobs import REPORT, figures
from shapefield.batches.locations import is_remote
from shapefield.batches.plan import sha256_of
from shapefield.batches.record import Output, Record, Status
from shapefield.batches.task import BatchTask, Limits
from shapefield.batches.worker import CommandOutput, Crashed, Worker, answered
from shapefield.errors import GateMissed, InputError, OutputError, ResourceError
from shapefield.machine.children import ChildFailed, TookTooLong, TookTooMuch
from shapefield.machine.versions import versions
from shapefield.storage.files import FULL, check_replaceable, writing
from shapefield.storage.mark import is_ours, marked
from shapefield.training.checkpoint import checkpoint_path

FLEETING = ("seconds", "peak_memory", "files", "run")
"""What of a report is another one each time; it stands in the record, and not in the report's file."""


class WorkerSlot:
    """Where tasks are done one after another: a warm process, replaced when it has ended or grown."""

    def __init__(self, limits: Limits, patient: bool = False) -> None:
        """patient : keep a process however much memory it holds between two tasks."""
        self.limits, self.patient = limits, patient
        self._worker: Worker | None = None
        self.closed = False

    def worker(self) -> Worker:
        """The process. Raises ChildFailed where none can be started."""
        if self._worker is None or not self._worker.alive:
            self._worker = Worker(self.limits)
        if self.closed:
            self._worker.close()
            raise ChildFailed("the batch was ended")
        return self._worker

    def rest(self) -> None:
        """Between two tasks: a process that holds half of what one mesh may take gives its place to a fresh one."""
        if self._worker is not None and not self.patient and self._worker.idle > self.limits.memory / 2:
            self._worker.close()

    def close(self) -> None:
        """End the process, in whatever it is doing."""
        self.closed = True
        if self._worker is not None:
            self._worker.close()


def attempt(task: BatchTask, place: WorkerSlot) -> Record:
    """Do it, once, wherever its input lies and its outputs are copied to. Raises as `_attempt`."""
    if not is_remote(task.path):
        record = _attempt(task, place)
    else:
        from shapefield.batches.remote import fetched, version_of

        try:
            size, version = version_of(task.path)
            with fetched(task) as local:
                found = _attempt(local, place)
        except OSError as error:
            told = " ".join(str(error).split())[:200]
            line = f"{task.path}: expected a readable file, got {told or type(error).__name__}: check the address"
            return record_of(task, Status.FAILED, exit_code=InputError.exit_code, line=line)
        told = found.line.replace(local.path, task.path)
        own = {"path": task.path, "command": task.command, "bytes": size, "modified": version, "line": told}
        record = replace(found, **own)
    if task.copy_to and record.status.written:
        from shapefield.batches.remote import put

        put(task, record)
    return record


def _attempt(task: BatchTask, place: WorkerSlot) -> Record:
    """Do it, once.

    Raises what is no mesh's fault: OutputError where the disk is full, ResourceError where no process can be had.
    """
    begun = time.monotonic()
    _give_up_checkpoints(task)
    found: dict[str, Any] = _input(task)
    try:
        worker = place.worker()
    except ChildFailed as failure:
        raise ResourceError(f"batch: expected a process for {task.name}, got none: {failure}") from None
    try:
        answer = answered(worker, task.line())
    except ChildFailed as failure:
        found |= _ended(failure, task, place.limits)
    else:
        if answer.code == OutputError.exit_code and FULL in answer.line:
            raise OutputError(answer.line)
        found |= _answered(answer, task)
    found |= {"seconds": round(time.monotonic() - begun, 3), "memory": worker.peak}
    if task.pictures and Status(found["status"]).written:
        _draw(worker, task)
    place.rest()
    return record_of(task, **found, threads=place.limits.threads)


def record_of(task: BatchTask, status: Status, **found: Any) -> Record:
    """The task's record, with the machine and the moment."""
    return Record(
        task.name,
        task.path,
        task.job,
        task.settings,
        task.common,
        status,
        options=dict(task.options),
        command=task.command,
        machine=platform.node(),
        versions=versions(),
        finished=datetime.now(UTC).isoformat(timespec="milliseconds"),
        **found,
    )


def _input(task: BatchTask) -> dict[str, Any]:
    """Of the file as it is now; one that cannot be read is the command's to complain of."""
    with contextlib.suppress(OSError):
        now = os.stat(task.path)
        return {"sha256": sha256_of(task.path), "bytes": now.st_size, "modified": now.st_mtime_ns}
    return {}


def _answered(answer: CommandOutput, task: BatchTask) -> dict[str, Any]:
    """What the command said of itself."""
    status = {0: Status.DONE, GateMissed.exit_code: Status.BELOW}.get(answer.code, Status.FAILED)
    found: dict[str, Any] = {"status": status, "exit_code": answer.code, "line": answer.line, "trace": answer.trace}
    report = task.outputs["report"] if task.reports else task.outputs.get(REPORT)
    if report is not None and status.written:
        try:
            _write_report(Path(task.out) / report, answer, task.path, task.force)
        except OutputError as error:
            if FULL in str(error):
                raise
            return found | {"status": Status.FAILED, "exit_code": error.exit_code, "line": str(error)}
    if status.written:
        found["outputs"] = [_output(task, path) for path in task.outputs.values()]
    figured = figures(answer.report) if status.written else {}
    told = {"notices": answer.notices, "reasons": answer.report.get("reasons", []) if status.written else []}
    return found | told | {"figures": figured, "cpu_seconds": round(answer.cpu_seconds, 3)}


def _output(task: BatchTask, path: str) -> Output:
    place = Path(task.out) / path
    return Output(path, sha256_of(place), place.stat().st_size)


def _write_report(place: Path, answer: CommandOutput, source: str, force: bool) -> None:
    """The report as JSON, without what is another one each time. Raises OutputError."""
    kept: Mapping[str, Any] = {name: value for name, value in answer.report.items() if name not in FLEETING}
    check_replaceable(place, force, source)
    with writing(place) as file:
        file.write(json.dumps({"by": marked(place, source)} | dict(kept), indent=1).encode())


def _ended(failure: ChildFailed, task: BatchTask, limits: Limits) -> dict[str, Any]:
    """A process that gave no answer, told as what it was."""
    _give_up_checkpoints(task)
    if isinstance(failure, TookTooLong):
        line = f"not done after {limits.seconds:g} s: allow more with --timeout, or simplify the mesh"
        return {"status": Status.TIMED_OUT, "line": line}
    if isinstance(failure, TookTooMuch):
        line = f"took more than {limits.memory / 1e9:.3g} GB of memory: allow more with --memory-each, or simplify it"
        return {"status": Status.MEMORY, "line": line}
    assert isinstance(failure, Crashed)
    found: dict[str, Any] = {"exit_code": failure.code, "trace": failure.trace}
    if failure.code == -getattr(signal, "SIGKILL", 9):
        line = "its process was killed from outside (SIGKILL), as the system does where memory runs out"
        return found | {"status": Status.MEMORY, "line": f"{line}: allow fewer --jobs"}
    how = f"signal {signal.Signals(-failure.code).name}" if failure.code < 0 else f"exit code {failure.code}"
    return found | {"status": Status.CRASHED, "line": f"its process crashed ({how}): please report the file"}


def _give_up_checkpoints(task: BatchTask) -> None:
    """Remove what a fit left that was ended from outside: the next one begins anew, and says nothing of it."""
    for path in task.outputs.values():
        place = checkpoint_path(Path(task.out) / path)
        if is_ours(place):
            with contextlib.suppress(OSError):
                place.unlink()


def _draw(worker: Worker, task: BatchTask) -> None:
    """Small pictures of both; a failure costs the pictures alone."""
    from shapefield.batches.pictures import question_of

    with contextlib.suppress(ChildFailed):
        worker.ask(**question_of(task))
