"""From buffers to pictures, in plain arrays: clay shading from camera-space normals, colour maps, compositing.

A normal buffer is (h, w, 3) uint8 with (n + 1) / 2 * 255 in camera space (x right, y up, z towards the eye),
WHITE where nothing was hit (no unit normal encodes to it) and LINE on a triangle's edge (nor to that).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

CLAY = (0.74, 0.75, 0.77)
FITTED = (0.62, 0.73, 0.88)
BACK = (0.86, 0.55, 0.38)
_UNKNOWN = (150, 150, 150)
EDGE = (38, 42, 48)
LINE = 26
"""Every byte of a pixel on an edge: the grey in which Open3D draws a wireframe."""

# viridis at nine even steps (Smith, van der Walt 2015); linear in between is within 1/255 of the full table's look
_VIRIDIS = np.array(
    [
        (68, 1, 84),
        (72, 40, 120),
        (62, 74, 137),
        (49, 104, 142),
        (38, 130, 142),
        (31, 158, 137),
        (109, 205, 89),
        (180, 222, 44),
        (253, 231, 37),
    ],
    dtype=np.float64,
)
_VIRIDIS_AT = np.array([0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.8, 0.9, 1.0])


# cividis (Nuñez, Anderton, Renslow 2018) and magma (Smith, van der Walt 2015) at even steps
_CIVIDIS = np.array([(0, 34, 78), (67, 78, 108), (125, 124, 120), (188, 175, 111), (254, 232, 56)], dtype=np.float64)
_MAGMA = np.array([(0, 0, 4), (81, 18, 124), (183, 55, 121), (252, 137, 97), (252, 253, 191)], dtype=np.float64)
_EVEN = np.linspace(0.0, 1.0, 5)
MAPS = {"viridis": (_VIRIDIS_AT, _VIRIDIS), "cividis": (_EVEN, _CIVIDIS), "magma": (_EVEN, _MAGMA)}
"""Colour maps whose lightness rises evenly: places 0..1 and RGB."""
SIGNED = "inside and outside"
"""The map of errors with their sign: from inside over none, in the middle, to outside."""
_SIGNED = np.array([(8, 64, 129), (91, 163, 207), (246, 246, 246), (224, 146, 60), (115, 57, 6)], dtype=np.float64)
OVER = (214, 40, 40)
"""What lies beyond the tolerance."""


def ramp(values: np.ndarray, name: str) -> np.ndarray:
    """(…) floats, clipped to 0..1 → (…, 3) uint8 of a map; NaN, which is "not measured", is grey."""
    at, colours = (_EVEN, _SIGNED) if name == SIGNED else MAPS[name]
    x = np.clip(np.nan_to_num(values, nan=0.0), 0.0, 1.0)
    out = np.stack([np.interp(x, at, colours[:, k]) for k in range(3)], axis=-1).round().astype(np.uint8)
    out[np.isnan(values)] = _UNKNOWN
    return out


def viridis(values: np.ndarray) -> np.ndarray:
    """The map of everything that has no choice of its own."""
    return ramp(values, "viridis")


def heat(error: np.ndarray, top: float, name: str, over: float | None) -> np.ndarray:
    """(n,) errors → (n, 3) uint8 of a map that ends at `top`; those over a tolerance are red. Below 0 is inside."""
    share = error / max(top, 1e-300)
    out = ramp(0.5 + 0.5 * share if name == SIGNED else np.abs(share), name)
    if over is not None:
        out[np.abs(np.nan_to_num(error, nan=0.0)) > over] = OVER
    return out


@lru_cache(maxsize=8)
def _light(tint: tuple[float, float, float]) -> np.ndarray:
    """(131072,) uint32 of packed RGBA: the clay's colour for every (n_x, n_y) byte pair, of fronts, then of backs.

    No unit normal encodes to the pairs (255, 255) and (LINE, LINE): the background, and an edge.
    """
    x, y = np.meshgrid(np.linspace(-1, 1, 256), np.linspace(-1, 1, 256), indexing="ij")
    z = np.sqrt(np.clip(1.0 - x * x - y * y, 0.0, 1.0))
    key = np.clip(-0.42 * x + 0.62 * y + 0.66 * z, 0.0, 1.0)
    fill = np.clip(0.75 * x - 0.05 * y + 0.66 * z, 0.0, 1.0)
    sky = 0.5 + 0.5 * y
    gloss = np.clip(-0.23 * x + 0.36 * y + 0.905 * z, 0.0, 1.0) ** 40
    shade = 0.27 + 0.18 * sky + 0.52 * key + 0.20 * fill - 0.18 * (1.0 - z) ** 3
    table = np.full((2, 65536, 4), 255, np.uint8)
    for side, colour in enumerate((tint, BACK)):
        lit = np.clip(np.array(colour) * shade[..., None] + 0.08 * gloss[..., None], 0.0, 1.0)
        table[side, :, :3] = (lit.reshape(-1, 3) * 255).astype(np.uint8)
    table[:, LINE << 8 | LINE, :3] = EDGE
    table[:, 65535] = 0
    return table.reshape(-1, 4).view(np.uint32).ravel()


def shade(
    normals: np.ndarray,
    tint: tuple[float, float, float],
    colors: np.ndarray | None = None,
    backs: np.ndarray | None = None,
) -> np.ndarray:
    """(h, w, 3) uint8 normal buffer → (h, w, 4) uint8 premultiplied RGBA.

    tint  : the clay's colour, 0..1;  colors : (h, w, 3) uint8 the surface's own colours, dimmed by the same light
    backs : (h, w) bool, where faces are seen from behind: lit as if they faced the eye, in a colour of their own
    """
    if backs is not None:
        normals = normals.copy()
        normals[backs] = 255 - normals[backs]
    index = normals[..., 0].astype(np.int32)
    index <<= 8
    index |= normals[..., 1]
    if backs is not None:
        index[backs] += 65536
    lit = _light((1.0, 1.0, 1.0) if colors is not None else tint)[index].view(np.uint8).reshape(*index.shape, 4)
    if colors is not None:
        # a data colour must stay readable: half of it is unshaded
        grey = (100 + (lit[..., 1].astype(np.uint16) * 156 >> 8)) * (lit[..., 3] > 0)
        for k in range(3):
            lit[..., k] = colors[..., k] * grey >> 8
        lit[lines(normals), :3] = EDGE
    return lit


def lines(normals: np.ndarray) -> np.ndarray:
    """(h, w) bool of a normal buffer: where a triangle's edge is drawn."""
    return (normals[..., 0] == LINE) & (normals[..., 1] == LINE)


def show_normals(normals: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 normal buffer → (h, w, 4) uint8, the normals themselves as colours."""
    out = np.full((*normals.shape[:2], 4), 255, np.uint8)
    out[..., :3] = normals
    out[(normals[..., 0] == 255) & (normals[..., 1] == 255)] = 0
    return out


def halve(picture: np.ndarray) -> np.ndarray:
    """(2h, 2w, 4) → (h, w, 4) uint8, each pixel the mean of four: the antialiasing that the renderer lacks."""
    p = picture.astype(np.uint16)
    return ((p[0::2, 0::2] + p[1::2, 0::2] + p[0::2, 1::2] + p[1::2, 1::2] + 2) >> 2).astype(np.uint8)


def blend(first: np.ndarray, second: np.ndarray, amount: float) -> np.ndarray:
    """Premultiplied mixture: `amount` 0 is the first, 1 the second; where only one has something it shows through."""
    share = round(256 * min(max(amount, 0.0), 1.0))
    mixed = (first.astype(np.uint16) * (256 - share) + second.astype(np.uint16) * share) >> 8
    return mixed.astype(np.uint8)


def split(first: np.ndarray, second: np.ndarray, amount: float) -> np.ndarray:
    """The first picture left of `amount` of the width, the second right of it."""
    column = round(first.shape[1] * min(max(amount, 0.0), 1.0))
    out = second.copy()
    out[:, :column] = first[:, :column]
    return out


def over(picture: np.ndarray, background: tuple[int, int, int]) -> np.ndarray:
    """(h, w, 4) premultiplied over a plain colour → (h, w, 3) uint8."""
    rest = 255 - picture[..., 3:].astype(np.uint16)
    return (picture[..., :3] + ((np.array(background, np.uint16) * rest + 127) // 255)).astype(np.uint8)
