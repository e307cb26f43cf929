"""COLMAP's text files: cameras.txt, images.txt, points3D.txt."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shapefield.errors import InputError
from shapefield.nerf.datasets.colmap_model import Image, Lens, Model, within_range


def read(folder: Path) -> Model:
    """The model in `folder`; InputError that names the file and line where it is not what it should be."""
    return Model(_cameras(folder / "cameras.txt"), _images(folder / "images.txt"), _points(folder / "points3D.txt"))


def image_count(path: Path) -> int:
    """How many images images.txt holds."""
    return (len(_lines(path, keep_empty=True)) + 1) // 2


def _lines(path: Path, keep_empty: bool = False) -> list[tuple[int, str]]:
    """(line number, text) of the lines that are no comments. Image lines come in pairs whose second may be empty."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected COLMAP's text file, cannot read it ({error}): export it again") from error
    lines = [(k, line.strip()) for k, line in enumerate(text.splitlines(), 1) if not line.lstrip().startswith("#")]
    if keep_empty:
        while lines and not lines[-1][1]:
            lines.pop()
        return lines
    return [entry for entry in lines if entry[1]]


def _cameras(path: Path) -> dict[int, Lens]:
    cameras = {}
    for k, line in _lines(path):
        parts = line.split()
        try:
            cameras[int(parts[0])] = Lens(parts[1], int(parts[2]), int(parts[3]), tuple(float(v) for v in parts[4:]))
        except (ValueError, IndexError) as error:
            raise InputError(f"{path}: line {k}: expected a camera, got {line[:60]!r}: export it again") from error
    return cameras


def _images(path: Path) -> tuple[Image, ...]:
    images = []
    for k, line in _lines(path, keep_empty=True)[::2]:
        parts = line.split(maxsplit=9)
        try:
            numbers = np.array([float(v) for v in parts[1:8]])
            images.append(Image(parts[9], int(parts[8]), numbers[:4], numbers[4:7]))
        except (ValueError, IndexError) as error:
            raise InputError(f"{path}: line {k}: expected an image, got {line[:60]!r}: export it again") from error
    return tuple(images)


def _points(path: Path) -> np.ndarray:
    if not path.is_file():
        return np.empty((0, 3), dtype=np.float32)
    points = []
    for k, line in _lines(path):
        try:
            x, y, z = (float(v) for v in line.split(maxsplit=4)[1:4])
            points.append((x, y, z))
        except ValueError as error:
            raise InputError(f"{path}: line {k}: expected a point, got {line[:60]!r}: export it again") from error
    return within_range(points)
