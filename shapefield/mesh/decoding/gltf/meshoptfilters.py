"""The filters of meshopt compression: what is stored compactly becomes ordinary vectors, quaternions, floats, colours.

Each takes (n, stride) uint8 as decompressed and gives an array of as many bytes; appendix B of the specification.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def _rounded(values: np.ndarray, kind: str) -> np.ndarray:
    """To whole numbers, halves away from zero."""
    info = np.iinfo(kind)
    whole = np.trunc(values + np.copysign(np.float32(0.5), values))
    return np.clip(np.nan_to_num(whole), info.min, info.max).astype(kind)


def octahedral(data: np.ndarray) -> np.ndarray:
    """Unit vectors, two coordinates on an octahedron → three; the fourth component stays."""
    kind = "<i1" if data.shape[1] == 4 else "<i2"
    stored = data.view(kind)
    x, y = (stored[:, k] / stored[:, 2].astype(np.float32) for k in (0, 1))
    z = 1 - np.abs(x) - np.abs(y)
    fold = np.minimum(z, 0)
    x, y = x - np.copysign(fold, x), y - np.copysign(fold, y)
    unit = np.stack([x, y, z], axis=1) / np.sqrt(x * x + y * y + z * z)[:, None]
    return np.concatenate([_rounded(unit * np.iinfo(kind).max, kind), stored[:, 3:]], axis=1)


def quaternion(data: np.ndarray) -> np.ndarray:
    """Unit quaternions, the three smaller components → all four."""
    stored = data.view("<i2")
    small = stored[:, :3] / (stored[:, 3:] | 3).astype(np.float32) * np.float32(np.sqrt(0.5))
    large = np.sqrt(np.maximum(0, 1 - (small * small).sum(axis=1)))
    where = (stored[:, 3].astype(np.int64) & 3)[:, None] + np.array([1, 2, 3, 0])
    whole = _rounded(np.concatenate([small, large[:, None]], axis=1) * 32767, "<i2")
    made = np.empty_like(whole)
    np.put_along_axis(made, where % 4, whole, axis=1)
    return made


def exponential(data: np.ndarray) -> np.ndarray:
    """Floats, 8 bits of exponent and 24 of mantissa → 32-bit ones."""
    stored = data.view("<i4")
    return np.ldexp(((stored << 8) >> 8).astype(np.float32), stored >> 24).astype("<f4")


def color(data: np.ndarray) -> np.ndarray:
    """Colours, luma, two chroma and alpha of K bits → red, green, blue, alpha."""
    kind = "<u1" if data.shape[1] == 4 else "<u2"
    signed = data.view(kind.replace("u", "i")).astype(np.int64)
    luma, alpha = (data.view(kind)[:, k].astype(np.int64) for k in (0, 3))
    top = np.frexp(alpha.astype(np.float64))[1] - 1  # of the highest bit set
    scale = (1 << np.maximum(top + 1, 1)) - 1
    orange, green = signed[:, 1], signed[:, 2]
    alpha = alpha & (scale >> 1)
    alpha = alpha << 1 | alpha & 1
    mixed = np.stack([luma + orange - green, luma + green, luma - orange - green, alpha], axis=1)
    return _rounded(mixed * (np.iinfo(kind).max / scale)[:, None].astype(np.float32), kind)


FILTERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "OCTAHEDRAL": octahedral,
    "QUATERNION": quaternion,
    "EXPONENTIAL": exponential,
    "COLOR": color,
}
