"""Which faces bound a body, and which do not: sheets, bulkheads, flaps, and bits that hang loose.

The winding number tells them apart. With normals outward it is 0 before a body's skin and 1 behind it; before a
sheet alone it is -0.5 and behind it 0.5; a bulkhead inside a body has 0.5 before and 1.5 behind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.distance.winding import FINE
from shapefield.mesh.model import Mesh
from shapefield.solid.cleaning import components
from shapefield.solid.holes import boundary_loops
from shapefield.solid.orientation import patch_volumes, patches
from shapefield.solid.polygons import spanned
from shapefield.solid.probe import front_winding, spread_rows
from shapefield.solid.surfaces import Surfaces
from shapefield.solid.topology import boxes, edges_of
from shapefield.solid.work import Work

BODY = 0.62  # mean winding number behind a component's faces from which it may be a body; a flat sheet has 0.5
SURE = 0.8  # the same, from which it is one
OPEN = 0.6  # openings over surface of a component from which it is a sheet unless sure: a mask has 0.7, half a ball 0.5
FLAT_RIM = 0.56  # the winding number behind a tenth of its area, below which it is a sheet unless sure: closed, a
# terrain's flat outskirts would be as thin as paper
DOUBT = 0.15  # openings over surface of a body, from which somebody might have meant a sheet
SKIN = 0.25  # share of a patch's area with outside before it from which it bounds a body, whatever the rest does
SMALL = 0.02  # share of the area up to which sheets beside a body are debris
SPECK = 0.005  # extent over the largest body's, up to which an open bit is debris: half a voxel at 256³
SHORT = 0.05  # the same, for flaps on its skin and for sheets beside it
LARGE = 0.25  # the same, for several flaps on its skin whose area is SMALL
LOOSE = 0.03  # the same, for open bits that touch nothing
MOST = 1 / 3  # share of the area up to which loose bits are debris; a swarm of which more is made is the shape


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """(m,) bool each, together all faces, each one once.

    body : skins of solids, closed or closed but for holes;  sheet : open surfaces with outside on both sides
    inner : faces with solid on both sides;  debris : bits too small or too loose to be meant
    words : what open parts were taken for, why, and how to have it otherwise; nothing where nobody would ask
    """

    body: np.ndarray
    sheet: np.ndarray
    inner: np.ndarray
    debris: np.ndarray
    words: str = ""


def split(work: Work, surfaces: Surfaces, taken_as: str = "auto", smallest: float | None = None) -> Parts:
    """The parts of consistently oriented faces, unit frame.

    taken_as : "solid" takes every open part for a body, "sheet" for a sheet, "auto" decides for each
    smallest : extent of parts that are left out, and then no others; None leaves out loose open bits
    """
    vertices, faces = work.vertices, work.faces
    areas = Mesh(vertices, faces).face_areas
    inner, sheet, stub = _hanging(work, areas, surfaces)
    skin = np.flatnonzero(~inner & ~sheet & ~stub)
    skins = work if len(skin) == len(faces) else work.only(skin)
    part = components(len(vertices), skins.faces)
    flat, buried, words = _without_inside(skins, part, taken_as, surfaces)
    sheet[skin[flat[part]]] = True
    inner[skin[buried[part]]] = True
    body = ~inner & ~sheet & ~stub
    if smallest is None and body.any():
        debris = stub | _loose(work, body, sheet, areas, surfaces)
    else:
        sheet |= stub
        debris = np.zeros_like(body) if smallest is None else _below(vertices, faces, body | sheet, smallest)
    body, sheet = body & ~debris, sheet & ~debris
    if not body.any():
        return Parts(body, sheet, inner, debris, words)
    within = _within(work, body, sheet, surfaces)
    inner, sheet = inner | within, sheet & ~within
    if smallest is None and sheet.any() and areas[sheet].sum() <= SMALL * areas.sum():
        rows = np.flatnonzero(sheet)
        low, high = boxes(vertices, faces[rows], part := patches(faces[rows], areas[rows])[0])
        held = np.zeros(len(vertices), dtype=bool)
        held[faces[body]] = True
        hanging = np.bincount(part, weights=held[faces[rows]].any(axis=1)) > 0
        limit = np.where(hanging, LARGE, SHORT) * _largest(vertices, faces, body)
        small = np.linalg.norm(high - low, axis=1) < limit
        debris[rows[small[part]]] = True
        sheet &= ~debris
    return Parts(body, sheet, inner, debris, words)


def _largest(vertices: np.ndarray, faces: np.ndarray, rows: np.ndarray) -> float:
    """The diagonal of the largest component's box."""
    low, high = boxes(vertices, faces[rows], components(len(vertices), faces[rows]))
    return float(np.linalg.norm(high - low, axis=1).max())


def _below(vertices: np.ndarray, faces: np.ndarray, chosen: np.ndarray, smallest: float) -> np.ndarray:
    """(m,) bool: chosen faces of components whose longest side is less than `smallest`."""
    found, rows = np.zeros(len(faces), dtype=bool), np.flatnonzero(chosen)
    if len(rows):
        part = components(len(vertices), faces[rows])
        low, high = boxes(vertices, faces[rows], part)
        found[rows] = ((high - low).max(axis=1) < smallest)[part]
    return found


def _hanging(work: Work, areas: np.ndarray, surfaces: Surfaces) -> tuple[np.ndarray, ...]:
    """(m,) bool thrice: bulkheads, flaps, and short flaps, which hang on a body along edges of three faces or more.

    Judged by the patches between such edges, for near a hole a single face's winding number is any number.
    """
    vertices, faces = work.vertices, work.faces
    edges = edges_of(faces)
    none = np.zeros((3, len(faces)), dtype=bool)
    if not (edges.count > 2).any():
        return tuple(none)
    patch, _ = patches(faces, areas)
    rows = spread_rows(patch)
    front, asked, own = front_winding(surfaces.of(work), FINE, rows), areas[rows], patch[rows]
    mean = np.bincount(own, weights=front * asked) / np.maximum(np.bincount(own, weights=asked), 1e-300)
    skin = _skin_share(own, asked, front, len(mean)) > SKIN
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


def _without_inside(
    work: Work, part: np.ndarray, taken_as: str, surfaces: Surfaces
) -> tuple[np.ndarray, np.ndarray, str]:
    """(p,) bool twice: components that enclose nothing, out in the open and buried in a body; and a word on it."""
    vertices, faces = work.vertices, work.faces
    count = int(part.max()) + 1
    edges = edges_of(faces)
    open_faces = (edges.net != 0)[edges.edge].reshape(3, -1).any(axis=0)
    is_open = np.bincount(part, weights=open_faces, minlength=count) > 0
    volume, area = patch_volumes(vertices, faces, part)
    flat, buried = ~is_open & (np.abs(volume) < 1e-6 * area**1.5), np.zeros(count, dtype=bool)
    if not is_open.any():
        return flat, buried, ""
    rows = spread_rows(part)
    front = front_winding(surfaces.of(work), FINE, rows)
    asked, own = Mesh(vertices, faces[rows]).face_areas, part[rows]
    seen = np.maximum(np.bincount(own, weights=asked, minlength=count), 1e-300)
    before = np.bincount(own, weights=asked * front, minlength=count) / seen
    buried = is_open & (before > 0.3) & (_skin_share(own, asked, front, count) <= SKIN)
    behind = (front + 1.0).clip(0.0, 1.0)
    mean = np.bincount(own, weights=asked * behind, minlength=count) / seen
    candidates = is_open & ~buried
    sheet = candidates & (mean < BODY)
    opening = np.full(count, np.nan)
    for k in np.flatnonzero(candidates & (mean >= BODY) & (mean < SURE)):
        opening[k] = opening_share(vertices, faces[part == k])
        mine = np.flatnonzero(own == k)
        mine = mine[np.argsort(behind[mine])]
        sums = np.cumsum(asked[mine])
        thin = behind[mine[np.searchsorted(sums, 0.1 * sums[-1])]]
        sheet[k] = opening[k] > OPEN or thin < FLAT_RIM
    if taken_as != "auto":
        sheet = candidates & (taken_as == "sheet")
    return flat | sheet, buried, _words(vertices, faces, part, area, candidates, sheet, opening, taken_as)


def _words(
    vertices: np.ndarray,
    faces: np.ndarray,
    part: np.ndarray,
    area: np.ndarray,
    candidates: np.ndarray,
    sheet: np.ndarray,
    opening: np.ndarray,
    taken_as: str,
) -> str:
    """What the largest open part was taken for, and how to have it otherwise; nothing where nobody would doubt it."""
    if taken_as != "auto" or not candidates.any():
        return ""
    k = int(np.where(candidates, area, -1.0).argmax())
    if area[k] < 0.05 * area.sum():
        return ""
    share = opening[k] if np.isfinite(opening[k]) else opening_share(vertices, faces[part == k])
    which = "its open surface" if len(area) == 1 else "its largest open part"
    if not sheet[k]:
        closed = (
            f"{which} is taken for a solid: closing it takes {share:.0%} of its area; --as sheet thickens it instead"
        )
        return closed if share > DOUBT else ""
    why = (
        f"closing it would take {share:.0%} of its area"
        if share > OPEN
        else "closed, it would be thin as paper in part"
    )
    return f"{which} is taken for a sheet: {why}; --as solid closes it instead"


def opening_share(vertices: np.ndarray, faces: np.ndarray) -> float:
    """The least area that closes the openings of consistently wound faces, over the faces' own area."""
    area = float(spanned(vertices, boundary_loops(faces)).sum())
    return area / max(float(Mesh(vertices, faces).face_areas.sum()), 1e-300)


def _skin_share(part: np.ndarray, areas: np.ndarray, front: np.ndarray, count: int) -> np.ndarray:
    """(count,) share of each part's area that has the outside before it, as a body's skin does."""
    skin = np.bincount(part, weights=areas * (np.abs(front) < 0.2), minlength=count)
    return skin / np.maximum(np.bincount(part, weights=areas, minlength=count), 1e-300)


def _loose(work: Work, body: np.ndarray, sheet: np.ndarray, areas: np.ndarray, surfaces: Surfaces) -> np.ndarray:
    """(m,) bool: open specks, and small open bits that touch nothing, beside a body that is much larger."""
    vertices, faces = work.vertices, work.faces
    rows = np.flatnonzero(body | sheet)
    part = components(len(vertices), faces[rows])
    low, high = boxes(vertices, faces[rows], part)
    extent = np.linalg.norm(high - low, axis=1)
    solid = np.zeros(len(extent), dtype=bool)
    solid[part[body[rows]]] = True
    largest = float(extent[solid].max())
    small = np.flatnonzero(extent < LOOSE * largest)
    edges = edges_of(faces[rows])
    torn = np.zeros(len(extent), dtype=bool)  # what is closed and encloses something is never debris
    torn[part[np.flatnonzero((edges.net != 0)[edges.edge]) % len(rows)]] = True
    torn |= np.abs(patch_volumes(vertices, faces[rows], part)[0]) < 1e-12
    drop = torn & (extent < SPECK * largest)
    rest = extent[part] >= LOOSE * largest
    if len(small) and rest.any():
        near = surfaces.of(work.only(rows[rest]))
        gap = near.unsigned(0.5 * (low + high)[small])
        inside = near.inside(0.5 * (low + high)[small])
        drop[small[(gap > extent[small]) & ~inside & torn[small]]] = True
    chosen = np.zeros(len(faces), dtype=bool)
    chosen[rows[drop[part]]] = True
    return chosen if areas[chosen].sum() <= MOST * areas.sum() else np.zeros_like(chosen)


def _within(work: Work, body: np.ndarray, sheet: np.ndarray, surfaces: Surfaces) -> np.ndarray:
    """(m,) bool: sheets that lie inside the bodies."""
    vertices, faces = work.vertices, work.faces
    found = np.zeros(len(faces), dtype=bool)
    rows = np.flatnonzero(sheet)
    if len(rows):
        part = components(len(vertices), faces[rows])
        inside = surfaces.of(work.only(body)).inside(vertices[faces[rows]].mean(axis=1))
        share = np.bincount(part, weights=inside) / np.bincount(part)
        found[rows] = (share > 0.5)[part]
    return found
