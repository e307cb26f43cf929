"""Samples in the layouts that the field's own loaders read: DeepSDF's, and that of occupancy networks.

Every file states its frame: x_layout = (x - center) * scale, in which it keeps the numbers that its loader expects.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import numpy as np

from shapefield.config import DEEPSDF, OCCUPANCY, SamplingConfig
from shapefield.events import Event
from shapefield.mesh.model import UNIT_RADIUS, Similarity
from shapefield.mesh.surface_points import on_surface
from shapefield.sampling import draw
from shapefield.solid import Solid
from shapefield.storage.arrays import write_npz
from shapefield.storage.files import check_replaceable

SAMPLES, PARAMETERS = "SdfSamples", "NormalizationParameters"
"""DeepSDF's two folders: a file in the first has a twin in the second, by which its frame is left again."""
BUFFER = 1.03
"""DeepSDF: the farthest vertex is at 1/BUFFER (its PreprocessMesh)."""
PADDED = 1.1
"""Occupancy networks: points fill a cube of this side, the mesh's longest side being 1 (their sample_mesh.py)."""
PIECE = 1 << 18


def beside(layout: str, path: str | Path) -> Path | None:
    """The second file that the layout wants for one at `path`, if any."""
    place = Path(path)
    if layout == OCCUPANCY:
        return place.with_name("pointcloud.npz")
    if layout == DEEPSDF and SAMPLES in place.parts:
        at = len(place.parts) - 1 - place.parts[::-1].index(SAMPLES)
        return Path(*place.parts[:at], PARAMETERS, *place.parts[at + 1 :])
    return None


def write_deepsdf(
    solid: Solid, config: SamplingConfig, seed: int, path: Path, source: str | Path, force: bool = False
) -> Generator[Event, None, int]:
    """Draw samples and write `pos` and `neg`, (n, 4) float32 of x, y, z and signed distance; returns how many.

    Frame: the box's centre at 0, the farthest vertex at 1/1.03. What lies on the surface counts to `pos`.
    Raises OutputError.
    """
    samples = yield from draw(solid, config, seed)
    rescaled = 1.0 / (BUFFER * UNIT_RADIUS)
    frame = Similarity(solid.similarity.center, solid.similarity.scale * rescaled)
    on = np.zeros(len(samples.surface), dtype=np.float32)
    points = np.concatenate([samples.surface, samples.near, samples.uniform])
    distance = np.concatenate([on, samples.near_distance, samples.uniform_distance])
    rows = (np.concatenate([points, distance[:, None]], axis=1) * rescaled).astype(np.float32)
    stated = _stated(frame, "pos, neg: x, y, z and signed distance")
    write_npz(path, {"pos": rows[rows[:, 3] >= 0], "neg": rows[rows[:, 3] < 0]} | stated, source)
    twin = beside(DEEPSDF, path)
    if twin is not None:  # DeepSDF leaves its frame by x / scale - offset
        check_replaceable(twin, force, source)
        offset = {"offset": -frame.center, "scale": np.asarray(frame.scale)}
        write_npz(twin, offset, source)
    return len(rows)


def write_occupancy(
    solid: Solid, count: int, seed: int, path: Path, source: str | Path, force: bool = False
) -> Generator[Event, None, int]:
    """Draw `count` points of the cube with their sides, and as many on the surface with normals; returns both.

    points.npz     : points (n, 3) float32 uniform in [-0.55, 0.55]³, occupancies packed, 8 to a byte, loc (3,), scale
    pointcloud.npz : points and normals (n, 3) float32, loc, scale
    Frame: x_layout = (x - loc) / scale, the box's centre at 0 and its longest side 1. Raises OutputError.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    low, high = solid.mesh.bounds
    longest = float((high - low).max())
    frame = Similarity(low + 0.5 * (high - low), 1.0 / longest)
    points = (PADDED * (generator.random((count, 3)) - 0.5)).astype(np.float32)
    inside = np.empty(count, dtype=bool)
    for start in range(0, count, PIECE):
        part = slice(start, start + PIECE)
        unit = solid.similarity.to_unit(frame.to_input(points[part]))
        inside[part] = (yield from solid.exact.signed_in_steps(unit, "samples")) < 0
    surface, face = on_surface(solid.mesh, count, generator)
    stated = {"loc": frame.center, "scale": np.asarray(longest)}
    write_npz(path, {"points": points, "occupancies": np.packbits(inside)} | stated, source)
    twin = beside(OCCUPANCY, path)
    assert twin is not None
    check_replaceable(twin, force, source)
    cloud = {"points": frame.to_unit(surface), "normals": solid.mesh.normals_of(face)}
    write_npz(twin, {name: array.astype(np.float32) for name, array in cloud.items()} | stated, source)
    return 2 * count


def _stated(frame: Similarity, what: str) -> dict[str, np.ndarray]:
    about = f"{what}, in the frame to which (x - center) * scale takes the input's points"
    return {"center": frame.center, "scale": np.asarray(frame.scale), "about": np.asarray(about)}
