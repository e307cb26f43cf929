"""Bodies: their holes closed, and only those faces left that have solid on one side.

Where no faces bound the solid after that, its surface is the 0.5 level set of the winding number.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import replace

import numpy as np

from shapefield.distance.signed import FINE, SurfaceDistance
from shapefield.events import Event, Notice, Progress
from shapefield.mesh.model import Mesh
from shapefield.solid import levelset
from shapefield.solid.cleaning import components, without_opposites
from shapefield.solid.holes import close_holes
from shapefield.solid.orientation import patch_volumes
from shapefield.solid.parting import BODY
from shapefield.solid.sides import FOLDED, beside, folded_share, front_winding
from shapefield.solid.topology import edges_of
from shapefield.solid.uniting import united
from shapefield.solid.work import NoInside, Work

CROSSING = Notice(f"its faces cross each other: the surface is taken from the winding number on a {levelset.GRID}")
MANY = 200  # components up to which they are looked at one by one


def enclosed(work: Work, fill: bool, backend: str) -> Generator[Event, None, Work]:
    """The bodies of `work` as one closed surface; `fill` also closes their cavities."""
    given = work
    work = _closed(work)
    yield Progress("distances", 0)
    exact = SurfaceDistance(work.vertices, work.faces, backend)
    if work is not given and not _still_solid(given, exact):
        yield CROSSING
        work = yield from _resampled(given, backend)
    elif folded_share(exact) >= FOLDED:
        work = yield from _outermost(work, exact, backend)
    return _filled(work) if fill else work


def _closed(work: Work) -> Work:
    """Holes closed; patches that only cover the back of a flap go again, with the flap."""
    if edges_of(work.faces).closed:
        return work
    closed = close_holes(work.vertices, work.faces)
    keep = without_opposites(closed.faces)
    if not keep.any():
        keep[:] = True
    work = replace(work, vertices=closed.vertices, faces=closed.faces[keep])
    return work.noting(holes_closed=closed.loops, hole_area=closed.area if closed.loops else 0.0)


def _still_solid(given: Work, closed: SurfaceDistance) -> bool:
    """Whether there is solid behind the given faces after their holes were closed.

    It fails where a skin lies in shreds: then each is closed by its own back, and nothing is left within.
    """
    before = SurfaceDistance(given.vertices, given.faces)
    area = Mesh(given.vertices, given.faces).face_areas
    behind = (front_winding(before, FINE) + 1.0).clip(0.0, 1.0)
    if float((behind * area).sum()) < BODY * float(area.sum()):
        return True  # it was no solid before either
    return float((closed.inside(beside(before, -1.0)) * area).sum()) > 0.5 * float(area.sum())


def _outermost(work: Work, exact: SurfaceDistance, backend: str) -> Generator[Event, None, Work]:
    """Only faces with inside on one side: by a union of the components, else by the level set.

    Where components fold into themselves, they alone are taken from the level set before the union: a grid would
    lose a plate beside them that is thinner than its cells.
    """
    label = components(len(work.vertices), work.faces)
    found = _united(work, label)
    if found is not None and _unfolded(found, backend):
        inner = int((np.abs(front_winding(exact)) > 0.5).sum())
        return replace(found.noting(inner_faces_removed=inner), how="the union of its parts")
    yield CROSSING
    simple = _simple(work, label, backend)
    if simple.any() and not simple.all():
        with contextlib.suppress(NoInside):
            rest = yield from _resampled(replace(work, faces=work.faces[~simple]), backend)
            vertices = np.concatenate([work.vertices, rest.vertices])
            faces = np.concatenate([work.faces[simple], rest.faces + len(work.vertices)])
            whole = replace(rest, vertices=vertices, faces=faces)
            found = _united(whole, components(len(vertices), faces))
            if found is not None:  # of parts that do not fold: before its faces is another part across a narrow gap
                return replace(found, how="the union of its parts, some of them on a grid")
    return (yield from _resampled(work, backend))


def _simple(work: Work, label: np.ndarray, backend: str) -> np.ndarray:
    """(m,) bool: faces of the components that are manifold, enclose something and do not fold into themselves.

    None where there are cavities, whose walls must stay with the component around them.
    """
    volume, _ = patch_volumes(work.vertices, work.faces, label)
    found = np.zeros(len(volume), dtype=bool)
    if 1 < len(volume) <= MANY and (volume >= 0).all():
        for k in np.flatnonzero(volume > 0):
            alone = replace(work, faces=work.faces[label == k])
            found[k] = edges_of(alone.faces).manifold and _unfolded(alone, backend)
    return found[label]


def _united(work: Work, label: np.ndarray) -> Work | None:
    """The exact union of the components, if there are several and each is a closed manifold."""
    found = united(work.vertices, work.faces, label) if label.max() > 0 else None
    if found is None or not edges_of(found[1]).closed:
        return None
    return replace(work, vertices=found[0], faces=found[1])


def _unfolded(work: Work, backend: str) -> bool:
    return folded_share(SurfaceDistance(work.vertices, work.faces, backend)) < FOLDED


def _resampled(work: Work, backend: str) -> Generator[Event, None, Work]:
    exact = SurfaceDistance(work.vertices, work.faces, backend)
    front = front_winding(exact)
    bounding = (front < 0.5) & (front > -0.5)
    if not bounding.any():
        raise NoInside("faces with solid on one side, got none: turn the faces outward and re-export the mesh")
    vertices, faces = yield from levelset.boundary(exact, bounding)
    repairs = replace(work.noting(inner_faces_removed=int((~bounding).sum())).repairs, resampled=True)
    return Work(vertices, faces, repairs, "the edge of winding number 0.5, on a grid")


def _filled(work: Work) -> Work:
    """Without the walls of closed voids, and without what floats in them."""
    label = components(len(work.vertices), work.faces)
    volume, _ = patch_volumes(work.vertices, work.faces, label)
    hollow = int((volume < 0).sum())
    if not hollow:
        return work
    faces = work.faces[(volume > 0)[label]]
    front = front_winding(SurfaceDistance(work.vertices, faces))
    return replace(work.noting(cavities_filled=hollow), faces=faces[front < 0.5])
