"""What a batch does: the inputs with their names, what of them is done already, and the tasks that are left."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapefield.batches import manifest
from shapefield.batches.config import ALL, CHANGED, FAILED, BatchConfig
from shapefield.batches.inputs import Given, expanded
from shapefield.batches.jobs import REPORT, JobKind, job, require_reference
from shapefield.batches.locations import is_remote
from shapefield.batches.mirror import Mirror
from shapefield.batches.naming import names_of, stems_of
from shapefield.batches.record import Record
from shapefield.batches.task import BatchTask, hash_of, words_of
from shapefield.errors import OutputError, UsageError
from shapefield.machine.versions import versions
from shapefield.mesh.sniffing import named_as_mesh
from shapefield.settings import told_by


@dataclass(frozen=True)
class BatchPlan:
    """What a batch does.

    tasks : what is to be done, in the order of names;  kept : records of what is done and stays
    skipped : inputs that nothing can be done with, each with the reason
    mirror  : the store that `out` stands for, if it was an address
    """

    kind: JobKind
    out: Path
    config: BatchConfig
    common: str
    tasks: tuple[BatchTask, ...]
    kept: Mapping[str, Record]
    skipped: tuple[tuple[BatchTask, str], ...] = ()
    mirror: Mirror | None = None

    @property
    def manifest(self) -> Path:
        """Where this run adds its records."""
        return manifest.manifest_of(self.out, *self.config.part)

    @property
    def told_manifest(self) -> str:
        """Where that is, for a person: in the store, where the batch writes into one."""
        return f"{self.mirror.address}/{self.manifest.name}" if self.mirror is not None else str(self.manifest)

    @property
    def count(self) -> int:
        """All inputs of this part."""
        return len(self.tasks) + len(self.kept) + len(self.skipped)


def plan(inputs: Sequence[str], out: str, name: str, settings: Mapping[str, Any], config: BatchConfig) -> BatchPlan:
    """All that a batch will do; nothing is written.

    Raises UsageError, InputError and OutputError for what cannot be: see docs/batch.md.
    """
    config.check()
    kind = job(name)
    require_reference(kind, config.reference)
    if config.reports and not kind.keeps:
        raise UsageError(f"reports: expected --job fit or repair beside it, got {name}: leave it out")
    common = kind.settled(settings)
    given = expanded(inputs)
    mirror = _mirrored(out, config, [one.folder for one in given if one.searched])
    if mirror is not None:
        out = str(mirror.folder)
    else:
        _check_apart(given, Path(out))
    shared = hash_of(kind, common, config.format, config.threads_each)
    tasks = _tasks(kind, given, out, common, shared, config, mirror)
    found = manifest.read(Path(out))
    manifest.check_same(found, Path(out), name, None if config.redo in (CHANGED, ALL) else shared)
    part, parts = config.part
    mine = sorted(tasks, key=lambda task: task.name)[: config.limit][part::parts]
    kept, left, skipped = {}, [], []
    for task in mine:
        if why := _useless(task, config.reference):
            skipped.append((task, why))
        elif task.name in found and _stays(task, found[task.name], config.redo, mirror):
            kept[task.name] = found[task.name]
        else:
            left.append(task)
    return BatchPlan(kind, Path(out), config, shared, tuple(left), kept, tuple(skipped), mirror)


def _mirrored(out: str, config: BatchConfig, folders: Sequence[str]) -> Mirror | None:
    """The store that an address names, its manifests fetched; None for a folder of this machine."""
    if not is_remote(out):
        return None
    if config.copy_to:
        raise UsageError(f"copy_to: expected one address, got -o {out} as well: leave it out")
    for folder in folders:
        if f"{out.rstrip('/')}/".startswith(f"{folder.rstrip('/')}/"):
            raise OutputError(f"{out}: expected a folder apart from the inputs, got one in {folder}: name another")
    mirror = Mirror(out)
    mirror.fetch()
    return mirror


def _tasks(
    kind: JobKind, given: Sequence[Given], out: str, common: dict[str, Any], shared: str, config: BatchConfig,
    mirror: Mirror | None,
) -> list[BatchTask]:  # fmt: skip
    names = names_of(given)
    tasks = []
    for one, name, stem in zip(given, names, stems_of(names), strict=True):
        with told_by(one.where, one.options):
            own = kind.settled(common | one.options) if one.options else common
        outputs = kind.outputs(stem, one.path, config.format, own)
        if config.reports:
            outputs = outputs | {REPORT: f"{stem}.json"}
        reference = _reference(config.reference, name)
        words = words_of(kind, one.path, own, reference)
        digest = hash_of(kind, own, config.format, config.threads_each) if one.options else shared
        tasks.append(
            BatchTask(
                name=name,
                path=one.path,
                job=kind.name,
                out=out,
                words=words,
                outputs=outputs,
                settings=digest,
                common=shared,
                options=one.options,
                reports=kind.reports,
                force=config.force,
                pictures=config.html,
                copy_to=config.copy_to or (mirror.address if mirror else ""),
                moved=mirror is not None,
            )
        )
    _check_unlike(tasks)
    return tasks


def _check_apart(given: Iterable[Given], out: Path) -> None:
    """Raise OutputError for an output folder in a folder of inputs: the next run would take results for inputs."""
    place = os.path.realpath(out)
    for folder in {one.folder for one in given if one.searched}:
        own = os.path.realpath(folder)
        if place == own or place.startswith(os.path.join(own, "")):
            raise OutputError(f"{out}: expected a folder apart from the inputs, got one in {folder}: name another")


def _check_unlike(tasks: Sequence[BatchTask]) -> None:
    """Raise OutputError should an output be an input, or two inputs share one in spite of their stems."""
    inputs = {os.path.realpath(task.path) for task in tasks}
    met: dict[str, str] = {}
    for task in tasks:
        for path in task.outputs.values():
            if os.path.realpath(Path(task.out) / path) in inputs:
                raise OutputError(f"{Path(task.out) / path}: is an input, which would be lost: name another folder")
            other = met.setdefault(path.casefold(), task.name)
            if other != task.name:
                raise OutputError(
                    f"{path}: expected an output of one input, got two, {other} and {task.name}: rename one"
                )


def _reference(reference: str | None, name: str) -> str | None:
    """The true mesh of a name: of the folder the file of that name, or of that name with another suffix."""
    if reference is None or not os.path.isdir(reference):
        return reference
    exact = Path(reference) / name
    if exact.is_file() or not exact.parent.is_dir():
        return str(exact)
    like = sorted(p for p in exact.parent.iterdir() if p.stem == exact.stem and named_as_mesh(p))
    return str(like[0] if like else exact)


def _useless(task: BatchTask, reference: str | None) -> str:
    """Why nothing can be done with an input; "" where something can."""
    if reference is not None and not os.path.exists(task.words[2]):
        return f"{task.name}: expected a true mesh at {task.words[2]}, got none: put it there"
    return ""


def _stays(task: BatchTask, record: Record, redo: str | None, mirror: Mirror | None) -> bool:
    """Whether a record holds: same input, same settings, outputs there, and nothing more is asked for."""
    if redo == ALL or record.settings != task.settings or not same_input(task.path, record):
        return False
    if not record.status.written:
        return redo != FAILED
    exact = redo == CHANGED
    if exact and record.versions != versions():
        return False
    if not set(task.outputs.values()) <= {one.path for one in record.outputs}:
        return False  # more is asked for than was written
    if mirror is not None:
        return all(mirror.has(one.path, one.bytes) for one in record.outputs)
    return all(_there(Path(task.out) / one.path, one.bytes, one.sha256 if exact else "") for one in record.outputs)


def same_input(path: str, record: Record) -> bool:
    """Whether the input is the one that the record tells of: by size and time, else by its bytes."""
    try:
        if is_remote(path):
            from shapefield.batches.remote import version_of

            return version_of(path) == (record.bytes, record.modified)
        now = os.stat(path)
        if (now.st_size, now.st_mtime_ns) == (record.bytes, record.modified):
            return True
        return now.st_size == record.bytes and sha256_of(path) == record.sha256
    except OSError:
        return not record.sha256 and not record.status.written  # it could not be read then either


def sha256_of(path: str | Path) -> str:
    """SHA-256 of a file, hex. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _there(path: Path, size: int, sha256: str) -> bool:
    try:
        return path.stat().st_size == size and (not sha256 or sha256_of(path) == sha256)
    except OSError:
        return False
