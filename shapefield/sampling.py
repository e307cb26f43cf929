"""Mesh → samples: on the surface, near it at two scales, and all over the box; each kind an array of its own.

Frame: the unit frame, box [-1, 1]³. Signed distances are exact and negative inside.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shapefield.config import SamplingConfig, affordable_samples
from shapefield.events import Event
from shapefield.mesh.model import Similarity
from shapefield.mesh.surface_points import on_surface
from shapefield.solid import Solid
from shapefield.storage.arrays import write_npz


@dataclass(frozen=True)
class Mix:
    """Shares of surface, near and uniform points, and the two standard deviations of the near ones, unit lengths."""

    surface: float
    near: float
    uniform: float
    deviations: tuple[float, float]


MIXES = {
    "instant-ngp": Mix(4 / 8, 3 / 8, 1 / 8, (0.02, 0.004)),
    "balanced": Mix(1 / 8, 5 / 8, 2 / 8, (0.02, 0.004)),
    "deepsdf": Mix(0.0, 0.94, 0.06, (0.005**0.5, 0.0005**0.5)),
}
"""Instant-NGP's shares (Müller et al. 2022, §5.2) with scales of ours; DeepSDF's shares and variances (its code).

"balanced" is ours: where half of the samples are zeros, the median that L1 asks for is zero all around the surface,
and a field goes flat there (a small hash grid: median slope 0.0, balanced 0.8) or is slow to leave zero at all.
"""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Samples:
    """Points and signed distances, all float32, unit frame.

    surface (s, 3) with outward face normals (s, 3); near (k, 3) with near_distance (k,);
    uniform (u, 3) with uniform_distance (u,)
    """

    surface: np.ndarray
    normals: np.ndarray
    near: np.ndarray
    near_distance: np.ndarray
    uniform: np.ndarray
    uniform_distance: np.ndarray

    def __len__(self) -> int:
        return len(self.surface) + len(self.near) + len(self.uniform)

    def __repr__(self) -> str:
        kinds = ", ".join(f"{len(getattr(self, name)):,} {name}" for name in ("surface", "near", "uniform"))
        return f"<{type(self).__name__}: {kinds}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InputSamples(Samples):
    """Samples in the input's units and pose: points float64, which lose nothing far from the origin, the rest float32.

    similarity : what takes the points to the unit frame: x_unit = (x - center) · scale
    """

    similarity: Similarity


ABOUT = (
    "surface, near, uniform: points in the input's frame, in {0}; normals: outward, of the points of surface; "
    "near_distance, uniform_distance: exact signed distances in {0}, negative inside; "
    "(x - center) * scale takes a point to the unit frame, in which the bounding sphere has a radius of 0.95"
)

PIECE = 1 << 18
"""Samples that are worked on at a time in double precision: what they take while they are drawn stays bounded."""


def draw(solid: Solid, config: SamplingConfig, seed: int = 0, level: float = 0.0) -> Generator[Event, None, Samples]:
    """Draw `config.samples` samples of the solid by the chosen mix; the same seed gives the same samples.

    level : of the surface that is wanted, unit lengths: where it is not 0, half of the near points lie near that one
    """
    mix = MIXES[config.mix or "instant-ngp"]
    generator = np.random.Generator(np.random.PCG64(seed))
    count = config.samples or affordable_samples(None)
    near_count, uniform_count = round(count * mix.near), round(count * mix.uniform)
    surface_count = count - near_count - uniform_count
    mesh = solid.mesh.transformed(solid.similarity)
    shapes = {"surface": (surface_count, 3), "normals": (surface_count, 3), "near": (near_count, 3)}
    shapes |= {"near_distance": (near_count,), "uniform": (uniform_count, 3), "uniform_distance": (uniform_count,)}
    found = Samples(**{name: np.empty(shape, dtype=np.float32) for name, shape in shapes.items()})
    area = np.cumsum(mesh.face_areas)
    for part in _pieces(surface_count):
        found.surface[part], face = on_surface(mesh, surface_count, generator, part, area)
        found.normals[part] = mesh.normals_of(face)
    for part in _pieces(near_count):
        start, _ = on_surface(mesh, near_count, generator, part, area)
        number = np.arange(part.start, part.stop)
        if level:
            start[number % 4 >= 2] = at_level(solid, start[number % 4 >= 2], level, generator)
        spread = np.where(number % 2 == 0, *mix.deviations)
        found.near[part] = (start + generator.standard_normal(start.shape) * spread[:, None]).clip(-1.0, 1.0)
    for part in _pieces(uniform_count):
        found.uniform[part] = generator.uniform(-1.0, 1.0, (part.stop - part.start, 3))
    for points, distance in ((found.near, found.near_distance), (found.uniform, found.uniform_distance)):
        for part in _pieces(len(points)):
            distance[part] = yield from solid.exact.signed_in_steps(points[part], "samples")
    return found


def in_input_units(samples: Samples, similarity: Similarity) -> InputSamples:
    """Samples of the unit frame in the frame that `similarity` leads from; distances there, negative inside."""

    def moved(points: np.ndarray) -> np.ndarray:
        found = np.empty(points.shape)
        for part in _pieces(len(points)):
            found[part] = similarity.to_input(points[part])
        return found

    return InputSamples(
        moved(samples.surface),
        samples.normals,
        moved(samples.near),
        (samples.near_distance / similarity.scale).astype(np.float32),
        moved(samples.uniform),
        (samples.uniform_distance / similarity.scale).astype(np.float32),
        similarity,
    )


def _pieces(count: int) -> list[slice]:
    return [slice(first, min(first + PIECE, count)) for first in range(0, count, PIECE)]


def at_level(solid: Solid, start: np.ndarray, level: float, generator: np.random.Generator) -> np.ndarray:
    """For points (n, 3) on the surface, unit frame, as many on the surface {d = level}, its round edges included.

    From a point at random around each one the nearest point of the surface, and from there straight out by the level.
    """
    direction = generator.standard_normal(start.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    away = start + 1.5 * abs(level) * direction
    nearest = solid.exact.closest(away)
    outward = np.where(solid.exact.inside(away), -1.0, 1.0) / np.maximum(nearest.distance, 1e-12)
    return nearest.point + level * outward[:, None] * (away - nearest.point)


def coarse_grid(solid: Solid, nodes: int) -> Generator[Event, None, np.ndarray]:
    """Exact signed distances (nodes, nodes, nodes) float32 at linspace(-1, 1, nodes) of x, y, z, unit frame."""
    axis = np.linspace(-1.0, 1.0, nodes)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    distances = yield from solid.exact.signed_in_steps(points, "samples")
    return distances.reshape(nodes, nodes, nodes).astype(np.float32)


def save_npz(
    samples: InputSamples, path: str | Path, unit: str | None = None, source: str | Path | None = None
) -> None:
    """Write the arrays of `Samples` by name, center (3,) and scale, the unit's label, and `about`, which says it all.

    Raises OutputError.
    """
    arrays = {name: getattr(samples, name) for name in Samples.__slots__}
    arrays |= {"center": samples.similarity.center, "scale": np.asarray(samples.similarity.scale)}
    write_npz(
        path,
        arrays | {"unit": np.asarray(unit or ""), "about": np.asarray(ABOUT.format(unit or "input units"))},
        source,
    )
