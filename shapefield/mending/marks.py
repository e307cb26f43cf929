"""What was done where, as a mesh in colours."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.mesh.model import Mesh
from shapefield.solid import Solid
from shapefield.solid.model import FaceOrigin

COLOURS = {
    "kept": (205, 205, 205),
    "turned": (38, 139, 210),
    "united": (240, 160, 30),
    "patched": (220, 50, 47),
    "sampled": (140, 90, 200),
    "removed": (30, 30, 30),
}
"""What was done to a face → its RGB. "united" are the pieces of faces that crossed others and were cut there."""
MARK_OF = {
    FaceOrigin.KEPT: "kept",
    FaceOrigin.TURNED: "turned",
    FaceOrigin.CUT: "united",
    FaceOrigin.PATCHED: "patched",
    FaceOrigin.GRID: "sampled",
    FaceOrigin.THICKENED: "sampled",
}
NEAR = 0.02
"""How far, in R, a face may lie from a surface that was sampled, or beyond a sheet's thickness, and be part of it."""
SAME = 1e-6
"""How near, in R, a face lies to one that covers it."""


def marked(solid: Solid) -> Mesh:
    """The faces of the solid and those of its input that are gone, each in one colour, none sharing a vertex with a
    face of another."""
    pieces = [(solid.mesh.vertices, solid.mesh.faces[mask], name) for name, mask in _masks(solid)]
    gone = removed(solid)
    pieces.append((solid.original.vertices, solid.original.faces[gone], "removed"))
    vertices, faces, colours, there = [], [], [], 0
    for places, corners, name in pieces:
        used, index = np.unique(corners, return_inverse=True)
        vertices.append(places[used])
        faces.append(index.reshape(-1, 3) + there)
        colours.append(np.full((len(used), 3), COLOURS[name], dtype=np.uint8))
        there += len(used)
    return Mesh(
        np.concatenate(vertices),
        np.concatenate(faces),
        np.concatenate(colours),
        unit=solid.mesh.unit,
        name=f"marks of {solid.mesh.name}",
    )


def counts(solid: Solid) -> dict[str, int]:
    """How many faces have each of the marks."""
    found = dict.fromkeys(COLOURS, 0)
    for name, mask in _masks(solid):
        found[name] += int(mask.sum())
    found["removed"] = int(removed(solid).sum())
    return found


def removed(solid: Solid) -> np.ndarray:
    """(m,) bool: the input's faces of which nothing is left, and which no other face covers or stands for."""
    gone = np.ones(len(solid.original.faces), dtype=bool)
    gone[solid.origin.face[solid.origin.face >= 0]] = False
    if not gone.any() or solid.mesh is solid.original:
        return gone & (solid.mesh is not solid.original)
    centres = solid.original.triangles[gone].mean(axis=1)
    surface = SurfaceDistance(solid.similarity.to_unit(solid.mesh.vertices), solid.mesh.faces, solid.backend)
    found = surface.closest(solid.similarity.to_unit(centres))
    sampled = solid.origin.made[found.face] >= FaceOrigin.GRID
    reach = np.where(sampled, NEAR + solid.repairs.thickened_by * solid.similarity.scale, SAME)
    gone[gone] = found.distance > reach
    return gone


def _masks(solid: Solid) -> list[tuple[str, np.ndarray]]:
    return [(MARK_OF[made], solid.origin.made == made) for made in FaceOrigin]
