"""A second opinion on the side: parity of crossings along rays. Reported, never used; single rays slip through."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.mesh.model import Similarity
from shapefield.mesh.welding import groups_of_equal_faces
from shapefield.solid.model import Solid

RAYS = 5
MOST_FACES = 1_000_000
"""Faces above which nobody is asked: the tree alone would take longer than the solid."""


def disagreement(solid: Solid, points: int = 1000, seed: int = 0) -> float | None:
    """Share of random points of the original mesh's box where most of 5 rays call the side otherwise than the solid.

    The rays meet the mesh as it was given, so on an open or layered mesh this says how far parity could be trusted.
    None for a mesh above `MOST_FACES`.
    """
    if len(solid.original.faces) > MOST_FACES:
        return None
    generator = np.random.Generator(np.random.PCG64(seed))
    surface, frame = _as_given(solid)
    low, high = frame.to_unit(solid.original.bounds)
    where = np.repeat(generator.uniform(low, high, (points, 3)), RAYS, axis=0)
    direction = generator.standard_normal(where.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    crossings = (
        np.zeros(len(where), dtype=np.int64) if surface is None else surface.hierarchy.crossings(where, direction)
    )
    odd = (crossings % 2).reshape(points, RAYS)
    inside = solid.inside(frame.to_input(where[::RAYS]))
    return float(((odd.sum(axis=1) > RAYS // 2) != inside).mean())


def _as_given(solid: Solid) -> tuple[SurfaceDistance | None, Similarity]:
    """The original mesh's surface, and the similarity to its frame.

    A face that is stored several times is there once, or not at all if that is an even number, which parity does not
    see; None where no face is left.
    """
    if solid.mesh is solid.original:
        return solid.exact, solid.similarity
    frame, faces = solid.original.similarity(), solid.original.faces
    first, group = groups_of_equal_faces(faces)
    faces = faces[first[np.bincount(group) % 2 == 1]]
    if not len(faces):
        return None, frame
    return SurfaceDistance(frame.to_unit(solid.original.vertices), faces, solid.backend), frame
