"""Which faces bound a body, and which do not: sheets, bulkheads, flaps, and bits that hang loose.

The winding number tells them apart. With normals outward it is 0 before a body's skin and 1 behind it; before a
sheet alone it is -0.5 and behind it 0.5; a bulkhead inside a body has 0.5 before and 1.5 behind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.distance.signed import FINE, SurfaceDistance
from shapefield.mesh.model import Mesh
from shapefield.solid.cleaning import components
from shapefield.solid.orientation import patch_volumes, patches
from shapefield.solid.sides import front_winding
from shapefield.solid.topology import boxes, edges_of

BODY = 0.62  # mean winding number behind a component's faces from which it is a body; a flat sheet has 0.5
SKIN = 0.25  # share of a patch's area with outside before it from which it bounds a body, whatever the rest does
SMALL = 0.02  # share of the area up to which sheets beside a body are debris
SPECK = 0.005  # extent over the largest body's, up to which a bit is debris: half a voxel at 256³
SHORT = 0.05  # the same, for flaps on its skin
LOOSE = 0.03  # the same, for bits that touch nothing
MOST = 1 / 3  # share of the area up to which loose bits are debris; a swarm of which more is made is the shape


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """(m,) bool each, together all faces, each one once.

    body : skins of solids, closed or closed but for holes;  sheet : open surfaces with outside on both sides
    inner : faces with solid on both sides;  debris : bits too small or too loose to be meant
    """

    body: np.ndarray
    sheet: np.ndarray
    inner: np.ndarray
    debris: np.ndarray


def told_apart(vertices: np.ndarray, faces: np.ndarray) -> Parts:
    """The parts of consistently oriented faces, unit frame."""
    areas = Mesh(vertices, faces).face_areas
    inner, sheet, stub = _hanging(vertices, faces, areas)
    skin = np.flatnonzero(~inner & ~sheet & ~stub)
    part = components(len(vertices), faces[skin])
    flat, buried = _without_inside(vertices, faces[skin], part)
    sheet[skin[flat[part]]] = True
    inner[skin[buried[part]]] = True
    body = ~inner & ~sheet & ~stub
    if not body.any():
        return Parts(body, sheet | stub, inner, np.zeros_like(body))
    debris = stub | _loose(vertices, faces, body, sheet, areas)
    body, sheet = body & ~debris, sheet & ~debris
    within = _within(vertices, faces, body, sheet)
    inner, sheet = inner | within, sheet & ~within
    if areas[sheet].sum() <= SMALL * areas.sum():
        debris, sheet = debris | sheet, np.zeros_like(sheet)
    return Parts(body, sheet, inner, debris)


def _hanging(vertices: np.ndarray, faces: np.ndarray, areas: np.ndarray) -> tuple[np.ndarray, ...]:
    """(m,) bool thrice: bulkheads, flaps, and short flaps, which hang on a body along edges of three faces or more.

    Judged by the patches between such edges, for near a hole a single face's winding number is any number.
    """
    edges = edges_of(faces)
    none = np.zeros((3, len(faces)), dtype=bool)
    if not (edges.count > 2).any():
        return tuple(none)
    patch, _ = patches(faces, areas)
    front = front_winding(SurfaceDistance(vertices, faces), FINE)
    mean = np.bincount(patch, weights=front * areas) / np.maximum(np.bincount(patch, weights=areas), 1e-300)
    skin = _skin_share(patch, areas, front, len(mean)) > SKIN
    torn = np.zeros(len(mean), dtype=bool)  # patches that are joined to others, or end, at an uneven edge
    torn[patch[np.flatnonzero((edges.net != 0)[edges.edge]) % len(faces)]] = True
    inner, flap = (torn & ~skin & (mean > 0.3))[patch], (torn & ~skin & (mean < -0.3))[patch]
    low, high = boxes(vertices, faces, patch)
    size = np.linalg.norm(high - low, axis=1)
    short = flap & (size < SHORT * size.max())[patch]
    left = faces[~inner & ~flap]
    if not len(left) or (edges_of(left).net != 0).sum() > (edges.net != 0).sum():
        return tuple(none)
    return inner, flap & ~short, short


def _without_inside(vertices: np.ndarray, faces: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(p,) bool twice: components that enclose nothing, out in the open and buried in a body."""
    count = int(part.max()) + 1
    edges = edges_of(faces)
    open_faces = (edges.net != 0)[edges.edge].reshape(3, -1).any(axis=0)
    is_open = np.bincount(part, weights=open_faces, minlength=count) > 0
    volume, area = patch_volumes(vertices, faces, part)
    flat, buried = ~is_open & (np.abs(volume) < 1e-6 * area**1.5), np.zeros(count, dtype=bool)
    if is_open.any():
        front = front_winding(SurfaceDistance(vertices, faces), FINE)
        areas = Mesh(vertices, faces).face_areas
        before = np.bincount(part, weights=areas * front, minlength=count)
        behind = np.bincount(part, weights=areas * (front + 1.0).clip(0.0, 1.0), minlength=count)
        buried = is_open & (before > 0.3 * area) & (_skin_share(part, areas, front, count) <= SKIN)
        flat |= is_open & ~buried & (behind < BODY * area)
    return flat, buried


def _skin_share(part: np.ndarray, areas: np.ndarray, front: np.ndarray, count: int) -> np.ndarray:
    """(count,) share of each part's area that has the outside before it, as a body's skin does."""
    skin = np.bincount(part, weights=areas * (np.abs(front) < 0.2), minlength=count)
    return skin / np.maximum(np.bincount(part, weights=areas, minlength=count), 1e-300)


def _loose(
    vertices: np.ndarray, faces: np.ndarray, body: np.ndarray, sheet: np.ndarray, areas: np.ndarray
) -> np.ndarray:
    """(m,) bool: specks, and small bits that touch nothing, beside a body that is much larger."""
    rows = np.flatnonzero(body | sheet)
    part = components(len(vertices), faces[rows])
    low, high = boxes(vertices, faces[rows], part)
    extent = np.linalg.norm(high - low, axis=1)
    solid = np.zeros(len(extent), dtype=bool)
    solid[part[body[rows]]] = True
    largest = float(extent[solid].max())
    small = np.flatnonzero(extent < LOOSE * largest)
    drop = extent < SPECK * largest
    rest = extent[part] >= LOOSE * largest
    if len(small) and rest.any():
        near = SurfaceDistance(vertices, faces[rows[rest]])
        gap = near.unsigned(0.5 * (low + high)[small])
        inside = near.inside(0.5 * (low + high)[small])
        drop[small[(gap > extent[small]) & ~inside]] = True
    chosen = np.zeros(len(faces), dtype=bool)
    chosen[rows[drop[part]]] = True
    return chosen if areas[chosen].sum() <= MOST * areas.sum() else np.zeros_like(chosen)


def _within(vertices: np.ndarray, faces: np.ndarray, body: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    """(m,) bool: sheets that lie inside the bodies."""
    found = np.zeros(len(faces), dtype=bool)
    rows = np.flatnonzero(sheet)
    if len(rows):
        part = components(len(vertices), faces[rows])
        inside = SurfaceDistance(vertices, faces[body]).inside(vertices[faces[rows]].mean(axis=1))
        share = np.bincount(part, weights=inside) / np.bincount(part)
        found[rows] = (share > 0.5)[part]
    return found
