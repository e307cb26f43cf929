"""`write`: a Mesh → a file, whole or not at all, exact enough, and never over somebody else's."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from shapefield.errors import InputError, UsageError
from shapefield.mesh.decoding.source import PACKED, FileBytes
from shapefield.mesh.model import Mesh
from shapefield.storage.files import check_replaceable, writing
from shapefield.storage.mark import Inputs, marked

FORMATS = {"ply": "ply", "obj": "obj", "stl": "stl", "off": "off", "glb": "gltf", "3mf": "threemf"}
"""Suffix → the module in `encoding` that writes it."""


def check_suffix(path: str | os.PathLike[str]) -> str:
    """The format that the suffix of `path` names. Raises UsageError that lists the formats there are."""
    suffix = Path(path).suffix.lower().lstrip(".")
    if suffix not in FORMATS:
        known = ", ".join(f".{name}" for name in FORMATS)
        got = f".{suffix}" if suffix else "none"
        raise UsageError(f"{path}: expected a suffix out of {known}, got {got}: add one to the name")
    return suffix


def bare_stem(name: str) -> str:
    """A mesh file's name without its suffix, `m` of `m.stl.gz` too."""
    stem = Path(name).stem
    return Path(stem).stem if Path(name).suffix.lower() in PACKED else stem


def kept_suffix(path: str | os.PathLike[str]) -> str:
    """The suffix of a mesh file with which what is made of it is written: its own, or that of a format we write."""
    own = FileBytes(Path(path), b"").suffix
    found = {"gltf": "glb"}.get(own, own)
    return f".{found if found in FORMATS else 'ply'}"


def write(mesh: Mesh, path: str | os.PathLike[str], force: bool = False, source: Inputs = None) -> tuple[str, ...]:
    """Write `mesh` in the format of the suffix; an existing file is replaced if it is ours or `force` is set.

    source : what the mesh is made from, whose id the file carries; a file made from another input is not replaced
    Returns notices, one line each: precision, colours or units that the format cannot hold.
    Raises UsageError for an unknown suffix, InputError for a mesh without faces, OutputError for the place.
    """
    suffix = check_suffix(path)
    if len(mesh.faces) == 0:
        raise InputError(f"{mesh.name}: expected a surface to write, got one without faces: try another level or box")
    check_replaceable(path, force, source)
    encode: Callable[..., list[str]] = import_module(f"shapefield.mesh.encoding.{FORMATS[suffix]}").encode
    with writing(path) as file:
        notices = encode(mesh, file, marked(path, source))
    return tuple(notices)
