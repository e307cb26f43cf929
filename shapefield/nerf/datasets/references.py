"""Files that a dataset refers to: only those inside its own folder, whatever its text says."""

from __future__ import annotations

import os
import re
from pathlib import Path

from shapefield.nerf.scene import existing

PICTURES = ("images", "Images", "input", "rgb", "images_2", "images_4", "images_8")
"""Folders in which programs leave the pictures, the first that holds them counts."""


def inside(folder: Path, given: str) -> Path | None:
    """The place that the text `given` means; None where that is outside of `folder`, or no place at all.

    It is judged by its words: an absolute path, or one whose `..` lead out, is not followed. Links that lie in the
    folder are the user's own (large datasets are often linked) and are followed.
    """
    if "\0" in given:
        return None
    root = os.path.abspath(folder)
    place = os.path.normpath(os.path.join(root, given.replace("\\", "/")))
    return folder / os.path.relpath(place, root) if place.startswith(root.rstrip(os.sep) + os.sep) else None


def referred(folder: Path, given: str) -> Path | None:
    """The file inside `folder` that `given` means, perhaps with another extension; None if there is none.

    A path that leads elsewhere, such as another machine's, is followed by its tail: the longest one that is there.
    """
    place = inside(folder, given)
    found = existing(place) if place is not None else None
    return found if found is not None or place is not None else by_tail(folder, given)


def by_tail(folder: Path, given: str) -> Path | None:
    """The file inside `folder` at the longest tail of a path that leads elsewhere; None if there is none."""
    if "\0" in given:
        return None
    parts = [part for part in given.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    if parts and re.fullmatch("[A-Za-z]:", parts[0]):
        parts = parts[1:]
    for first in range(len(parts)):
        place = inside(folder, "/".join(parts[first:]))
        if place is not None and (found := existing(place)) is not None:
            return found
    return None


def among_pictures(folder: Path, given: str) -> Path | None:
    """The file that `given` means in `folder` itself or in one of its folders of pictures; None if there is none."""
    found = referred(folder, given)
    if found is not None:
        return found
    name = given.replace("\\", "/").rsplit("/", 1)[-1]
    for place in PICTURES:
        if (folder / place).is_dir():
            found = referred(folder / place, given) or referred(folder / place, name)
            if found is not None:
                return found
    return None
