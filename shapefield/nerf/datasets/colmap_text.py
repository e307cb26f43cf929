"""COLMAP's text files: cameras.txt, images.txt, points3D.txt."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shapefield.errors import InputError
from shapefield.nerf.datasets.colmap_model import ColmapImage, ColmapModel, Lens, within_range
from shapefield.storage.pictures import refuse_pointer


def read(folder: Path) -> ColmapModel:
    """The model in `folder`; InputError that names the file and line where it is not what it should be."""
    return ColmapModel(
        _cameras(folder / "cameras.txt"), _images(folder / "images.txt"), _points(folder / "points3D.txt")
    )


def image_count(path: Path) -> int:
    """How many images images.txt holds."""
    return len(_image_lines(path))


def _lines(path: Path) -> list[tuple[int, str]]:
    """(line number, text) of the lines that are no comments and not empty."""
    try:
        data = path.read_bytes()
        refuse_pointer(data, path)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected COLMAP's text file, cannot read it ({error}): export it again") from error
    lines = ((k, line.strip()) for k, line in enumerate(text.splitlines(), 1))
    return [(k, line) for k, line in lines if line and not line.startswith("#")]


def _image_lines(path: Path) -> list[tuple[int, str]]:
    """The lines of images without those of their points, which may be empty or, as some programs write, not there.

    A line of points is triples of numbers; one of an image is nine numbers and a name. Two that could be either are
    taken as COLMAP has them, in turn.
    """
    found: list[tuple[int, str]] = []
    may_be_points = False
    for k, line in _lines(path):
        if may_be_points and _is_points(line):
            may_be_points = False
            continue
        found.append((k, line))
        may_be_points = True
    return found


def _is_points(line: str) -> bool:
    parts = line.split()
    if len(parts) % 3:
        return False
    try:
        return bool([float(part) for part in parts[:12]])
    except ValueError:
        return False


def _cameras(path: Path) -> dict[int, Lens]:
    cameras = {}
    for k, line in _lines(path):
        parts = line.split()
        try:
            cameras[int(parts[0])] = Lens(parts[1], int(parts[2]), int(parts[3]), tuple(float(v) for v in parts[4:]))
        except (ValueError, IndexError) as error:
            raise InputError(f"{path}: line {k}: expected a camera, got {line[:60]!r}: export it again") from error
    return cameras


def _images(path: Path) -> tuple[ColmapImage, ...]:
    images = []
    for k, line in _image_lines(path):
        parts = line.split(maxsplit=9)
        try:
            numbers = np.array([float(v) for v in parts[1:8]])
            images.append(ColmapImage(parts[9], int(parts[8]), numbers[:4], numbers[4:7]))
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
