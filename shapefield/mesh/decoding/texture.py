"""Pictures → colours at given texture coordinates; a picture that cannot be read costs the colours, not the mesh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shapefield.errors import ShapefieldError
from shapefield.storage.pictures import eight_bits, opened

if TYPE_CHECKING:
    from PIL import Image

STRIP = 512
PIXELS = 1 << 28
"""So many pixels are decoded for a mesh of any size: sixteen pictures of 4096 squared."""
PIXELS_A_BYTE = 64
"""And so many more for each byte of a picture: photographs have about 4."""


@dataclass(slots=True)
class PixelBudget:
    """How many pixels of a mesh's pictures may still be decoded, so that small files do not take minutes."""

    pixels: int = PIXELS

    def load(self, data: bytes) -> np.ndarray:
        """(height, width, 3) uint8 sRGB. Raises ValueError, with what was wrong, for no picture or one too many."""
        try:
            with opened(data, "picture") as picture:
                self.pixels += PIXELS_A_BYTE * len(data) - picture.width * picture.height
                if self.pixels < 0:
                    raise ValueError(f"the mesh has more than {PIXELS / 1e6:.0f} million pixels in small files")
                return _in_strips(picture)
        except ShapefieldError as error:
            raise ValueError(str(error)) from error


def _in_strips(picture: Image.Image) -> np.ndarray:
    """(h, w, 3) uint8, converted a strip at a time: a picture of one bit a pixel would take eight bytes otherwise."""
    picture.load()
    texels = np.empty((picture.height, picture.width, 3), np.uint8)
    for top in range(0, picture.height, STRIP):
        bottom = min(top + STRIP, picture.height)
        texels[top:bottom] = eight_bits(picture.crop((0, top, picture.width, bottom)), "RGB")
    return texels


def sample(picture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Bilinear, repeating: (k, 2) float coordinates, (0, 0) the top left corner of the picture → (k, 3) uint8."""
    height, width = picture.shape[:2]
    inside = np.nan_to_num(uv, nan=0.0, posinf=0.0, neginf=0.0)
    wrapped = inside - np.floor(inside)
    # a coordinate of exactly 1 is the far edge, not the near one again
    wrapped[(wrapped == 0) & (inside > 0)] = 1.0
    x = np.clip(wrapped[:, 0] * width - 0.5, 0, width - 1)
    y = np.clip(wrapped[:, 1] * height - 0.5, 0, height - 1)
    x0, y0 = x.astype(np.int64), y.astype(np.int64)
    x1, y1 = np.minimum(x0 + 1, width - 1), np.minimum(y0 + 1, height - 1)
    fx, fy = (x - x0)[:, None], (y - y0)[:, None]
    top = picture[y0, x0] * (1 - fx) + picture[y0, x1] * fx
    bottom = picture[y1, x0] * (1 - fx) + picture[y1, x1] * fx
    return np.rint(top * (1 - fy) + bottom * fy).astype(np.uint8)
