"""Files that a dataset refers to: only those inside its own folder, whatever its text says."""

from __future__ import annotations

import os
from pathlib import Path

from shapefield.nerf.scene import existing


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
    """The file inside `folder` that `given` means, perhaps with another extension; None if there is none."""
    place = inside(folder, given)
    return existing(place) if place is not None else None
