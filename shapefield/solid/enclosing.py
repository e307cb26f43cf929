"""Bodies: closed parts of which only those faces are left that have solid on one side and none on the other.

Parts that overlap nothing and do not cross themselves stay as they are. A part that crosses itself is cut along its
crossings; parts that overlap are united. Only what neither can do is sampled on a grid, and that part alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import replace

import numpy as np

from shapefield.distance.signed import FINE, SurfaceDistance
from shapefield.events import Event, Notice, Progress
from shapefield.mesh.graph import connected
from shapefield.mesh.model import Mesh
from shapefield.solid import levelset
from shapefield.solid.cleaning import components, without_opposites
from shapefield.solid.flat import without_flat
from shapefield.solid.holes import close_holes
from shapefield.solid.model import Kind, Made
from shapefield.solid.orientation import patch_volumes
from shapefield.solid.probe import beside, front_winding, spread_rows
from shapefield.solid.separating import separated
from shapefield.solid.split_bodies import BODY
from shapefield.solid.topology import boxes, edges_of
from shapefield.solid.uniting import united
from shapefield.solid.work import NoInside, Work, noted

MOST_VOTERS = 4000  # faces of a part that are asked whether solid lies before them
FOLDED = 1e-6  # share of them from which a part is folded though no two of its faces cross


def enclosed(work: Work, fill: bool, backend: str, resolution: int) -> Generator[Event, None, Work]:
    """The bodies of `work` as one closed surface; `fill` also closes their cavities."""
    given = work
    work = _closed(work, backend)
    yield Progress("distances", 0)
    if work is not given and not _still_solid(given, SurfaceDistance(work.vertices, work.faces, backend)):
        yield Notice(f"its skin lies in shreds: taken from the winding number on a grid of {resolution}³")
        found = yield from levelset.boundary(given, backend, resolution)
    else:
        found = yield from _bounding(work, backend, resolution)
    found = replace(found, done=work.done)
    return _filled(found) if fill else found


def union(one: Work, other: Work, backend: str) -> Work:
    """Two closed surfaces, neither of which crosses itself, as one; side by side where they cannot be united.

    Side by side the winding number still tells inside from outside; only walls within are left.
    """
    pieces = _sharing([one, other])
    found = united(pieces)
    if found is not None and edges_of(found.faces).closed:
        return _marked(found, pieces)
    whole = _cut(_together(pieces), backend)
    return _together(pieces) if whole is None else whole


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
    made = np.concatenate([work.made, np.full(new, Made.PATCHED, dtype=np.int8)])
    whole = replace(work, vertices=closed.vertices, faces=closed.faces, source=source, made=made)
    real = closed.area[closed.loop] > 1e-9  # a sliver between points of a line covers a crack and is no hole
    patch = whole.faces[-new:] if new else whole.faces[:0]
    label = closed.loop[real]
    counts = np.ones(len(np.unique(label)), dtype=np.int64)
    done = noted(Kind.HOLE, whole.vertices, patch[real], label, counts)
    return without_flat(whole.only(keep), int(keep[: len(work.faces)].sum())).noting(done)


def _still_solid(given: Work, closed: SurfaceDistance) -> bool:
    """Whether there is solid behind the given faces after their holes were closed.

    It fails where a skin lies in shreds: then each is closed by its own back, and nothing is left within.
    """
    before = SurfaceDistance(given.vertices, given.faces)
    rows = spread_rows(np.zeros(len(given.faces), dtype=np.int64))
    area = Mesh(given.vertices, given.faces[rows]).face_areas
    behind = (front_winding(before, FINE, rows) + 1.0).clip(0.0, 1.0)
    if float((behind * area).sum()) < BODY * float(area.sum()):
        return True  # it was no solid before either
    return float((closed.inside(beside(before, -1.0, rows)) * area).sum()) > 0.5 * float(area.sum())


def _bounding(work: Work, backend: str, resolution: int) -> Generator[Event, None, Work]:
    """The boundary of all closed parts together."""
    parts = _parts(work)
    found, words = [], set()
    for cluster in _clusters(work.vertices, parts):
        yield Progress("distances", 0)
        piece = yield from _one(cluster, backend, resolution)
        words |= {piece.how} - {""}
        if len(piece.faces):
            found.append(piece)
    if not found:
        raise NoInside("faces with solid on one side, got none: turn the faces outward and re-export the mesh")
    starts = np.cumsum([0, *(len(piece.vertices) for piece in found)])
    return Work(
        np.concatenate([piece.vertices for piece in found]),
        np.concatenate([piece.faces + start for piece, start in zip(found, starts, strict=False)]),
        np.concatenate([piece.source for piece in found]),
        np.concatenate([piece.made for piece in found]),
        how=", ".join(["closed after repair", *sorted(words)]),
    )


def _parts(work: Work) -> list[Work]:
    """Closed parts, each a body with its cavities: components, those of negative volume with the one around them."""
    label = components(len(work.vertices), work.faces)
    volume, _ = patch_volumes(work.vertices, work.faces, label)
    order = np.argsort(label, kind="stable")
    starts = np.searchsorted(label[order], np.arange(len(volume) + 1))
    rows = [order[starts[k] : starts[k + 1]] for k in range(len(volume))]
    hollow = np.flatnonzero(volume < 0)
    if len(hollow):
        low, high = boxes(work.vertices, work.faces, label)
        around: dict[int, SurfaceDistance] = {}
        for k in hollow:
            point = work.vertices[work.faces[rows[k][:1]]].mean(axis=1)
            boxed = (volume > -volume[k]) & (low <= low[k]).all(axis=1) & (high >= high[k]).all(axis=1)
            # the smallest it lies in
            for home in sorted(np.flatnonzero(boxed).tolist(), key=lambda j: float(volume[j])):
                if home not in around:
                    around[home] = SurfaceDistance(work.vertices, work.faces[rows[home]])
                if around[home].inside(point)[0]:
                    rows[home] = np.concatenate([rows[home], rows[k]])
                    rows[k] = rows[k][:0]
                    break
    return [work.only(np.sort(own)) for own in rows if len(own)]


def _clusters(vertices: np.ndarray, parts: list[Work]) -> list[list[Work]]:
    """Parts whose boxes overlap or touch, together."""
    low = np.array([vertices[part.faces].min(axis=(0, 1)) for part in parts])
    high = np.array([vertices[part.faces].max(axis=(0, 1)) for part in parts])
    order = np.argsort(low[:, 0], kind="stable")
    firsts, seconds = [], []
    for at, k in enumerate(order):  # those that begin before this one ends, along x
        end = int(np.searchsorted(low[order, 0], high[k, 0], side="right"))
        near = order[at + 1 : end]
        meet = (low[near, 1:] <= high[k, 1:]).all(axis=1) & (high[near, 1:] >= low[k, 1:]).all(axis=1)
        firsts.append(np.full(int(meet.sum()), k))
        seconds.append(near[meet])
    links = np.stack([np.concatenate(firsts), np.concatenate(seconds)], axis=1)
    count, label = connected(links, len(parts))
    members = np.argsort(label, kind="stable")
    starts = np.searchsorted(label[members], np.arange(count + 1))
    return [[parts[j] for j in members[starts[k] : starts[k + 1]]] for k in range(count)]


def _one(cluster: list[Work], backend: str, resolution: int) -> Generator[Event, None, Work]:
    """One surface of parts that may overlap."""
    if len(cluster) == 1 and _simple(cluster[0], backend):
        return cluster[0]
    cut = [part if len(cluster) > 1 and _simple(part, backend) else _cut(part, backend) for part in cluster]
    pieces = [piece for piece in cut if piece is not None]
    if len(pieces) == len(cut) > 1:
        found = united(_sharing(pieces))
        if found is not None and edges_of(found.faces).closed:
            return replace(_marked(found, pieces), how="the union of its parts")
    whole = cut[0] if len(cut) == 1 else _cut(_together(cluster), backend)
    if whole is not None:
        return replace(whole, how="the union of its parts" if len(cluster) > 1 else "cut where it crosses itself")
    yield Notice(
        f"faces that cross too densely to be cut are taken from the winding number, on a grid of {resolution}³"
    )
    with contextlib.suppress(NoInside):
        return replace((yield from levelset.boundary(_together(cluster), backend, resolution)), how="partly on a grid")
    return _together(cluster).only(np.zeros(0, dtype=np.int64))


def _simple(part: Work, backend: str) -> bool:
    """Whether a part encloses something, crosses itself nowhere and has no solid before its faces."""
    if backend != "igl" and _crosses(part.vertices, part.faces):
        return False
    exact = SurfaceDistance(part.vertices, part.faces, backend)
    area = Mesh(part.vertices, part.faces).face_areas
    rows = np.sort(np.argsort(-area)[:MOST_VOTERS])
    front, back = (exact.winding(beside(exact, side, rows)) for side in (1.0, -1.0))
    wrong = (np.abs(front) > 0.5) | (back < 0.5)
    return float(area[rows][wrong].sum()) <= FOLDED * float(area[rows].sum())


def _crosses(vertices: np.ndarray, faces: np.ndarray) -> bool:
    """Whether any face crosses another; asked only where loops are compiled."""
    from shapefield.solid.intersections import intersections

    found = intersections(vertices, faces)
    return found is None or len(found.pairs) > 0


def _cut(part: Work, backend: str) -> Work | None:
    """The boundary of a part that crosses itself; no faces where it encloses nothing, None where it cannot be cut."""
    from shapefield.solid.arrangement import outermost

    if backend == "igl":  # without compiled loops
        return None
    own, index = np.unique(part.faces, return_inverse=True)
    found = outermost(part.vertices[own], index.reshape(-1, 3))
    if found is None:
        return None
    made = np.where(found.cut & (part.made[found.source] <= Made.TURNED), Made.CUT, part.made[found.source])
    vertices, faces = separated(found.vertices, found.faces)
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
    from shapefield.mesh.welding import groups_of_equal_rows

    before = np.concatenate([piece.vertices[piece.faces].reshape(-1, 9) for piece in pieces])
    source = np.concatenate([piece.source for piece in pieces])
    order = np.argsort(source, kind="stable")
    row = order[np.searchsorted(source[order], found.source).clip(max=len(order) - 1)]
    corners = found.vertices[found.faces].reshape(-1, 3)
    _, group = groups_of_equal_rows(np.concatenate([corners, before[row].reshape(-1, 3)]))
    mine, theirs = np.sort(group.reshape(2, -1, 3), axis=2)
    whole = (mine == theirs).all(axis=1)
    made = np.where(whole | (found.made > Made.CUT), found.made, Made.CUT)
    return replace(found, made=made.astype(np.int8))


def _filled(work: Work) -> Work:
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
    front = front_winding(SurfaceDistance(work.vertices, work.faces))
    return work.only(front < 0.5)
