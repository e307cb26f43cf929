"""From a mesh to the solid it means: the chain of repairs, each only where it is needed.

A closed surface with nothing but outside before its faces, and solid behind them, is taken as it is, at the price of
one look at the winding number on either side. Anything else is cleaned, wound one way, told apart into bodies and
sheets; bodies are enclosed, sheets thickened.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np

from shapefield.distance.signed import SurfaceDistance, choose_backend, finish
from shapefield.errors import InputError
from shapefield.events import Event, Notice, Progress
from shapefield.mesh.model import Mesh
from shapefield.solid.cleaning import weld, without_duplicates
from shapefield.solid.enclosing import enclosed
from shapefield.solid.model import Repairs, Solid
from shapefield.solid.orientation import oriented
from shapefield.solid.parting import told_apart
from shapefield.solid.sides import FOLDED, folded_share, hollow_share
from shapefield.solid.thickening import thickened
from shapefield.solid.topology import edges_of
from shapefield.solid.work import NoInside, Work


def solidify(
    mesh: Mesh,
    thicken: float | None = None,
    fill_cavities: bool = False,
) -> Generator[Event, None, Solid]:
    """The solid of a mesh in any frame.

    thicken          : wall thickness, input units, of sheets without an inside; None chooses one, 0 refuses them
    fill_cavities    : fill closed voids

    Raises InputError, in one line, for a mesh without faces, without extent, or (thicken=0) without an inside.
    """
    if len(mesh.faces) == 0:
        raise InputError(f"{mesh.name}: expected a mesh with faces, got none: re-export it with its faces")
    chosen, notice = choose_backend()
    if notice:
        yield notice
    similarity = mesh.similarity()
    exact = SurfaceDistance(similarity.to_unit(mesh.vertices), mesh.faces, chosen)
    if edges_of(mesh.faces).closed and not fill_cavities:
        inner = folded_share(exact)
        if inner < FOLDED and hollow_share(exact) < FOLDED:
            folds = f"; {100 * inner:.2g} % of its area folds into it" if inner else ""
            reason = f"closed and wound outward{folds}"
            return Solid(mesh, mesh, similarity, exact, Repairs(), "winding number", reason)
    yield Progress("distances", 0)
    try:
        work = yield from _repaired(exact, thicken, fill_cavities, similarity.scale)
    except NoInside as lack:
        raise InputError(f"{mesh.name}: expected {lack}") from None
    solid = _solid(mesh, work, chosen)
    told = solid.repairs.told(mesh.unit)
    if told:
        yield Notice(told)
    return solid


def solid_of(mesh: Mesh, thicken: float | None = None, fill_cavities: bool = False) -> Solid:
    """`solidify`, its events unheard."""
    return finish(solidify(mesh, thicken, fill_cavities))


def _repaired(given: SurfaceDistance, thicken: float | None, fill: bool, scale: float) -> Generator[Event, None, Work]:
    vertices, faces, backend = given.vertices, given.faces, given.backend
    if not edges_of(faces).closed:  # closed parts stay apart, even where their skins touch
        vertices, faces = weld(vertices, faces)
    keep = without_duplicates(faces)
    if not keep.any():
        raise NoInside("faces with an area, got only degenerate ones: re-export the mesh")
    faces, turned = oriented(vertices, faces[keep])
    yield Progress("distances", 0)
    parts = told_apart(vertices, faces)
    repairs = Repairs(
        faces_reoriented=turned,
        duplicates_removed=int((~keep).sum()),
        inner_faces_removed=int(parts.inner.sum()),
        debris_removed=int(parts.debris.sum()),
    )
    yield Progress("distances", 0)
    work = Work(vertices, faces[parts.body], repairs, "closed after repair")
    if parts.body.any():
        work = yield from enclosed(work, fill, backend)
    if parts.sheet.any():
        work = yield from thickened(work, vertices, faces[parts.sheet], thicken, scale, backend)
    return work


def _solid(mesh: Mesh, work: Work, backend: str) -> Solid:
    """The finished work as a Solid in the mesh's own frame, areas and lengths in its units."""
    given = mesh.similarity()
    used, index = np.unique(work.faces, return_inverse=True)
    surface = Mesh(given.to_input(work.vertices[used]), index.reshape(-1, 3), unit=mesh.unit, name=mesh.name)
    similarity = surface.similarity()
    exact = SurfaceDistance(similarity.to_unit(surface.vertices), surface.faces, backend)
    repairs = replace(
        work.repairs,
        hole_area=work.repairs.hole_area / given.scale**2,
        thickened_by=work.repairs.thickened_by / given.scale,
    )
    method = "offset" if repairs.thickened_by else "winding number"
    return Solid(surface, mesh, similarity, exact, repairs, method, work.how)
