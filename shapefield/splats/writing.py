"""Splats → a PLY file that other viewers open."""

from __future__ import annotations

from pathlib import Path

from shapefield.splats.model import Splats
from shapefield.splats.plyfile import encode
from shapefield.storage.files import writing
from shapefield.storage.mark import marked


def write(splats: Splats, path: Path, source: str | Path | None = None) -> None:
    """Write them whole or not at all, in the layout of 3D Gaussian splatting; see `marked`."""
    with writing(path) as file:
        encode(splats, file, marked(path, source))
