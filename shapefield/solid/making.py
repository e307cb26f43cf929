"""From a mesh to the solid it means: the chain of repairs, each only where it is needed.

A closed surface with nothing but outside before its faces is taken as it is, at the price of one look at the winding
number before every face. Anything else is cleaned, wound one way, told apart into bodies and sheets, its holes
closed, its inner walls taken out; where no faces bound the solid after that, its surface is a level set.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from shapefield.distance import FINE, SurfaceDistance, choose_backend, finish
from shapefield.errors import InputError
from shapefield.events import Event, Notice, Progress
from shapefield.mesh.model import UNIT_RADIUS, Mesh
from shapefield.solid import levelset
from shapefield.solid.cleaning import components, weld, without_duplicates
from shapefield.solid.holes import close_holes
from shapefield.solid.model import Repairs, Solid
from shapefield.solid.orientation import oriented, patch_volumes
from shapefield.solid.sides import front_winding
from shapefield.solid.topology import edges_of
from shapefield.solid.uniting import united

FOLDED = 1e-3  # share of the area before which there may be solid: folds in scans, far below a voxel
BODY = 0.62  # mean winding number behind a component's faces from which it is a body; a flat sheet has 0.5
SMALL = 0.02  # share of the area up to which sheets beside a body are debris
SPECK = 0.005  # extent over the whole's, up to which a closed bit is debris: half a voxel at 256³
AUTO_THICKNESS = 0.02  # of a sheet, in unit lengths: two and a half voxels at 256³
THINNEST = 0.004  # thickness in unit lengths that the finest extraction grid still holds


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """A mesh on its way, unit frame, and what was done so far."""

    vertices: np.ndarray
    faces: np.ndarray
    repairs: Repairs
    how: str = ""


def solidify(
    mesh: Mesh,
    thicken: float | None = None,
    fill_cavities: bool = False,
    backend: str = "auto",
) -> Generator[Event, None, Solid]:
    """The solid of a mesh in any frame.

    thicken          : wall thickness, input units, of sheets without an inside; None chooses one, 0 refuses them
    fill_cavities    : fill closed voids
    backend          : see `shapefield.distance.choose_backend`

    Raises InputError, in one line, for a mesh without faces, without extent, or (thicken=0) without an inside.
    """
    if len(mesh.faces) == 0:
        raise InputError(f"{mesh.name}: expected a mesh with faces, got none: re-export it with its faces")
    chosen, notice = choose_backend(backend)
    if notice:
        yield notice
    similarity = mesh.similarity()
    exact = SurfaceDistance(similarity.to_unit(mesh.vertices), mesh.faces, chosen)
    if edges_of(mesh.faces).closed and not fill_cavities:
        inner = _share(exact, front_winding(exact))
        if inner < FOLDED:
            folds = f"; {100 * inner:.2g} % of its area folds into it" if inner else ""
            reason = f"closed and wound outward{folds}"
            return Solid(mesh, mesh, similarity, exact, Repairs(), "winding number", reason)
    yield Progress("distances", 0)
    try:
        work = yield from _repaired(exact, thicken, fill_cavities, similarity.scale)
    except _NoInside as lack:
        raise InputError(f"{mesh.name}: expected {lack}") from None
    return _solid(mesh, work, chosen)


def solid_of(mesh: Mesh, backend: str = "auto", thicken: float | None = None, fill_cavities: bool = False) -> Solid:
    """`solidify`, its events unheard."""
    return finish(solidify(mesh, thicken, fill_cavities, backend))


class _NoInside(Exception):
    """Nothing in the mesh encloses anything, and no thickness may or can be given to it."""


def _solid(mesh: Mesh, work: _Work, backend: str) -> Solid:
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


def _repaired(given: SurfaceDistance, thicken: float | None, fill: bool, scale: float) -> Generator[Event, None, _Work]:
    vertices, faces = weld(given.vertices, given.faces)
    keep = without_duplicates(faces)
    if not keep.any():
        raise _NoInside("faces with an area, got only degenerate ones: re-export the mesh")
    duplicates = int((~keep).sum())
    faces, turned = oriented(vertices, faces[keep])
    repairs = Repairs(faces_reoriented=turned, duplicates_removed=duplicates)
    faces, walls = _without_walls(vertices, faces)
    repairs = replace(repairs, inner_faces_removed=walls)
    body, sheets = _told_apart(vertices, faces)
    if sheets.any() and body.any() and _areas(vertices, faces[sheets]) <= SMALL * _areas(vertices, faces):
        repairs = replace(repairs, debris_removed=int(sheets.sum()))
        sheets = np.zeros_like(sheets)
    yield Progress("distances", 0)
    work = _Work(vertices, faces[body], repairs, "closed after repair")
    if body.any():
        work = yield from _enclosed(work, fill, given.backend)
    if sheets.any():
        work = yield from _thickened(work, vertices, faces[sheets], thicken, scale, given.backend)
    notice = _told(work.repairs, scale)
    if notice:
        yield Notice(notice)
    return work


def _without_walls(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, int]:
    """Drop partitions that hang on the surface along edges of three faces or more, if both their sides are inside."""
    edges = edges_of(faces)
    if not (edges.count > 2).any():
        return faces, 0
    front = front_winding(SurfaceDistance(vertices, faces), FINE)
    wall = front > 0.3  # a wall alone has -0.5 before it, and the body it stands in adds 1
    left = faces[~wall]
    if not wall.any() or not len(left) or (edges_of(left).net != 0).sum() >= (edges.net != 0).sum():
        return faces, 0
    return left, int(wall.sum())


def _told_apart(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(m,) bool, (m,) bool: faces of bodies (closed, or closed but for holes), and of sheets."""
    label = components(len(vertices), faces)
    count = int(label.max()) + 1
    edges = edges_of(faces)
    open_faces = (edges.net != 0)[edges.edge].reshape(3, -1).any(axis=0)
    is_open = np.bincount(label, weights=open_faces, minlength=count) > 0
    volume, area = patch_volumes(vertices, faces, label)
    flat = np.abs(volume) < 1e-6 * area**1.5
    if is_open.any():
        behind = front_winding(SurfaceDistance(vertices, faces), FINE) + 1.0
        corners = vertices[faces]
        face_area = 0.5 * np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        mean = np.bincount(label, weights=face_area * behind.clip(0.0, 1.0), minlength=count) / area
        flat |= is_open & (mean < BODY)
    return ~flat[label], flat[label]


def _enclosed(work: _Work, fill: bool, backend: str) -> Generator[Event, None, _Work]:
    """Bodies: holes closed, specks dropped, inner walls out, cavities filled if wanted."""
    closed = close_holes(work.vertices, work.faces)
    work = replace(
        work,
        vertices=closed.vertices,
        faces=closed.faces,
        repairs=replace(work.repairs, holes_closed=closed.loops, hole_area=closed.area if closed.loops else 0.0),
    )
    yield Progress("distances", 0)
    work = _without_specks(work)
    exact = SurfaceDistance(work.vertices, work.faces, backend)
    front = front_winding(exact)
    if _share(exact, front) >= FOLDED:
        work = yield from _outermost(work, exact, front, backend)
    return _filled(work) if fill else work


def _outermost(work: _Work, exact: SurfaceDistance, front: np.ndarray, backend: str) -> Generator[Event, None, _Work]:
    """Only faces with inside on one side: by a union of the components, else by the level set."""
    inner = int((front > 0.5).sum() + (front < -0.5).sum())
    repairs = replace(work.repairs, inner_faces_removed=work.repairs.inner_faces_removed + inner)
    label = components(len(work.vertices), work.faces)
    if label.max() > 0:
        found = united(work.vertices, work.faces, label)
        if found is not None:
            whole = SurfaceDistance(*found, backend)
            if edges_of(found[1]).closed and _share(whole, front_winding(whole)) < FOLDED:
                return _Work(*found, repairs, "the union of its parts")
    yield Notice("the faces cross each other: the surface is taken from the winding number on a grid of 256³")
    vertices, faces = yield from levelset.boundary(exact, (front < 0.5) & (front > -0.5))
    return _Work(vertices, faces, replace(repairs, resampled=True), "the edge of winding number 0.5, on a grid")


def _without_specks(work: _Work) -> _Work:
    label = components(len(work.vertices), work.faces)
    if label.max() == 0:
        return work
    corners = work.vertices[work.faces]
    count = int(label.max()) + 1
    low, high = np.full((count, 3), np.inf), np.full((count, 3), -np.inf)
    np.minimum.at(low, label, corners.min(axis=1))
    np.maximum.at(high, label, corners.max(axis=1))
    speck = np.linalg.norm(high - low, axis=1) < SPECK * np.linalg.norm(high.max(axis=0) - low.min(axis=0))
    drop = speck[label]
    if not drop.any() or drop.all():
        return work
    repairs = replace(work.repairs, debris_removed=work.repairs.debris_removed + int(drop.sum()))
    return replace(work, faces=work.faces[~drop], repairs=repairs)


def _filled(work: _Work) -> _Work:
    """Without the walls of closed voids, and without what floats in them."""
    label = components(len(work.vertices), work.faces)
    volume, _ = patch_volumes(work.vertices, work.faces, label)
    hollow = int((volume < 0).sum())
    if not hollow:
        return work
    faces = work.faces[(volume > 0)[label]]
    front = front_winding(SurfaceDistance(work.vertices, faces))
    repairs = replace(work.repairs, cavities_filled=hollow)
    return replace(work, faces=faces[front < 0.5], repairs=repairs)


def _thickened(
    work: _Work, vertices: np.ndarray, sheets: np.ndarray, thicken: float | None, scale: float, backend: str
) -> Generator[Event, None, _Work]:
    """Give the sheets a thickness and unite them with the bodies, if there are any."""
    remedy = "close it, or give it a thickness with --thicken LENGTH"
    if thicken == 0:
        raise _NoInside(f"a mesh with an inside, got open sheets: {remedy}")
    thickness = AUTO_THICKNESS if thicken is None else thicken * scale
    if not THINNEST <= thickness <= UNIT_RADIUS:
        low, high = THINNEST / scale, UNIT_RADIUS / scale
        raise _NoInside(f"a thickness of {low:.4g} to {high:.4g} for this mesh, got {thicken:g}: change --thicken")
    body = SurfaceDistance(work.vertices, work.faces, backend) if len(work.faces) else None
    sheet = SurfaceDistance(vertices, sheets, backend)
    found = yield from levelset.offset(sheet, 0.5 * thickness, body)
    repairs = replace(work.repairs, thickened_by=thickness, resampled=True)
    return _Work(*found, repairs, "open sheets have no inside: given a thickness")


def _told(repairs: Repairs, scale: float) -> str:
    """One line of what was changed, or nothing."""
    parts = []
    if repairs.thickened_by:
        parts.append(f"open sheets given a thickness of {repairs.thickened_by / scale:.4g} (--thicken sets it)")
    counted = (
        (repairs.holes_closed, "hole", "closed"),
        (repairs.faces_reoriented, "face", "turned outward"),
        (repairs.duplicates_removed, "degenerate or duplicate face", "removed"),
        (repairs.inner_faces_removed, "inner face", "removed"),
        (repairs.debris_removed, "face of debris", "removed"),
    )
    parts += [f"{n} {what}{'s' if n > 1 and ' of ' not in what else ''} {done}" for n, what, done in counted if n]
    if repairs.cavities_filled:
        parts.append(f"cavities filled: {repairs.cavities_filled}")
    return "repaired: " + ", ".join(parts) if parts else ""


def _share(surface: SurfaceDistance, front: np.ndarray) -> float:
    """Share of the area before which the winding number is not 0."""
    a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return float(area[np.abs(front) > 0.5].sum() / max(float(area.sum()), 1e-300))


def _areas(vertices: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return 0.5 * float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())
