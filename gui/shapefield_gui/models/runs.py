"""Fits on disk: each has a folder with what was asked, its checkpoint while it runs, and its field when it is done."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from shapefield.errors import OutputError
from shapefield.storage.files import writing
from shapefield_gui.models import keeping


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
        """There is a checkpoint, the field was never written, and no process and no other window is at it."""
        if not self.checkpoint.is_file() or self.field.is_file():
            return False
        return keeping.is_free(self.guard) and (keeping.mine(self.folder) or keeping.is_free(self.folder))

    @property
    def finished(self) -> bool:
        """It was learnt to its end."""
        return self.field.is_file()

    @property
    def worth(self) -> bool:
        """Something of it can still be used: what was learnt, or a checkpoint to go on from."""
        return self.finished or self.checkpoint.is_file()

    def forget(self) -> Path:
        """Move it into the trash, for a week; returns where it lies there."""
        return keeping.discard(self.folder)


class RepairRun(FitRun):
    """One repair: `field` is the mended mesh, and its report lies beside it."""

    __slots__ = ()

    @property
    def field(self) -> Path:
        return self.folder / f"{Path(self.path).stem}.repaired.ply"


class SceneMesh(FitRun):
    """A mesh that was taken out of a radiance field; `path` is what that was learnt from, `field` the mesh."""

    __slots__ = ()

    @property
    def field(self) -> Path:
        return self.folder / f"{Path(self.path).stem}.ply"


class GivenFile(FitRun):
    """A file that nothing was made of: its folder is none of ours, and nothing in it is moved or removed."""

    __slots__ = ()

    @property
    def field(self) -> Path:
        return Path(self.path)

    @property
    def worth(self) -> bool:
        return False


Run = TypeVar("Run", bound=FitRun)


def now() -> float:
    """Unix seconds, for what is made at this moment."""
    return time.time()


def begin(root: Path, path: str, settings: dict[str, Any], kind: type[Run] = FitRun) -> Run:
    """A folder for a new fit, held by this process; old ones that nobody holds are bounded. Raises OutputError."""
    now = time.time()
    folder = _made(root / time.strftime("%Y%m%d-%H%M%S", time.localtime(now)))
    keeping.hold(folder)
    run = kind(folder, path, settings, now)
    with writing(folder / "run.json", "w") as file:
        json.dump({"path": path, "settings": settings, "began": now}, file, default=str)  # lengths as they print
    others = sorted(found(root, kind), key=lambda r: r.began)
    keeping.bound(root, [(r.folder, r.began) for r in others if keeping.is_free(r.guard)])
    return run


def _made(first: Path) -> Path:
    """A folder that was not there: of this name, or of it and a number."""
    folder, count = first, 1
    while True:
        try:
            folder.mkdir(parents=True)
            return folder
        except FileExistsError:
            count += 1
            folder = first.with_name(f"{first.name}+{count}")
        except OSError as error:
            why = f"the run's folder cannot be made ({error.strerror}): free some space"
            raise OutputError(f"{folder}: {why}") from error


def adopt(root: Path, path: str, settings: dict[str, Any], checkpoint: Path) -> FitRun:
    """A run of ours that begins with a copy of another program's checkpoint."""
    run = begin(root, path, settings)
    with open(checkpoint, "rb") as there, writing(run.checkpoint) as here:
        shutil.copyfileobj(there, here)
    return run


def adopt_field(root: Path, path: str, settings: dict[str, Any], field: Path) -> FitRun:
    """A run of ours around a copy of a field that came from elsewhere. path : what it is a field of"""
    run = begin(root, path, settings)
    with open(field, "rb") as there, writing(run.field) as here:
        shutil.copyfileobj(there, here)
    return run


def adopt_mesh(root: Path, source: str, settings: dict[str, Any], mesh: Path) -> SceneMesh:
    """A run around a mesh that was taken out of a radiance field, which moves there. source : of its pictures"""
    run = begin(root, source, settings, SceneMesh)
    os.replace(mesh, run.field)
    return run


def at(folder: Path, kind: type[Run] = FitRun) -> Run | None:
    """The run in this folder, if it is ours and can be read."""
    return next(iter(_read([folder / "run.json"], kind)), None)


def found(root: Path, kind: type[Run] = FitRun) -> list[Run]:
    """All fits on disk, oldest first by name; folders that are not ours are passed over."""
    return _read(sorted(root.glob("*/run.json")), kind)


def discarded(root: Path, kind: type[Run] = FitRun) -> list[Run]:
    """Those in the trash, longest there first."""
    return found(root / keeping.TRASH, kind)


def _read(notes: Iterable[Path], kind: type[Run]) -> list[Run]:
    runs = []
    for note in notes:
        try:
            saved = json.loads(note.read_text(encoding="utf-8"))
            runs.append(kind(note.parent, str(saved["path"]), dict(saved["settings"]), float(saved["began"])))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return runs


def interrupted(root: Path, kind: type[Run] = FitRun) -> list[Run]:
    """Fits that can be resumed, newest first."""
    return [run for run in reversed(found(root, kind)) if run.interrupted and Path(run.path).exists()]
