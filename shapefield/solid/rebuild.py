"""From a mesh to the solid it means: the chain of repairs, each only where it is needed.

A closed surface with nothing but outside before its faces, and solid behind them, is taken as it is, at the price of
one look at the winding number on either side. Anything else is cleaned, wound one way, split into bodies and sheets;
bodies are enclosed, sheets thickened.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shapefield.distance.signed import SurfaceDistance, choose_backend
from shapefield.driving import finish
from shapefield.errors import InputError
from shapefield.events import Event, Notice, Progress
from shapefield.mesh.model import Mesh, Similarity
from shapefield.mesh.welding import groups_of_equal_rows
from shapefield.solid.cleaning import components, stored_again, weld, without_duplicates
from shapefield.solid.enclosing import enclosed
from shapefield.solid.model import FaceOrigin, Kind, Origin, Repairs, Solid
from shapefield.solid.orientation import FLAT, oriented, patch_volumes
from shapefield.solid.probe import FOLDED, folded_share, hollow_share
from shapefield.solid.repair_record import recorded, summed
from shapefield.solid.separating import separated
from shapefield.solid.split_bodies import Parts, split
from shapefield.solid.surfaces import Surfaces
from shapefield.solid.thickening import thickened, thickness_of
from shapefield.solid.thinness import too_thin
from shapefield.solid.topology import edges_of
from shapefield.solid.visible_loss import VisibleLoss, covered, visible_loss
from shapefield.solid.work import NoInside, RepairsDone, Work, given, noted
from shapefield.solid.zipping import zipped

LITTLE = 0.005
"""Share of the surface, visible and lost, up to which nobody looks for another repair."""
ROUNDS = 3
"""How often bodies are enclosed anew because one of them turned out to be a sheet."""


def solidify(
    mesh: Mesh,
    thicken: float | None = None,
    fill_cavities: bool = False,
    *,
    taken_as: str = "auto",
    min_part: float | None = None,
    resolution: int = 256,
    sampled: bool = True,
) -> Generator[Event, None, Solid]:
    """The solid of a mesh in any frame.

    thicken       : wall thickness, input units, of sheets without an inside; None chooses one, 0 refuses them
    fill_cavities : fill closed voids
    taken_as      : "solid" closes every open part, "sheet" thickens it, "auto" decides part by part
    min_part      : parts of a smaller extent, input units, are left out; None leaves out loose open bits only
    resolution    : cells along the box at which the surface will be taken, for what must be sampled on a grid
    sampled       : whether all of it will be; then what the cells cannot hold is told

    Raises InputError, in one line, for a mesh without faces, without extent, or (thicken=0) without an inside.
    """
    if len(mesh.faces) == 0:
        raise InputError(f"{mesh.name}: expected a mesh with faces, got none: re-export it with its faces")
    chosen, notice = choose_backend()
    if notice:
        yield notice
    similarity = mesh.similarity()
    exact = SurfaceDistance(similarity.to_unit(mesh.vertices), mesh.faces, chosen)
    edges = edges_of(mesh.faces)
    if edges.closed and edges.manifold and not (fill_cavities or min_part or taken_as == "sheet"):
        inner = folded_share(exact)
        if inner < FOLDED and hollow_share(exact) < FOLDED:
            folds = f"; {100 * inner:.2g} % of its area folds into it" if inner else ""
            reason = f"closed and wound outward{folds}"
            origin = Origin.untouched(len(mesh.faces))
            thin = too_thin(mesh, similarity.radius, resolution) if sampled else ""
            if thin:
                yield Notice(thin)
            surface, exact = _without_pinches(mesh, similarity, exact)
            return Solid(surface, mesh, similarity, exact, Repairs(), "winding number", reason, (), origin)
    yield Progress("distances", 0)
    try:
        wish = _Wishes(thicken, fill_cavities, taken_as, min_part, resolution, similarity.scale)
        made = yield from _repaired(exact, wish)
    except NoInside as lack:
        raise InputError(f"{mesh.name}: expected {lack}") from None
    yield from made.notices
    solid = _solid(mesh, made, similarity, exact)
    told = solid.repairs.told(mesh.unit)
    thin = too_thin(solid.mesh, solid.similarity.radius, resolution) if sampled else ""
    for line in (told, thin):
        if line:
            yield Notice(line)
    return solid


def solid_of(mesh: Mesh, thicken: float | None = None, fill_cavities: bool = False, **choices: Any) -> Solid:
    """`solidify`, its events unheard."""
    return finish(solidify(mesh, thicken, fill_cavities, **choices))


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What `solidify` is asked for; lengths in input units, `scale` unit lengths to one of those."""

    thicken: float | None
    fill: bool
    taken_as: str
    smallest: float | None
    resolution: int
    scale: float


@dataclass(frozen=True, slots=True, eq=False)
class _Attempt:
    """A repaired surface, the thickness of its sheets (unit lengths, 0 without any), and what it lost."""

    work: Work
    thickness: float
    lost: float
    notices: tuple[Notice, ...]


def _repaired(exact: SurfaceDistance, wish: _Wishes) -> Generator[Event, None, _Attempt]:
    """The repaired surface: rims that meet are joined, or left apart where joining them shuts visible surface in."""
    cleaned = _cleaned(exact)
    surfaces = Surfaces(cleaned, exact.backend)
    joined = zipped(cleaned)
    yield Progress("distances", 0)
    first = yield from _attempted(joined, exact, wish, surfaces)
    if joined is cleaned or first.lost < LITTLE:
        return first
    other = yield from _attempted(cleaned, exact, wish, surfaces)
    return other if other.lost < 0.5 * first.lost else first


def _kept_back(steps: Generator[Event, None, Work]) -> Generator[Event, None, tuple[Work, tuple[Notice, ...]]]:
    """What the steps make, with their notices, which are told only if it is taken."""
    notices = []
    while True:
        try:
            event = next(steps)
        except StopIteration as stop:
            return stop.value, tuple(notices)
        if isinstance(event, Notice):
            notices.append(event)
        else:
            yield event


def _attempted(
    work: Work, exact: SurfaceDistance, wish: _Wishes, surfaces: Surfaces
) -> Generator[Event, None, _Attempt]:
    """Bodies enclosed, sheets thickened, and what of the input's visible surface that has lost."""
    smallest = None if wish.smallest is None else wish.smallest * wish.scale
    parts = split(work, surfaces, wish.taken_as, smallest)
    yield Progress("distances", 0)
    if wish.smallest is not None and not (parts.body | parts.sheet).any():
        raise NoInside(f"a part with an extent of {wish.smallest:.3g} or more, got none: choose a smaller --min-part")
    words, was = parts.words, parts
    work = work.noting(_by_part(Kind.DEBRIS, work, parts.debris))
    body, parts, lost, notices = yield from _bodies(work, parts, exact, wish, surfaces)
    if (was.body & parts.sheet).any():
        words = "an open part is taken for a sheet: closed, nothing of it would be seen"
    if words:
        notices = (Notice(words), *notices)
    thickness = 0.0
    parts = _without_covered(work, parts, body, surfaces)
    if parts.sheet.any():
        thickness = thickness_of(wish.thicken, wish.scale)
        body = yield from thickened(body, work.vertices, work.faces[parts.sheet], thickness, surfaces)
        lost = visible_loss(work, body, exact, surfaces, thickness).share
    body = body.noting(*_told_by_faces(len(exact.faces), work, parts, body))
    return _Attempt(body, thickness, lost, notices)


def _bodies(
    work: Work, parts: Parts, exact: SurfaceDistance, wish: _Wishes, surfaces: Surfaces
) -> Generator[Event, None, tuple[Work, Parts, float, tuple[Notice, ...]]]:
    """The bodies enclosed; the parts, of which those are sheets now that would be lost; the share lost; notices."""
    none = replace(work.only(np.zeros(0, dtype=np.int64)), vertices=np.zeros((0, 3)))
    for _ in range(ROUNDS):
        found, notices = none, ()
        if parts.body.any():
            steps = enclosed(work.only(parts.body), wish.fill, surfaces, wish.resolution)
            with contextlib.suppress(NoInside):
                found, notices = yield from _kept_back(steps)
            found = found if wish.taken_as == "solid" else _with_volume(found)
        loss, some = visible_loss(work, found, exact, surfaces), len(found.faces) > 0
        inner_too = wish.taken_as == "auto" and wish.thicken != 0
        gone = _gone(work, parts, loss, inner_too) if some else parts.body
        again = some and bool((gone & parts.body).any())
        found = found if some else none
        parts = replace(parts, body=parts.body & ~gone, inner=parts.inner & ~gone, sheet=parts.sheet | gone)
        if not again:
            break
    return found, parts, loss.share, notices


def _without_covered(work: Work, parts: Parts, body: Work, surfaces: Surfaces) -> Parts:
    """The parts; sheets that lie on the bodies' surface, slivers most of them, are inner faces now."""
    rows = np.flatnonzero(parts.sheet)
    if not len(rows) or not len(body.faces):
        return parts
    part = components(len(work.vertices), work.faces[rows])
    there = np.zeros(len(work.faces), dtype=bool)
    there[rows] = covered(work, rows, part, body, surfaces)[part]
    return replace(parts, sheet=parts.sheet & ~there, inner=parts.inner | there)


def _with_volume(found: Work) -> Work:
    """Without components that enclose nothing, such as a sheet that was closed by its own back."""
    if not len(found.faces):
        return found
    label = components(len(found.vertices), found.faces)
    volume, area = patch_volumes(found.vertices, found.faces, label)
    flat = np.abs(volume) < FLAT * area**1.5
    return found.only(~flat[label]) if flat.any() else found


def _gone(work: Work, parts: Parts, loss: VisibleLoss, inner_too: bool) -> np.ndarray:
    """(m,) bool: faces of open bodies, and of inner walls, that can be seen and are not in the surface that was made.

    A lid that lies before the hole it is meant to cover is closed by its own back, and a terrain by its own ground:
    neither is a body. A closed one is never a sheet.
    """
    label, count = np.zeros(len(work.faces), dtype=np.int64), 1
    for chosen in (parts.body, parts.inner & inner_too):
        rows = np.flatnonzero(chosen)
        if len(rows):
            part = components(len(work.vertices), work.faces[rows])
            edges = edges_of(work.faces[rows])
            torn = np.zeros(int(part.max()) + 1, dtype=bool)
            torn[part[np.flatnonzero((edges.net != 0)[edges.edge]) % len(rows)]] = True
            label[rows] = np.where(torn[part], part + count, 0)
            count += len(torn)
    lost = loss.lost_parts(label)
    lost[0] = False
    return lost[label]


def _cleaned(exact: SurfaceDistance) -> Work:
    """The faces welded, each once, wound one way."""
    work = given(exact.vertices, exact.faces)
    if not edges_of(work.faces).closed:  # closed parts stay apart, even where their skins touch
        vertices, faces = weld(work.vertices, work.faces)
        work = replace(work, vertices=vertices, faces=faces)
    keep = without_duplicates(work.faces)
    if not keep.any():
        raise NoInside("faces with an area, got only degenerate ones: re-export the mesh")
    keep[keep] = ~stored_again(work.vertices, work.faces[keep])
    gone = noted(Kind.DUPLICATE, work.vertices, work.faces[~keep])
    work = work.only(keep).noting(gone)
    faces, over = oriented(work.vertices, work.faces)
    return replace(work, faces=faces, made=np.where(over, FaceOrigin.TURNED, FaceOrigin.KEPT).astype(np.int8))


def _by_part(kind: Kind, work: Work, rows: np.ndarray) -> RepairsDone | None:
    """A record of faces by the parts they hang together in."""
    faces = work.faces[rows]
    label = components(len(work.vertices), faces) if len(faces) else None
    return noted(kind, work.vertices, faces, label, source=work.source[rows])


def _told_by_faces(given_faces: int, work: Work, parts: Parts, found: Work) -> list[RepairsDone | None]:
    """What shows only in what is left: faces turned, faces cut, and faces of which nothing is left."""
    left, cut = np.zeros(given_faces, dtype=bool), np.zeros(given_faces, dtype=bool)
    left[found.source[found.source >= 0]] = True
    cut[found.source[(found.made == FaceOrigin.CUT) & (found.source >= 0)]] = True
    own = work.source >= 0
    there, parted = own & left[work.source], own & cut[work.source]
    sampled = bool((found.made == FaceOrigin.GRID).any())
    inner = own & (parts.inner | (parts.body & ~there & (not sampled)))
    over = there & (work.made == FaceOrigin.TURNED)
    vertices, faces = work.vertices, work.faces
    grid = found.faces[found.made == FaceOrigin.GRID]
    return [
        noted(Kind.TURNED, vertices, faces[over]),
        _by_part(Kind.INNER, work, inner),
        noted(Kind.CUT, vertices, faces[parted]),
        noted(Kind.GRID, found.vertices, grid, components(len(found.vertices), grid)) if len(grid) else None,
    ]


def _without_pinches(mesh: Mesh, frame: Similarity, exact: SurfaceDistance) -> tuple[Mesh, SurfaceDistance]:
    """A sound mesh, and its distances, as they are; vertices at which its surface touches itself are two."""
    vertices, faces = separated(mesh.vertices, mesh.faces)
    if faces is mesh.faces:
        return mesh, exact
    surface = Mesh(vertices, faces, unit=mesh.unit, name=mesh.name)
    return surface, SurfaceDistance(frame.to_unit(vertices), faces, exact.backend, exact.winding_number)


def _solid(mesh: Mesh, made: _Attempt, frame: Similarity, exact: SurfaceDistance) -> Solid:
    """The finished work as a Solid in the mesh's own frame, areas and lengths in its units."""
    work = made.work
    vertices, faces = separated(work.vertices, work.faces)
    used, index = np.unique(faces, return_inverse=True)
    places = _in_input(vertices[used], mesh, exact.vertices, frame)
    surface = Mesh(places, index.reshape(-1, 3), unit=mesh.unit, name=mesh.name)
    similarity = surface.similarity()
    new = SurfaceDistance(similarity.to_unit(surface.vertices), surface.faces, exact.backend)
    area = float(Mesh(exact.vertices, exact.faces).face_areas.sum())
    record = recorded(work.done, frame, area, mesh.part_of)
    repairs = summed(record, work, made.thickness / frame.scale)
    method = "offset" if made.thickness else "winding number"
    origin = Origin(work.source, work.made)
    return Solid(surface, mesh, similarity, new, repairs, method, work.how, record, origin)


def _in_input(points: np.ndarray, mesh: Mesh, given: np.ndarray, frame: Similarity) -> np.ndarray:
    """Points of the unit frame in the input's; those that are vertices of the input are so to the last bit."""
    first, group = groups_of_equal_rows(np.concatenate([given, points]))
    places = frame.to_input(points)
    same = first[group[len(given) :]]
    places[same < len(given)] = mesh.vertices[same[same < len(given)]]
    return places
