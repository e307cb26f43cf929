"""Inputs and outputs in a store that fsspec opens (`s3://…`): fetched for one task, worked on here, put back.

An input that may refer to others (OBJ, glTF, COLLADA) is fetched with the files beside it that are no meshes.
"""

from __future__ import annotations

import contextlib
import hashlib
import posixpath
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from shapefield.batches.record import Record
from shapefield.batches.task import BatchTask
from shapefield.errors import InputError, OutputError, ResourceError
from shapefield.mesh.sniffing import named_as_mesh
from shapefield.storage.files import check_replaceable, writing

REFERRING = (".obj", ".gltf", ".dae")


def store_of(address: str) -> tuple[Any, str]:
    """The store of an address, and the path in it. Raises ResourceError where a library for it is missing."""
    remedy = 'pip install "shapefield[remote]"'
    try:
        from fsspec.core import url_to_fs

        return url_to_fs(address)
    except (ImportError, ValueError) as error:
        told = " ".join(str(error).split())[:120]
        raise ResourceError(f"{address}: expected a store that fsspec opens, got none ({told}): {remedy}") from None


def meant(address: str) -> list[tuple[str, str]]:
    """The meshes that an address means, each with the folder that its name is told from. Raises InputError."""
    store, path = store_of(address)
    kind = address.partition("://")[0]
    with _told(address):
        if any(sign in path for sign in "*?["):
            found, folder = sorted(store.glob(path)), posixpath.dirname(path[: min(map(path.find, _magic(path)))])
        elif store.isdir(path):
            found, folder = sorted(store.find(path)), path
        else:
            found, folder = ([path] if store.exists(path) else []), posixpath.dirname(path)
        found = [one for one in found if named_as_mesh(one) and not posixpath.basename(one).startswith(".")]
    if not found:
        raise InputError(f"{address}: expected meshes at that address, got none: check it")
    return [(f"{kind}://{one.lstrip('/')}", f"{kind}://{folder.lstrip('/')}") for one in found]


def version_of(address: str) -> tuple[int, int]:
    """Bytes of a remote file, and a number out of the store's own mark of its version. Raises OSError."""
    store, path = store_of(address)
    try:
        mark = store.ukey(path)
    except NotImplementedError:  # of fsspec, for a store that knows no versions
        mark = str(store.info(path))
    return int(store.size(path) or 0), int(hashlib.sha256(str(mark).encode()).hexdigest()[:13], 16)


@contextlib.contextmanager
def fetched(task: BatchTask) -> Iterator[BatchTask]:
    """Within, the task with its input and its output folder in a temporary folder, whose files go where they belong.

    Raises OSError where the store gives no file.
    """
    store, path = store_of(task.path)
    with tempfile.TemporaryDirectory(prefix="shapefield-") as folder:
        own = Path(folder) / "in" / task.name
        out = Path(folder) / "out"
        own.parent.mkdir(parents=True)
        for one in [path, *_beside(store, path)]:
            store.get_file(one, str(own.parent / posixpath.basename(one)))
        for output in task.outputs.values():
            (out / output).parent.mkdir(parents=True, exist_ok=True)
        words = tuple(str(own) if word == task.path else word for word in task.words)
        yield replace(task, path=str(own), out=str(out), words=words)
        for made in sorted(out.rglob("*")):
            if made.is_file() and not made.name.endswith((".lock", ".checkpoint")):
                _place(made, Path(task.out) / made.relative_to(out), task.force)


def put(task: BatchTask, record: Record) -> None:
    """Copy a record's outputs to `task.copy_to`, or move them there. Raises OutputError."""
    store, path = store_of(task.copy_to)
    try:
        for output in record.outputs:
            place = posixpath.join(path, output.path)
            store.makedirs(posixpath.dirname(place), exist_ok=True)
            store.put_file(str(Path(task.out) / output.path), place)
    except Exception as error:  # each store has exceptions of its own
        told = " ".join(f"{type(error).__name__} {error}".split())[:200]
        raise OutputError(f"{task.copy_to}: expected a store that takes files, got {told}: check it") from error
    if task.moved:
        for output in record.outputs:
            (Path(task.out) / output.path).unlink(missing_ok=True)


def _place(made: Path, place: Path, force: bool) -> None:
    check_replaceable(place, force)
    place.parent.mkdir(parents=True, exist_ok=True)
    with writing(place) as file, open(made, "rb") as source:
        shutil.copyfileobj(source, file)


def _beside(store: Any, path: str) -> list[str]:
    """Files of the same folder that a mesh of that format may refer to."""
    if not path.lower().endswith(REFERRING):
        return []
    found = store.ls(posixpath.dirname(path), detail=True)
    return [one["name"] for one in found if one["type"] == "file" and not named_as_mesh(one["name"])]


def _magic(path: str) -> list[str]:
    return [sign for sign in "*?[" if sign in path]


@contextlib.contextmanager
def _told(address: str) -> Iterator[None]:
    """Whatever a store raises for an address as an InputError of one line."""
    try:
        yield
    except Exception as error:  # each store has exceptions of its own
        told = " ".join(f"{type(error).__name__} {error}".split())[:200]
        raise InputError(f"{address}: expected a readable address, got {told}: check it and your credentials") from None
