"""From a mesh to the solid it means: the chain of repairs, each only where it is needed.

A closed surface with nothing but outside before its faces, and solid behind them, is taken as it is, at the price of
one look at the winding number on either side. Anything else is cleaned, wound one way, split into bodies and sheets;
bodies are enclosed, sheets thickened.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np

from shapefield.distance.signed import SurfaceDistance, choose_backend
from shapefield.driving import finish
from shapefield.errors import InputError
from shapefield.events import Event, Notice, Progress
from shapefield.mesh.model import Mesh, Similarity
from shapefield.mesh.welding import groups_of_equal_rows
from shapefield.solid.cleaning import components, stored_again, weld, without_duplicates
from shapefield.solid.enclosing import enclosed, uncovered
from shapefield.solid.model import Kind, Made, Origin, Repairs, Solid
from shapefield.solid.orientation import oriented
from shapefield.solid.probe import FOLDED, folded_share, hollow_share
from shapefield.solid.repair_record import recorded, summed
from shapefield.solid.separating import separated
from shapefield.solid.split_bodies import Parts, split
from shapefield.solid.thickening import thickened, thickness_of
from shapefield.solid.thinness import too_thin
from shapefield.solid.topology import edges_of
from shapefield.solid.work import Done, NoInside, Work, given, noted
from shapefield.solid.zipping import zipped


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
    if edges_of(mesh.faces).closed and not fill_cavities and not min_part and taken_as != "sheet":
        inner = folded_share(exact)
        if inner < FOLDED and hollow_share(exact) < FOLDED:
            folds = f"; {100 * inner:.2g} % of its area folds into it" if inner else ""
            reason = f"closed and wound outward{folds}"
            origin = Origin.untouched(len(mesh.faces))
            thin = too_thin(mesh, similarity.radius, resolution) if sampled else ""
            if thin:
                yield Notice(thin)
            return Solid(mesh, mesh, similarity, exact, Repairs(), "winding number", reason, (), origin)
    yield Progress("distances", 0)
    try:
        smallest = None if min_part is None else min_part * similarity.scale
        work, by = yield from _repaired(exact, thicken, fill_cavities, similarity.scale, taken_as, smallest, resolution)
    except NoInside as lack:
        raise InputError(f"{mesh.name}: expected {lack}") from None
    solid = _solid(mesh, work, similarity, exact, by)
    told = solid.repairs.told(mesh.unit)
    thin = too_thin(solid.mesh, solid.similarity.radius, resolution) if sampled else ""
    for line in (told, thin):
        if line:
            yield Notice(line)
    return solid


def solid_of(mesh: Mesh, thicken: float | None = None, fill_cavities: bool = False, **choices: Any) -> Solid:
    """`solidify`, its events unheard."""
    return finish(solidify(mesh, thicken, fill_cavities, **choices))


def _repaired(
    exact: SurfaceDistance,
    thicken: float | None,
    fill: bool,
    scale: float,
    taken_as: str,
    smallest: float | None,
    resolution: int,
) -> Generator[Event, None, tuple[Work, float]]:
    """The repaired surface, and the thickness of its sheets in unit lengths, 0 without any."""
    backend = exact.backend
    work = zipped(_cleaned(exact))
    yield Progress("distances", 0)
    parts = split(work.vertices, work.faces, taken_as, smallest)
    yield Notice(parts.words) if parts.words else Progress("distances", 0)
    work = work.noting(_by_part(Kind.DEBRIS, work, parts.debris))
    (body, parts), thickness = (yield from _bodies(work, parts, fill, backend, resolution)), 0.0
    if parts.sheet.any():
        thickness = thickness_of(thicken, scale)
        body = yield from thickened(body, work.vertices, work.faces[parts.sheet], thickness, backend)
    return body.noting(*_told_by_faces(len(exact.faces), work, parts, body)), thickness


def _bodies(
    work: Work, parts: Parts, fill: bool, backend: str, resolution: int
) -> Generator[Event, None, tuple[Work, Parts]]:
    """The bodies enclosed; and the parts, of which those are sheets now that enclosed would have been lost."""
    none = replace(work.only(np.zeros(0, dtype=np.int64)), vertices=np.zeros((0, 3)))
    for last in (False, True):
        if not parts.body.any():
            return none, parts
        body = work.only(parts.body)
        try:
            found = yield from enclosed(body, fill, backend, resolution)
            gone = np.zeros(len(body.faces), dtype=bool) if last else uncovered(body, found)
        except NoInside:
            if last and not parts.sheet.any():
                raise
            found, gone = none, np.ones(len(body.faces), dtype=bool)
        if not gone.any():
            return found, parts
        lost = np.zeros(len(work.faces), dtype=bool)
        lost[np.flatnonzero(parts.body)[gone]] = True
        parts = replace(parts, body=parts.body & ~lost, sheet=parts.sheet | lost)
    return none, parts


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
    return replace(work, faces=faces, made=np.where(over, Made.TURNED, Made.KEPT).astype(np.int8))


def _by_part(kind: Kind, work: Work, rows: np.ndarray) -> Done | None:
    """A record of faces by the parts they hang together in."""
    faces = work.faces[rows]
    return noted(kind, work.vertices, faces, components(len(work.vertices), faces)) if len(faces) else None


def _told_by_faces(given_faces: int, work: Work, parts: Parts, found: Work) -> list[Done | None]:
    """What shows only in what is left: faces turned, faces cut, and faces of which nothing is left."""
    left, cut = np.zeros(given_faces, dtype=bool), np.zeros(given_faces, dtype=bool)
    left[found.source[found.source >= 0]] = True
    cut[found.source[(found.made == Made.CUT) & (found.source >= 0)]] = True
    own = work.source >= 0
    there, parted = own & left[work.source], own & cut[work.source]
    sampled = bool((found.made == Made.GRID).any())
    inner = own & (parts.inner | (parts.body & ~there & (not sampled)))
    over = there & (work.made == Made.TURNED)
    vertices, faces = work.vertices, work.faces
    grid = found.faces[found.made == Made.GRID]
    return [
        noted(Kind.TURNED, vertices, faces[over]),
        _by_part(Kind.INNER, work, inner),
        noted(Kind.CUT, vertices, faces[parted]),
        noted(Kind.GRID, found.vertices, grid, components(len(found.vertices), grid)) if len(grid) else None,
    ]


def _solid(mesh: Mesh, work: Work, frame: Similarity, exact: SurfaceDistance, thickness: float) -> Solid:
    """The finished work as a Solid in the mesh's own frame, areas and lengths in its units."""
    vertices, faces = separated(work.vertices, work.faces)
    used, index = np.unique(faces, return_inverse=True)
    places = _in_input(vertices[used], mesh, exact.vertices, frame)
    surface = Mesh(places, index.reshape(-1, 3), unit=mesh.unit, name=mesh.name)
    similarity = surface.similarity()
    new = SurfaceDistance(similarity.to_unit(surface.vertices), surface.faces, exact.backend)
    area = float(Mesh(exact.vertices, exact.faces).face_areas.sum())
    record = recorded(work.done, frame, area)
    repairs = summed(record, work, thickness / frame.scale)
    method = "offset" if thickness else "winding number"
    origin = Origin(work.source, work.made)
    return Solid(surface, mesh, similarity, new, repairs, method, work.how, record, origin)


def _in_input(points: np.ndarray, mesh: Mesh, given: np.ndarray, frame: Similarity) -> np.ndarray:
    """Points of the unit frame in the input's; those that are vertices of the input are so to the last bit."""
    first, group = groups_of_equal_rows(np.concatenate([given, points]))
    places = frame.to_input(points)
    same = first[group[len(given) :]]
    places[same < len(given)] = mesh.vertices[same[same < len(given)]]
    return places
