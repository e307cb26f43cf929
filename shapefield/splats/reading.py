"""`read`: a file of Gaussian splats of any format → checked Splats; which files are some."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import numpy as np

from shapefield.errors import ResourceError, content_guarded
from shapefield.mesh.decoding.source import FileBytes
from shapefield.mesh.decoding.splatheader import HEADER_LIMIT, holds_splats
from shapefield.mesh.reading import stored
from shapefield.splats.checking import checked
from shapefield.splats.model import Splats
from shapefield.splats.spzfile import begins

MODULES = {"ply": "plyfile", "splat": "splatfile", "spz": "spzfile"}


def kind_of(path: str | os.PathLike[str]) -> str | None:
    """ "ply", "splat" or "spz" for a file that holds splats, or says so by its suffix; None for any other.

    A PLY is known by its header, SPZ by its first packed bytes; a .splat has nothing but its name.
    """
    place = Path(path)
    suffix = place.suffix.lower().lstrip(".")
    named = suffix if suffix in ("splat", "spz") else None
    if not place.is_file():
        return named
    try:
        with open(place, "rb") as file:
            head = file.read(HEADER_LIMIT)
    except OSError:
        return named
    return "spz" if begins(head) else "ply" if holds_splats(head) else named


def read(path: str | os.PathLike[str]) -> Splats:
    """The splats in a file. Raises InputError in one line for anything else; ResourceError out of memory."""
    place = Path(path)
    data = stored(place, "a file of Gaussian splats")
    source = FileBytes(place, data)
    kind = kind_of(place) or "ply"
    try:
        with content_guarded(source.name, f"Gaussian splats ({kind.upper()})"), np.errstate(all="ignore"):
            return checked(source, import_module(f"shapefield.splats.{MODULES[kind]}").decode(source))
    except MemoryError as error:
        raise ResourceError(f"{source.name}: not enough memory for these splats: export fewer of them") from error
