"""A partial scan made whole: the family's code for it, free space where the camera saw through, the scan kept."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np

from shapefield.errors import UsageError
from shapefield.events import Event
from shapefield.families.codedfield import CodedField
from shapefield.families.familyfile import FamilyContents
from shapefield.families.measured import WIDTH, Measured, outward_normals
from shapefield.families.partfit import STEPS
from shapefield.families.partial import Partial
from shapefield.families.unseen import of_points
from shapefield.mesh.model import Mesh

RAYS = 4_000
"""Of the camera to measured points, along which space is known to be free."""
ON_A_RAY = 3
BEFORE = 0.03
"""Share of the scan's radius that free points keep from the measured ones."""
FRONT, CLEARLY = 0.15, 0.8
"""How far in front of measured points space is taken to be free, in the scan's radii, where no measured point lies
nearer than this share of the way."""
MEASURED, INVENTED = (168, 178, 190), (232, 140, 60)
"""Colours of the surface where it was measured, and where the family invented it."""


def complete(
    family: FamilyContents,
    partial: Partial,
    camera: np.ndarray | None = None,
    keep: bool = False,
    width: float = WIDTH,
    steps: int = STEPS,
    seed: int = 0,
) -> Generator[Event, Any, CodedField]:
    """The field of which `partial` is a part, as a job.

    Where the scan has normals, the space in front of its points is taken to be free: they were seen from there.

    camera : (3,) where the scan was taken from, input units: between it and the points nothing is
    keep   : the surface goes through the measured points, blended over `width`, bounding radii of the whole
    """
    if family.method.value != "distance":
        raise UsageError(
            f"complete: expected a family of distances, got {family.method.name}: fit one with --model grid or deepsdf"
        )
    if not 0 < width <= 1:
        raise UsageError(f"width: expected above 0 and at most 1, got {width:g}")
    free = [] if camera is None else [_free(partial.points, camera, seed)]
    if partial.normals is not None:
        free.append(_in_front(partial.points, partial.normals, seed))
    found = yield from of_points(family, partial, np.concatenate(free) if free else None, steps, seed)
    points = found.pose.to_family(partial.points)
    normals = None if partial.normals is None else partial.normals @ found.pose.rotation.T
    if normals is None:
        seen_from = None if camera is None else found.pose.to_family(camera[None])[0]
        normals = outward_normals(points, found.frozen.gradient, seen_from)
    return replace(found, measured=Measured(points, normals, width), keep=keep)


def _free(points: np.ndarray, camera: np.ndarray, seed: int) -> np.ndarray:
    """(m, 3) points between the camera and some of the measured ones, near these above all."""
    generator = np.random.Generator(np.random.PCG64(seed))
    radius = Mesh(points, np.zeros((0, 3), np.int64)).similarity().radius
    ends = points[generator.permutation(len(points))[:RAYS]].repeat(ON_A_RAY, axis=0)
    back = camera - ends
    length = np.linalg.norm(back, axis=1)
    ends, back, length = ends[length > 0], back[length > 0], length[length > 0]
    reach = np.minimum(length, 2 * radius)
    least = np.minimum(BEFORE * radius, 0.5 * reach)
    away = least + (reach - least) * generator.random(len(ends)) ** 2
    return ends + back * (away / length)[:, None]


def _in_front(points: np.ndarray, normals: np.ndarray, seed: int) -> np.ndarray:
    """(m, 3) points in front of the measured ones, which were seen from there, where nothing else was measured near."""
    from scipy.spatial import KDTree

    generator = np.random.Generator(np.random.PCG64(seed))
    radius = Mesh(points, np.zeros((0, 3), np.int64)).similarity().radius
    rows = generator.permutation(len(points))[: ON_A_RAY * RAYS]
    away = FRONT * radius * generator.random(len(rows))
    found = points[rows] + away[:, None] * normals[rows]
    return found[KDTree(points).query(found)[0] > CLEARLY * away]


def marked(mesh: Mesh, field: CodedField) -> tuple[Mesh, np.ndarray, float]:
    """The mesh coloured by where it was measured; how far each vertex is invented (n,) float32; the surface's share.

    0 is measured, 1 invented; the share is of the area.
    """
    assert field.measured is not None
    invented = field.measured.invented(field.pose.to_family(mesh.vertices)).astype(np.float32)
    colours = np.rint(np.outer(1 - invented, MEASURED) + np.outer(invented, INVENTED)).astype(np.uint8)
    of_faces = invented[mesh.faces].mean(axis=1)
    share = float((of_faces * mesh.face_areas).sum() / max(mesh.face_areas.sum(), 1e-300))
    return replace(mesh, colors=colours), invented, share
