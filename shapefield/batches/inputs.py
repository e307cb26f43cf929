"""What stands on the command line → the files that it means: files, folders, patterns, lists, addresses."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapefield.batches import locations
from shapefield.batches.listing import LISTS, TABLES, beside, listed
from shapefield.errors import InputError
from shapefield.mesh.sniffing import named_as_mesh


@dataclass(frozen=True)
class Given:
    """One input.

    path     : as it was named;  folder : what its name in the tree begins below, unless others lie elsewhere
    options  : its own settings;  where : the list and the line that named it, "" for the command line
    searched : whether the whole folder was searched, so that outputs there would be inputs the next time
    """

    path: str
    folder: str
    options: dict[str, Any] = field(default_factory=dict)
    where: str = ""
    searched: bool = False


def expanded(inputs: Sequence[str]) -> list[Given]:
    """All files that are meant, each once, in order. Raises InputError for what is not there, or means none."""
    found = [one for word in inputs for one in _meant(word)]
    if not found:
        raise InputError(f"{', '.join(inputs) or 'inputs'}: expected mesh files, got none: name files or a folder")
    once: dict[str, Given] = {}
    for one in found:
        earlier = once.setdefault(locations.absolute(one.path), one)
        if earlier.options != one.options:
            raise InputError(f"{one.where or one.path}: expected {one.path} once, got it again with other options")
    return list(once.values())


def _meant(word: str) -> Iterator[Given]:
    if word == "-":
        yield from _from_list("standard input", sys.stdin.buffer.read(), "", ".txt")
    elif locations.is_remote(word):
        from shapefield.batches.remote import meant

        for path, folder in meant(word):
            yield Given(path, folder, searched=folder.rstrip("/") == word.rstrip("/"))
    elif os.path.isdir(word):
        yield from _in_folder(word)
    elif os.path.exists(word):
        suffix = Path(word).suffix.lower()
        if suffix in (*LISTS, *TABLES):
            yield from _from_list(word, _bytes_of(word), str(Path(word).parent), suffix)
        else:
            yield Given(word, str(Path(word).parent))
    elif glob.has_magic(word):
        yield from _by_pattern(word)
    else:
        raise InputError(f"{word}: expected a mesh, a folder, a pattern or a list, got no such file: check the name")


def _in_folder(folder: str) -> list[Given]:
    """Every file below that is named as a mesh; what begins with a dot is passed over. Raises InputError for none."""
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        meshes = sorted(name for name in names if not name.startswith(".") and named_as_mesh(name))
        found += [Given(os.path.join(place, name), folder, searched=True) for name in meshes]
    if not found:
        raise InputError(f"{folder}: expected mesh files in the folder, got none: name another")
    return found


def _by_pattern(pattern: str) -> list[Given]:
    """Files named as meshes that the pattern matches; ** stands for any folders."""
    before = pattern[: min(pattern.index(sign) for sign in "*?[" if sign in pattern)]
    folder = os.path.dirname(before) or "."
    matched = [path for path in sorted(glob.glob(pattern, recursive=True)) if os.path.isfile(path)]
    found = [Given(path, folder, searched="**" in pattern) for path in matched if named_as_mesh(path)]
    if not found:
        raise InputError(f"{pattern}: expected mesh files that match, got none: check the pattern")
    return found


def _from_list(name: str, data: bytes, folder: str, suffix: str) -> Iterator[Given]:
    for number, path, options in listed(name, data, suffix):
        place = beside(folder, path)
        yield Given(place, os.path.dirname(place), options, f"{name}, line {number}")


def _bytes_of(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        why = (error.strerror or "an error").lower()
        raise InputError(f"{path}: expected a readable list, got {why}: check its permissions") from None
