"""A stored picture at a working size: decoded no larger than needed, averaged over whole pixels, turned upright.

A JPEG is decoded at a half, a quarter or an eighth of its size where that is enough (the inverse transform of its
blocks then has fewer terms); everything stays in bytes until a picture is small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from shapefield.storage.pictures import deep_grey

if TYPE_CHECKING:
    from PIL.Image import Image

ORIENTATION = 0x0112
SIDEWAYS = {5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}
"""EXIF orientations that exchange width and height, and Pillow's name of what makes them upright."""

FINER = 2
"""How much finer a JPEG is decoded than wanted, at least: Pillow's box takes a pixel or leaves it."""


def shrunk(
    image: Image, width: int, height: int, fits: Callable[[tuple[int, int]], bool]
) -> tuple[np.ndarray, np.ndarray | None] | None:
    """Colours (height, width, 3) and alpha (height, width) or None, both uint8; None where the proportions are wrong.

    fits : whether a (width, height) has the camera's proportions
    EXIF orientation is applied only if the turned picture, and not the stored one, fits: COLMAP and most exporters
    work on the stored pixels. Colours are averaged premultiplied, and given straight. Alpha that is 1 everywhere is
    none.
    """
    turn = upright(image, fits)
    if turn is None:
        return None
    size = (height, width) if turn else (width, height)
    made = _averaged(image, size)
    if turn:
        from PIL import Image as pillow

        made = made.transpose(pillow.Transpose[turn])
    array = np.asarray(made)
    if array.shape[2] == 3 or array[..., 3].min() == 255:
        return np.ascontiguousarray(array[..., :3]), None
    return np.ascontiguousarray(array[..., :3]), np.ascontiguousarray(array[..., 3])


def upright(image: Image, fits: Callable[[tuple[int, int]], bool]) -> str | None:
    """How a picture is turned to fit: "" not at all, else Pillow's name of the turn; None where no turn fits."""
    if fits(image.size):
        return ""
    turn = SIDEWAYS.get(image.getexif().get(ORIENTATION, 1))
    return turn if turn is not None and fits((image.height, image.width)) else None


def _averaged(image: Image, size: tuple[int, int]) -> Image:
    """The stored picture at `size` (width, height), as RGB or RGBA."""
    from PIL import Image as pillow

    whole = image.size
    if image.format == "JPEG":
        image.draft("RGB", (FINER * size[0], FINER * size[1]))
    if (grey := deep_grey(image)) is not None:
        plane = pillow.fromarray(grey)
        plane = plane if plane.size == size else plane.resize(size, pillow.Resampling.BOX)
        bytes_ = (np.asarray(plane).clip(0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
        return pillow.fromarray(np.repeat(bytes_[..., None], 3, axis=2))
    has_alpha = image.mode.endswith(("A", "a")) or "transparency" in image.info
    made = image.convert("RGBA" if has_alpha else "RGB")
    if made.size == size:
        return made
    reduced = round(whole[0] / made.width)  # its size was rounded up
    return made.resize(size, pillow.Resampling.BOX, (0.0, 0.0, whole[0] / reduced, whole[1] / reduced))
