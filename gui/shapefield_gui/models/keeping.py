"""How long the folder of a run stays: while a window holds it always, then within bounds, then a week in the trash."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from shapefield.errors import OutputError
from shapefield.storage.files import lock

MOST_BYTES = 4 << 30
"""Of all runs under one root that no window holds."""
OLDEST_DAYS, TRASH_DAYS = 90, 7
TRASH = "trash"
_DAY = 86_400.0
_held: dict[Path, contextlib.ExitStack] = {}


def hold(folder: Path) -> None:
    """This process works on the folder until `release`. Raises OutputError where another window does."""
    if folder in _held:
        return
    stack = contextlib.ExitStack()
    try:
        stack.enter_context(lock(folder))
    except OutputError as error:
        raise OutputError(f"{folder}: another window has this run open: close it there first") from error
    _held[folder] = stack


def release(folder: Path) -> None:
    """Another window may have it, and bounds apply to it again."""
    if stack := _held.pop(folder, None):
        stack.close()


def mine(folder: Path) -> bool:
    """Whether this process holds it."""
    return folder in _held


def is_free(place: Path) -> bool:
    """Whether no process has locked the file or folder."""
    try:
        with lock(place):
            return True
    except OutputError:
        return False


def discard(folder: Path) -> Path:
    """Move a run into the trash beside it; where it lies now is what `restore` takes. Raises OutputError."""
    release(folder)
    trash = folder.parent / TRASH
    place = trash / f"{int(time.time())}.{folder.name}"
    try:
        trash.mkdir(exist_ok=True)
        os.replace(folder, place)
    except OSError as error:
        raise OutputError(f"{folder}: the run could not be deleted ({error.strerror}): is it in use?") from error
    return place


def restore(place: Path) -> Path:
    """Take a run out of the trash; returns its folder. Raises OutputError."""
    folder = place.parent.parent / place.name.partition(".")[2]
    try:
        os.replace(place, folder)
    except OSError as error:
        raise OutputError(f"{folder.name}: the run could not be taken back ({error.strerror})") from error
    return folder


def bound(root: Path, oldest_first: Iterable[tuple[Path, float]]) -> None:
    """Discard what is too old or too much of `(folder, Unix seconds)`, and empty the trash of what lay there a week.

    Folders that a process holds are not counted and not touched.
    """
    _empty(root / TRASH)
    free = [(folder, began, size_of(folder)) for folder, began in oldest_first if not mine(folder) and is_free(folder)]
    total = sum(size for _, _, size in free)
    for folder, began, size in free:
        if total > MOST_BYTES or time.time() - began > OLDEST_DAYS * _DAY:
            total -= size
            with contextlib.suppress(OutputError):
                discard(folder)


def size_of(folder: Path) -> int:
    """Bytes of all files in it; what vanishes meanwhile counts nothing."""
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += file.lstat().st_size
    return total


def _empty(trash: Path) -> None:
    for place in trash.glob("*.*"):
        since = place.name.partition(".")[0]
        if since.isdigit() and time.time() - int(since) > TRASH_DAYS * _DAY:
            shutil.rmtree(place, ignore_errors=True)
