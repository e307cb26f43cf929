"""Bodies: closed parts of which only those faces are left that have solid on one side and none on the other.

Parts that overlap nothing and do not cross themselves stay as they are. A part that crosses itself is cut along its
crossings; parts that overlap are united. Only what neither can do is sampled on a grid, and that part alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import replace

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.distance.winding import FINE
from shapefield.events import Event, Notice, Progress
from shapefield.mesh.model import Mesh
from shapefield.solid import levelset
from shapefield.solid.arrangement import outermost
from shapefield.solid.cleaning import components, without_opposites
from shapefield.solid.flat import without_flat
from shapefield.solid.groups import Group, encloses, groups
from shapefield.solid.holes import close_holes
from shapefield.solid.intersections import Intersections, intersections
from shapefield.solid.model import FaceOrigin, Kind
from shapefield.solid.orientation import patch_volumes
from shapefield.solid.probe import beside, front_winding, spread_rows
from shapefield.solid.separating import separated
from shapefield.solid.split_bodies import BODY
from shapefield.solid.surfaces import Surfaces
from shapefield.solid.topology import boxes, edges_of
from shapefield.solid.uniting import united
from shapefield.solid.work import NoInside, Work, noted


def enclosed(work: Work, fill: bool, surfaces: Surfaces, resolution: int) -> Generator[Event, None, Work]:
    """The bodies of `work` as one closed surface; `fill` also closes their cavities."""
    given = work
    work = _closed(work, surfaces.backend)
    yield Progress("distances", 0)
    if work is not given and not _still_solid(given, work, surfaces):
        yield Notice(f"its skin lies in shreds: taken from the winding number on a grid of {resolution}³")
        found = yield from levelset.boundary(given, surfaces.backend, resolution)
    else:
        found = yield from _bounding(work, surfaces, resolution)
    found = replace(found, done=work.done)
    return _filled(found, surfaces) if fill else found


def union(one: Work, other: Work, surfaces: Surfaces) -> Work:
    """Two closed surfaces, neither of which crosses itself, as one; side by side where they cannot be united.

    Side by side the winding number still tells inside from outside; only walls within are left.
    """
    pieces = _sharing([one, other])
    found = united(pieces)
    if found is not None and edges_of(found.faces).closed:
        return _marked(found, pieces)
    together = _together(pieces)
    whole = _cut(together, _crossings(together, surfaces), surfaces)
    return together if whole is None else whole


def _closed(work: Work, backend: str) -> Work:
    """Holes closed; patches that only cover the back of a flap go again, with the flap."""
    if edges_of(work.faces).closed:
        return work
    closed = close_holes(work.vertices, work.faces, compiled=backend != "igl")
    new = len(closed.faces) - len(work.faces)
    keep = without_opposites(closed.faces)
    if not keep.any():
        keep[:] = True
    source = np.concatenate([work.source, np.full(new, -1)])
    made = np.concatenate([work.made, np.full(new, FaceOrigin.PATCHED, dtype=np.int8)])
    whole = replace(work, vertices=closed.vertices, faces=closed.faces, source=source, made=made)
    real = closed.area[closed.loop] > 1e-9  # a sliver between points of a line covers a crack and is no hole
    patch = whole.faces[-new:] if new else whole.faces[:0]
    label = closed.loop[real]
    counts = np.ones(len(np.unique(label)), dtype=np.int64)
    done = noted(Kind.HOLE, whole.vertices, patch[real], label, counts)
    return without_flat(whole.only(keep), int(keep[: len(work.faces)].sum())).noting(done)


def _still_solid(given: Work, closed: Work, surfaces: Surfaces) -> bool:
    """Whether there is solid behind the given faces after their holes were closed.

    It fails where a skin lies in shreds: then each is closed by its own back, and nothing is left within.
    """
    before = surfaces.of(given)
    rows = spread_rows(np.zeros(len(given.faces), dtype=np.int64))
    area = Mesh(given.vertices, given.faces[rows]).face_areas
    behind = (front_winding(before, FINE, rows) + 1.0).clip(0.0, 1.0)
    if float((behind * area).sum()) < BODY * float(area.sum()):
        return True  # it was no solid before either
    return float((surfaces.of(closed).inside(beside(before, -1.0, rows)) * area).sum()) > 0.5 * float(area.sum())


def _bounding(work: Work, surfaces: Surfaces, resolution: int) -> Generator[Event, None, Work]:
    """The boundary of all closed parts together: parts that touch are united, what lies within others goes."""
    found, words = [], set()
    for group in groups(work, _parts(work, surfaces), _crossings(work, surfaces), surfaces):
        yield Progress("distances", 0)
        piece = yield from _one(group, surfaces, resolution)
        words |= {piece.how} - {""}
        if len(piece.faces):
            found.append(piece)
    if not found:
        raise NoInside("faces with solid on one side, got none: turn the faces outward and re-export the mesh")
    if len(found) == 1 and len(found[0].faces) == len(work.faces) and not words:
        return replace(found[0], vertices=work.vertices, faces=work.faces, how="closed after repair")
    starts = np.cumsum([0, *(len(piece.vertices) for piece in found)])
    return Work(
        np.concatenate([piece.vertices for piece in found]),
        np.concatenate([piece.faces + start for piece, start in zip(found, starts, strict=False)]),
        np.concatenate([piece.source for piece in found]),
        np.concatenate([piece.made for piece in found]),
        how=", ".join(["closed after repair", *sorted(words)]),
    )


def _parts(work: Work, surfaces: Surfaces) -> np.ndarray:
    """(m,) int64 the part of each face: components, those of negative volume with the one that is around them."""
    label = components(len(work.vertices), work.faces)
    volume, _ = patch_volumes(work.vertices, work.faces, label)
    hollow = np.flatnonzero(volume < 0)
    if not len(hollow):
        return label
    low, high = boxes(work.vertices, work.faces, label)
    first = np.unique(label, return_index=True)[1]
    home = np.arange(len(volume))
    around: dict[int, SurfaceDistance] = {}
    for k in hollow:
        point = work.vertices[work.faces[first[k : k + 1]]].mean(axis=1)
        boxed = (volume > -volume[k]) & (low <= low[k]).all(axis=1) & (high >= high[k]).all(axis=1)
        # the smallest it lies in
        for j in sorted(np.flatnonzero(boxed).tolist(), key=lambda j: float(volume[j])):
            if j not in around:
                around[j] = surfaces.of(work.only(label == j))
            if around[j].inside(point)[0]:
                home[k] = j
                break
    return np.unique(home[label], return_inverse=True)[1].reshape(-1)


def _one(group: Group, surfaces: Surfaces, resolution: int) -> Generator[Event, None, Work]:
    """One surface of parts that may overlap; no faces where they lie within others."""
    nothing = group.work.only(group.rows[:0])
    if group.within_others:
        return nothing
    if len(group.parts) == 1 and group.is_skin:
        return group.whole
    cut = [_single(group, rows, surfaces) for rows in group.parts]
    made = [piece for piece in cut if piece is not None]
    if len(made) == len(cut) > 1:
        found = united(_sharing(made))
        if found is not None and edges_of(found.faces).closed:
            return replace(_marked(found, made), how="the union of its parts")
    whole = cut[0] if len(cut) == 1 else _cut(group.whole, group.crossings(group.rows), surfaces)
    if whole is not None:
        return replace(whole, how="the union of its parts" if len(cut) > 1 else "cut where it crosses itself")
    yield Notice(
        f"faces that cross too densely to be cut are taken from the winding number, on a grid of {resolution}³"
    )
    with contextlib.suppress(NoInside):
        sampled = yield from levelset.boundary(group.whole, surfaces.backend, resolution)
        return replace(sampled, how="partly on a grid")
    return nothing


def _single(group: Group, rows: np.ndarray, surfaces: Surfaces) -> Work | None:
    """One part of a group by itself: as it is, or cut where it crosses itself; None where it cannot be cut."""
    part = group.work.only(rows)
    if len(group.parts) > 1 and not group.crosses(rows) and encloses(surfaces.of(part)):
        return part
    return _cut(part, group.crossings(rows), surfaces)


def _crossings(work: Work, surfaces: Surfaces) -> Intersections | None:
    """Where its faces cross; None where nobody can tell, for loops are not compiled or the crossings too many."""
    return None if surfaces.backend == "igl" else intersections(work.vertices, work.faces)


def _cut(part: Work, crossing: Intersections | None, surfaces: Surfaces) -> Work | None:
    """The boundary of a part that crosses itself; no faces where it encloses nothing, None where it cannot be cut."""
    found = None if crossing is None else outermost(surfaces.of(part), crossing)
    if found is None:
        return None
    made = np.where(found.cut & (part.made[found.source] <= FaceOrigin.TURNED), FaceOrigin.CUT, part.made[found.source])
    used, index = np.unique(found.faces, return_inverse=True)
    vertices, faces = separated(found.vertices[used], index.reshape(-1, 3))
    return Work(vertices, faces, part.source[found.source], made.astype(np.int8))


def _together(parts: list[Work]) -> Work:
    """Parts of one vertex array as one."""
    return replace(
        parts[0],
        faces=np.concatenate([part.faces for part in parts]),
        source=np.concatenate([part.source for part in parts]),
        made=np.concatenate([part.made for part in parts]),
    )


def _sharing(parts: list[Work]) -> list[Work]:
    """The parts over one vertex array."""
    if all(part.vertices is parts[0].vertices for part in parts):
        return parts
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    vertices = np.concatenate([part.vertices for part in parts])
    return [replace(p, vertices=vertices, faces=p.faces + s) for p, s in zip(parts, starts, strict=False)]


def _marked(found: Work, pieces: list[Work]) -> Work:
    """The union, its faces known for kept where all three corners are those of the face they come from."""
    before = np.concatenate([piece.vertices[piece.faces] for piece in pieces])
    source = np.concatenate([piece.source for piece in pieces])
    order = np.argsort(source, kind="stable")
    row = order[np.searchsorted(source[order], found.source).clip(max=len(order) - 1)]
    corners, given = found.vertices[found.faces], before[row]
    whole = np.zeros(len(corners), dtype=bool)
    for turn in range(3):
        whole |= (corners == np.roll(given, turn, axis=1)).all(axis=(1, 2))
    made = np.where(whole | (found.made > FaceOrigin.CUT), found.made, FaceOrigin.CUT)
    return replace(found, made=made.astype(np.int8))


def _filled(work: Work, surfaces: Surfaces) -> Work:
    """Without the walls of closed voids, and without what floats in them."""
    label = components(len(work.vertices), work.faces)
    volume, _ = patch_volumes(work.vertices, work.faces, label)
    hollow = volume < 0
    if not hollow.any():
        return work
    walls = hollow[label]
    work = work.noting(
        noted(Kind.CAVITY, work.vertices, work.faces[walls], label[walls], np.ones(int(hollow.sum()), dtype=np.int64))
    )
    work = work.only(~walls)
    return work.only(front_winding(surfaces.of(work)) < 0.5)
