"""The tree of names is kept: each input has a name of its own below what all of them lie in, and a stem for outputs."""

from __future__ import annotations

import hashlib
import os
import posixpath
from collections import Counter
from collections.abc import Callable, Sequence

from shapefield.batches import locations
from shapefield.batches.inputs import Given
from shapefield.errors import UsageError
from shapefield.mesh.writing import bare_stem


def names_of(given: Sequence[Given]) -> list[str]:
    """The path of each from the folder that holds all inputs, with slashes: `a/model.obj`."""
    if len({locations.kind(one.path) for one in given}) > 1:
        raise UsageError("inputs: expected all on this machine or all in one store, got both: run it once for each")
    root = os.path.commonpath([locations.absolute(one.folder) for one in given])
    return [os.path.relpath(locations.absolute(one.path), root).replace(os.sep, "/") for one in given]


def stems_of(names: Sequence[str]) -> list[str]:
    """What the names of each one's outputs begin with, no two alike, even where letters' case does not count.

    `a/model` of `a/model.obj`; its whole name where another input differs in the suffix alone.
    """
    ways: list[Callable[[str], str]] = [
        lambda name: posixpath.join(posixpath.dirname(name), bare_stem(posixpath.basename(name))),
        lambda name: name,
        lambda name: f"{name}~{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:8]}",
    ]
    found = [ways[0](name) for name in names]
    for way in ways[1:]:
        met = Counter(stem.casefold() for stem in found)
        found = [way(name) if met[stem.casefold()] > 1 else stem for name, stem in zip(names, found, strict=True)]
    return found
