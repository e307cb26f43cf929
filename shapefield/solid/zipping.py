"""Rims that meet, joined by a band of faces: a lid to what it covers, two halves to each other.

A loop of open edges that runs along another one bounds no hole of its own: what is missing is the narrow band between
them. The band is far smaller than the patches that would close both, and that is how such pairs are known.

Legend: a, b points of two loops; a band has a + b triangles. Unit frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.solid.cleaning import components
from shapefield.solid.flat import without_flat
from shapefield.solid.holes import boundary_loops
from shapefield.solid.model import FaceOrigin, Kind
from shapefield.solid.nearness import mean_distance
from shapefield.solid.polygons import spanned
from shapefield.solid.work import Work, noted

NEAR = 0.06
"""Mean distance, unit lengths, from one loop to the other beyond which they do not meet."""
NARROW = 0.25
"""Area of the band over that of the smaller patch it stands for, up to which two loops meet."""
ASKEW = 1.2
"""A band of area b between loops around an area a lies at a mean distance of about 0.28 b / a * sqrt(a); of that many
times its limit, NARROW * sqrt(a), no band need be tried."""
OWN = 3.0
"""Area of a part over that of a band between two of its own loops, up to which the band is the part's own back."""
MOST_LOOPS, MOST_POINTS = 400, 4000
"""Loops of a mesh that are looked at, the longest; and points of a loop beyond which it is left alone."""


@dataclass(frozen=True, slots=True, eq=False)
class _Band:
    """Triangles (k, 3) between loops `one` and `other`, and whether the other's part must be turned over for it."""

    one: int
    other: int
    triangles: np.ndarray
    turned: bool
    ratio: float


def zipped(work: Work) -> Work:
    """With every pair of loops that meet joined. A part of one loop alone is turned over where its partner asks it."""
    loops = [loop for loop in boundary_loops(work.faces) if len(loop) <= MOST_POINTS]
    loops = sorted(loops, key=len, reverse=True)[:MOST_LOOPS]
    if len(loops) < 2:
        return work
    label = components(len(work.vertices), work.faces)
    part_of = np.zeros(len(work.vertices), dtype=np.int64)
    part_of[work.faces.reshape(-1)] = np.repeat(label, 3)
    part = np.array([part_of[loop[0]] for loop in loops])
    size = np.bincount(label, weights=Mesh(work.vertices, work.faces).face_areas)
    bands = _chosen(_bands(work.vertices, loops, part, size))
    if not bands:
        return work
    over = {int(part[band.other]) for band in bands if band.turned}
    work = _turned(work, np.isin(label, list(over)))
    faces = np.concatenate([band.triangles for band in bands])
    tag = np.repeat(np.arange(len(bands)), [len(band.triangles) for band in bands])
    done = noted(Kind.HOLE, work.vertices, faces, tag, np.ones(len(bands), dtype=np.int64))
    whole = replace(
        work,
        faces=np.concatenate([work.faces, faces]),
        source=np.concatenate([work.source, np.full(len(faces), -1)]),
        made=np.concatenate([work.made, np.full(len(faces), FaceOrigin.PATCHED, dtype=np.int8)]),
    )
    return without_flat(whole, len(work.faces)).noting(done)


def _turned(work: Work, rows: np.ndarray) -> Work:
    """With some faces wound the other way."""
    faces, made = work.faces.copy(), work.made.copy()
    faces[rows] = faces[rows][:, ::-1]
    known = rows & (made <= FaceOrigin.TURNED)
    made[known] = np.where(made[known] == FaceOrigin.KEPT, FaceOrigin.TURNED, FaceOrigin.KEPT)
    return replace(work, faces=faces, made=made)


def _bands(vertices: np.ndarray, loops: list[np.ndarray], part: np.ndarray, size: np.ndarray) -> list[_Band]:
    """A band for each pair of loops that meet. part : (l,) the part of each loop;  size : areas of the parts"""
    rings = [vertices[loop] for loop in loops]
    area = np.maximum(spanned(vertices, loops), 1e-300)
    reach = np.minimum(NEAR, ASKEW * NARROW * np.sqrt(area))
    alone = np.bincount(part, minlength=int(part.max()) + 1)[part] == 1
    low, high = np.array([r.min(axis=0) for r in rings]), np.array([r.max(axis=0) for r in rings])
    found = []
    for i in range(len(loops)):
        gap = np.minimum(reach[i], reach)
        boxed = (low[i] - gap[:, None] <= high).all(axis=1) & (high[i] + gap[:, None] >= low).all(axis=1)
        for j in np.flatnonzero(boxed):
            if j <= i or _apart(rings[i], rings[j], gap[j]):
                continue
            first, second = (i, int(j)) if alone[j] or not alone[i] else (int(j), i)
            band = _between(vertices, loops, (first, second), bool(alone[second] and part[i] != part[j]))
            if band is not None:
                width = float(Mesh(vertices, band[0]).face_areas.sum())
                own_back = part[i] == part[j] and size[part[i]] < OWN * width
                if width < NARROW * min(area[i], area[j]) and not own_back:
                    found.append(_Band(first, second, band[0], band[1], width / min(area[i], area[j])))
    return found


def _chosen(bands: list[_Band]) -> list[_Band]:
    """Each loop once, the narrowest bands first."""
    taken: set[int] = set()
    found = []
    for band in sorted(bands, key=lambda band: band.ratio):
        if not {band.one, band.other} & taken:
            taken |= {band.one, band.other}
            found.append(band)
    return found


def _apart(one: np.ndarray, other: np.ndarray, most: float) -> bool:
    """Whether either of two closed polygons lies farther than `most` from the other in the mean."""
    return not (np.isfinite(mean_distance(one, other, most)) and np.isfinite(mean_distance(other, one, most)))


def _between(
    vertices: np.ndarray, loops: list[np.ndarray], pair: tuple[int, int], may_turn: bool
) -> tuple[np.ndarray, bool] | None:
    """The band between two loops and whether the second's part is turned over for it; None if they run alike."""
    one, other = loops[pair[0]], loops[pair[1]]
    alike = _runs_alike(vertices[one], vertices[other])
    if alike and not may_turn:
        return None
    if alike:
        other = other[::-1]  # as it runs once its part is turned over
    back = other[::-1]  # the band runs along `one` forward and `other` forward: seen from `one`, backward
    start = int(np.linalg.norm(vertices[back] - vertices[one[0]], axis=1).argmin())
    return _strip(vertices, one, np.roll(back, -start)), alike


def _runs_alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two closed polygons that lie along one another run the same way round."""
    first, second = (
        np.cross(ring - ring.mean(axis=0), np.roll(ring, -1, axis=0) - ring).sum(axis=0) for ring in (one, other)
    )
    return float(first @ second) > 0


def _strip(vertices: np.ndarray, one: np.ndarray, back: np.ndarray) -> np.ndarray:
    """(a + b, 3) triangles of least area between two closed polygons that run alike, the first points joined.

    A path through the table of pairs: a step along the first polygon adds the triangle of its edge and the other's
    point, and the reverse.
    """
    p, q = vertices[np.append(one, one[0])], vertices[np.append(back, back[0])]
    a, b = len(one), len(back)
    along = 0.5 * np.linalg.norm(np.cross((p[1:] - p[:-1])[:, None], q[None] - p[:-1, None]), axis=2)  # (a, b + 1)
    across = 0.5 * np.linalg.norm(np.cross((q[1:] - q[:-1])[None], p[:, None] - q[None, :-1]), axis=2)  # (a + 1, b)
    length = np.linalg.norm(p[:, None] - q[None], axis=2) * 1e-3  # of the rungs: in a flat band all areas are alike
    cost = np.full((a + 1, b + 1), np.inf)
    cost[0, 0] = 0.0
    for i in range(a + 1):
        if i:
            cost[i] = cost[i - 1] + along[i - 1] + length[i]
        run = np.append(0.0, np.cumsum(across[i] + length[i, 1:]))
        cost[i] = run + np.minimum.accumulate(cost[i] - run)
    i, j, triangles = a, b, []
    while i or j:
        step = np.inf if not i else cost[i - 1, j] + along[i - 1, j]
        other = np.inf if not j else cost[i, j - 1] + across[i, j - 1]
        if step <= other:
            triangles.append((one[i - 1], one[i % a], back[j % b]))
            i -= 1
        else:
            triangles.append((back[j % b], back[j - 1], one[i % a]))
            j -= 1
    found = np.array(triangles, dtype=np.int64)
    return found[(found != np.roll(found, 1, axis=1)).all(axis=1)]  # the loops may have corners in common
