"""Fits on disk: each has a folder with what was asked, its checkpoint while it runs, and its field when it is done."""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from shapefield.errors import OutputError
from shapefield.storage.files import lock, writing

_KEPT = 12


@dataclass(frozen=True, slots=True)
class FitRun:
    """One fit. path : the mesh;  settings : method, budget, resolution and overrides;  began : Unix seconds"""

    folder: Path
    path: str
    settings: dict[str, Any]
    began: float

    @property
    def field(self) -> Path:
        return self.folder / f"{Path(self.path).stem}.field"

    @property
    def checkpoint(self) -> Path:
        return self.field.with_name(self.field.name + ".checkpoint")

    @property
    def guard(self) -> Path:
        """What the process that works on it has locked."""
        return self.field

    @property
    def interrupted(self) -> bool:
        """There is a checkpoint, the field was never written, and no process is at it."""
        if not self.checkpoint.is_file() or self.field.is_file():
            return False
        try:
            with lock(self.guard):
                return True
        except OutputError:
            return False

    def forget(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


Run = TypeVar("Run", bound=FitRun)


def begin(root: Path, path: str, settings: dict[str, Any], kind: type[Run] = FitRun) -> Run:
    """A folder for a new fit; the oldest finished ones beyond a dozen are removed. Raises OutputError."""
    now = time.time()
    folder = root / time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    count = 1
    while folder.exists():
        count += 1
        folder = folder.with_name(f"{folder.name.split('+')[0]}+{count}")
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"{folder}: the run's folder cannot be made ({error.strerror}): free some space") from error
    run = kind(folder, path, settings, now)
    with writing(folder / "run.json", "w") as file:
        json.dump({"path": path, "settings": settings, "began": now}, file)
    for old in sorted(found(root, kind), key=lambda r: r.began)[:-_KEPT]:
        if not old.interrupted and not old.checkpoint.is_file():
            old.forget()
    return run


def adopt(root: Path, path: str, settings: dict[str, Any], checkpoint: Path) -> FitRun:
    """A run of ours that begins with a copy of another program's checkpoint."""
    run = begin(root, path, settings)
    with open(checkpoint, "rb") as there, writing(run.checkpoint) as here:
        shutil.copyfileobj(there, here)
    return run


def found(root: Path, kind: type[Run] = FitRun) -> list[Run]:
    """All fits on disk, oldest first; folders that are not ours are passed over."""
    runs = []
    for note in sorted(root.glob("*/run.json")):
        try:
            saved = json.loads(note.read_text(encoding="utf-8"))
            runs.append(kind(note.parent, str(saved["path"]), dict(saved["settings"]), float(saved["began"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return runs


def interrupted(root: Path, kind: type[Run] = FitRun) -> list[Run]:
    """Fits that can be resumed, newest first."""
    return [run for run in reversed(found(root, kind)) if run.interrupted and Path(run.path).exists()]
