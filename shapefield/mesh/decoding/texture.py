"""Pictures → colours at given texture coordinates; a picture that cannot be read costs the colours, not the mesh."""

from __future__ import annotations

import numpy as np

from shapefield.errors import ShapefieldError
from shapefield.storage.pictures import eight_bits, opened


def load_picture(data: bytes) -> np.ndarray:
    """(height, width, 3) uint8 sRGB. Raises ValueError, with what was wrong, if the bytes are no picture."""
    try:
        with opened(data, "picture") as picture:
            return eight_bits(picture, "RGB")
    except ShapefieldError as error:
        raise ValueError(str(error)) from error


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
