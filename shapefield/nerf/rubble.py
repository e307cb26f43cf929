"""Whether an exported mesh is what the cameras saw, or rubble: torn sheets of fog that happen to be closed.

A closed, manifold mesh of a field that learnt no surface says nothing wrong of itself. Two shares tell it from a
surface: of the cameras' rays that stop in the box, those that the mesh stops at the same place; and of the mesh's area,
what two cameras see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.mesh.surface_points import on_surface
from shapefield.nerf.cameras import Camera, in_sight, rays, resized
from shapefield.nerf.raycast import Caster
from shapefield.nerf.result import NerfResult
from shapefield.nerf.views import picture

VIEWS = 12
"""Cameras that are asked, at most."""
SIDE = 64
"""Pixels of the longer side of what they see."""
POINTS = 3000
"""Points of the mesh's surface that are looked for in their pictures."""
NEAR = 0.02
"""Of the box's edge: how far from where a ray stops the mesh may stop it."""
SOLID = 0.5
"""Opacity from which on a ray stops somewhere."""
AGREED, SEEN = 0.5, 0.25
"""Shares below which a mesh is rubble; docs/decisions/nerf.md has what was measured."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """agreed : share of the stopping rays that the mesh stops at the same place, 0 without such a ray;
    seen : share of the mesh's area that two of the cameras see"""

    agreed: float
    seen: float

    @property
    def is_rubble(self) -> bool:
        """Whether the mesh shows little of what the cameras saw, or mostly what none of them saw."""
        return self.agreed < AGREED or self.seen < SEEN

    def line(self) -> str:
        """What is told of it, one line."""
        return (
            f"the mesh is rubble: it stands where {self.agreed:.0%} of the cameras' rays stop, and two cameras see "
            f"{self.seen:.0%} of it: train longer, take more pictures from all around, or cut with --crop"
        )


def judged(result: NerfResult, mesh: Mesh) -> Judgement | None:
    """How well a mesh in the dataset's frame is what the training cameras saw; None for runs that know none of them."""
    if not result.cameras or not len(mesh.faces):
        return None
    chosen = np.unique(np.linspace(0, len(result.cameras) - 1, VIEWS).round().astype(int))
    cameras = [_small(result.cameras[k]) for k in chosen]
    caster, edge = Caster(mesh), 2.0 / result.similarity.scale
    return Judgement(_agreed(result, cameras, caster, edge), _seen(mesh, cameras, caster, edge))


def _small(camera: Camera) -> Camera:
    scale = max(1.0, max(camera.width, camera.height) / SIDE)
    return resized(camera, max(1, round(camera.width / scale)), max(1, round(camera.height / scale)))


def _agreed(result: NerfResult, cameras: Sequence[Camera], caster: Caster, edge: float) -> float:
    """Share of the rays that stop in the box which the mesh stops within NEAR of there."""
    close = stopping = 0
    for camera in cameras:
        seen = picture(result, camera)
        origins, directions = rays(camera)
        far = seen.depth.reshape(-1).astype(np.float64)
        ends = result.similarity.to_unit(origins + far[:, None] * directions)
        stops = (seen.opacity.reshape(-1) > SOLID) & (np.abs(ends) < 1.0).all(axis=1)
        hits = caster.cast(origins[stops], directions[stops]).distance
        close += int((np.abs(hits - far[stops]) < NEAR * edge).sum())
        stopping += int(stops.sum())
    return close / stopping if stopping else 0.0


def _seen(mesh: Mesh, cameras: Sequence[Camera], caster: Caster, edge: float) -> float:
    """Share of the area that at least two cameras see, by points that are spread over it."""
    points, _ = on_surface(mesh, POINTS, np.random.default_rng(0))
    count = np.zeros(len(points), dtype=np.int32)
    for camera in cameras:
        inside = in_sight(camera, points)[0]
        offsets = points[inside] - camera.position
        away = np.linalg.norm(offsets, axis=1)
        origins = np.broadcast_to(camera.position, offsets.shape)
        first = caster.cast(np.ascontiguousarray(origins), offsets / away[:, None]).distance
        count[inside[first > away - 0.1 * NEAR * edge]] += 1
    return float((count >= 2).mean())
