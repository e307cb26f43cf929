"""The photographs of a folder, or the sharpest frames of a video, into the scene's own folder of pictures."""

from __future__ import annotations

import io
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shapefield.errors import InputError
from shapefield.events import Event, Progress
from shapefield.nerf.datasets.references import PICTURES
from shapefield.nerf.scene import is_picture
from shapefield.storage import footage
from shapefield.storage.files import writing
from shapefield.storage.pictures import opened

if TYPE_CHECKING:
    from PIL.Image import Image

AS_THEY_ARE = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp")
"""Files that COLMAP reads; others become JPEGs."""
FEWEST = 3
LOOKED_AT = 320
"""Pixels of the longer side at which a frame's sharpness is judged."""


def photographs(source: Path) -> list[Path]:
    """The photographs in a folder: its own, or where it has none, those in its folder of pictures, in order.

    Raises InputError for fewer than three.
    """
    places = [source, *(source / name for name in PICTURES)]
    found: list[Path] = []
    for place in places:
        if place.is_dir() and not found:
            found = sorted(p for p in place.iterdir() if is_picture(p) and not p.stem.startswith("dynamic_mask_"))
    if len(found) < FEWEST:
        raise InputError(f"{source}: expected at least {FEWEST} photographs, got {len(found)}: check the path")
    return found


def is_video(source: Path) -> bool:
    """Whether a path is a video's."""
    return source.is_file() and source.suffix.lower() in footage.SUFFIXES


def gathered(source: Path, folder: Path, frames: int) -> Generator[Event, None, list[str]]:
    """Copy the photographs, or the `frames` sharpest frames of a video, into `folder`; their names there, in order."""
    if is_video(source):
        return (yield from _from_video(source, folder, frames))
    found = photographs(source)
    names = []
    for done, path in enumerate(found, 1):
        stem = "_".join(path.stem.split())  # COLMAP's lists of pairs are parted by blanks
        target = folder / (stem + (path.suffix if path.suffix.lower() in AS_THEY_ARE else ".jpg"))
        if target.name in names:
            raise InputError(f"{source}: expected names that differ without blanks, got two {target.name}: rename one")
        with opened(path, path.name) as image:
            data = path.read_bytes() if path.suffix.lower() in AS_THEY_ARE else _as_jpeg(image.convert("RGB"), image)
        with writing(target) as file:
            file.write(data)
        names.append(target.name)
        yield Progress("load", done, len(found))
    return names


def _as_jpeg(rgb: Image, image: Image | None = None) -> bytes:
    """A picture's bytes as a JPEG of high quality; its EXIF, where the focal length stands, is kept."""
    stream = io.BytesIO()
    exif = image.getexif() if image is not None else None
    rgb.save(stream, format="JPEG", quality=95, **({"exif": exif} if exif else {}))
    return stream.getvalue()


def _from_video(source: Path, folder: Path, count: int) -> Generator[Event, None, list[str]]:
    from PIL.Image import fromarray

    total = sum(1 for _ in footage.frames(source))
    names: list[str] = []
    for index, frame in sharpest(footage.frames(source), total, count):
        name = f"frame_{index:05d}.jpg"
        with writing(folder / name) as file:
            file.write(_as_jpeg(fromarray(frame)))
        names.append(name)
        yield Progress("load", index + 1, total)
    if len(names) < FEWEST:
        raise InputError(f"{source}: expected at least {FEWEST} frames, got {len(names)}: film for longer")
    return names


def sharpest(frames: Iterator[np.ndarray], total: int, count: int) -> Iterator[tuple[int, np.ndarray]]:
    """(number, frame) of the sharpest frame in each of `count` stretches of equal length, in order."""
    bounds = np.linspace(0, total, min(count, total) + 1).round().astype(int)
    best: tuple[float, int, np.ndarray] | None = None
    part = 0
    for index, frame in enumerate(frames):
        if part + 1 < len(bounds) and index >= bounds[part + 1]:
            if best is not None:
                yield best[1], best[2]
            best, part = None, part + 1
        value = sharpness(frame)
        if best is None or value > best[0]:
            best = (value, index, frame)
    if best is not None:
        yield best[1], best[2]


def sharpness(frame: np.ndarray) -> float:
    """Variance of the Laplacian of the green channel, at a small size."""
    step = max(1, max(frame.shape[:2]) // LOOKED_AT)
    g = frame[::step, ::step, 1].astype(np.float32)
    laplacian = 4.0 * g[1:-1, 1:-1] - g[:-2, 1:-1] - g[2:, 1:-1] - g[1:-1, :-2] - g[1:-1, 2:]
    return float(laplacian.var())
