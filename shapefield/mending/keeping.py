"""The solid as a mesh of the input's own triangles: their corners, order, colours and normals as they were given.

A mesh that needed no repair comes back as the same object. n vertices and m faces of the solid.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.errors import InputError
from shapefield.events import counted
from shapefield.mending.carrying import colours_at, vertex_normals
from shapefield.mesh.model import Mesh
from shapefield.solid import Solid
from shapefield.solid.model import FaceOrigin, Kind, Origin
from shapefield.solid.separating import separated
from shapefield.surface.components import keep_largest


def kept(solid: Solid, largest: bool = False) -> Mesh:
    """The solid's surface in the input's order: its faces first, in theirs; vertices that are new come last."""
    mesh = in_order(solid)
    return keep_largest(mesh) if largest else mesh


def in_order(solid: Solid) -> Mesh:
    """`kept`, with all components."""
    if solid.mesh is solid.original:
        return solid.mesh
    owner = owners(solid)
    turned = _as_given(solid, owner)
    source = solid.origin.face
    rank = np.where(source >= 0, source, len(solid.original.faces))
    order = np.argsort(rank, kind="stable")
    number = len(solid.original.vertices)
    _, first = np.unique(owner, return_index=True)
    key = number + np.arange(len(owner))
    key[first] = np.where(owner[first] >= 0, owner[first], key[first])
    place = np.argsort(key, kind="stable")
    index = np.empty(len(place), dtype=np.int64)
    index[place] = np.arange(len(place))
    mesh = Mesh(solid.mesh.vertices[place], index[turned[order]], unit=solid.mesh.unit, name=solid.mesh.name)
    over = np.zeros(len(owner), dtype=bool)
    over[solid.mesh.faces[solid.origin.made == FaceOrigin.TURNED]] = True
    return _dressed(mesh, solid.original, owner[place], over[place])


def owners(solid: Solid) -> np.ndarray:
    """(n,) int64: the input's vertex that each vertex is, by the faces that have both, -1 for one that is new."""
    number = len(solid.original.vertices)
    owner = np.full(len(solid.mesh.vertices), number)
    rows = np.flatnonzero(solid.origin.face >= 0)
    corners, given = solid.mesh.faces[rows], solid.original.faces[solid.origin.face[rows]]
    for mine in range(3):
        for theirs in range(3):
            here, there = corners[:, mine], given[:, theirs]
            same = (solid.mesh.vertices[here] == solid.original.vertices[there]).all(axis=1)
            np.minimum.at(owner, here[same], there[same])
    return np.where(owner < number, owner, -1)


def _as_given(solid: Solid, owner: np.ndarray) -> np.ndarray:
    """The solid's faces (m, 3), those that are the input's own begun at the corner that these begin at."""
    faces = solid.mesh.faces.copy()
    rows = np.flatnonzero((solid.origin.made <= FaceOrigin.TURNED) & (solid.origin.face >= 0))
    begun = solid.original.vertices[solid.original.faces[solid.origin.face[rows], 0]]
    same = (solid.mesh.vertices[faces[rows]] == begun[:, None]).all(axis=2)
    start = np.where(same.any(axis=1), same.argmax(axis=1), 0)
    faces[rows] = np.take_along_axis(faces[rows], (start[:, None] + np.arange(3)) % 3, axis=1)
    return faces


def _dressed(mesh: Mesh, given: Mesh, owner: np.ndarray, over: np.ndarray) -> Mesh:
    """With the input's colours and normals. owner : (n,) the input's vertex, or -1;  over : (n,) of turned faces."""
    own = owner >= 0
    colors = normals = None
    if given.colors is not None:
        colors = given.colors[np.maximum(owner, 0)]
        if not own.all():
            colors[~own] = colours_at(given, given.colors, mesh.vertices[~own])
    if given.normals is not None:
        normals = vertex_normals(mesh)
        right = own & ~over
        normals[right] = given.normals[owner[right]]
    return replace(mesh, colors=colors, normals=normals)


def require_kept(solid: Solid) -> None:
    """Raise InputError where a part of the solid is not made of the input's own triangles."""
    made = solid.origin.made
    if (made < FaceOrigin.GRID).all():
        return
    what = "a solid" if (made == FaceOrigin.THICKENED).any() else "faces that can be cut where they cross"
    got = "open sheets, to which a thickness must be given"
    if (made == FaceOrigin.GRID).any():
        parts = sum(1 + one.more for one in solid.record if one.kind == Kind.GRID)
        got = f"{counted(max(parts, 1), 'part')} that can only be sampled"
    remedy = "--mode auto does that, and keeps all else"
    raise InputError(f"{solid.original.name}: expected {what}, got {got} ({solid.reason}): {remedy}")


def left_open(solid: Solid) -> Solid:
    """The solid without the patches that closed its holes: no solid any more, but all else of it is mended."""
    rows = solid.origin.made != FaceOrigin.PATCHED
    if rows.all():
        return solid
    vertices, faces = separated(solid.mesh.vertices, solid.mesh.faces[rows])
    used, index = np.unique(faces, return_inverse=True)
    surface = replace(solid.mesh, vertices=vertices[used], faces=index.reshape(-1, 3))
    origin = Origin(solid.origin.face[rows], solid.origin.made[rows])
    record = tuple(one for one in solid.record if one.kind != Kind.HOLE)
    repairs = replace(solid.repairs, holes_closed=0, hole_area=0.0)
    exact = SurfaceDistance(solid.similarity.to_unit(surface.vertices), surface.faces, solid.backend)
    return replace(solid, mesh=surface, exact=exact, origin=origin, record=record, repairs=repairs)
