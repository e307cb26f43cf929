"""A photo-like scene with known truth from any mesh: what makes real photographs hard, and nothing held back.

The mesh stands on a patterned floor in a painted hall, its shadow on the floor; the lens distorts, every picture has
its own exposure and tint, the sensor is noisy, the files are JPEGs without alpha. Instant-NGP's layout: one
transforms.json, no splits, no box. World units and frame are the mesh's own; R is its bounding radius.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shapefield.events import Event, Notice, Progress, Stage
from shapefield.mesh.model import Mesh, Similarity
from shapefield.nerf.cameras import Camera, looking_at
from shapefield.nerf.raycast import Caster
from shapefield.nerf.shading import LAMP, corner_normals, pattern, shade
from shapefield.nerf.synthetic import middle_depth, prepared, supersampled
from shapefield.nerf.synthetic_config import DatasetConfig
from shapefield.storage.arrays import write_npy
from shapefield.storage.files import writing
from shapefield.storage.mark import marked

DISTORTION = (-0.11, 0.03, 0.0012, -0.0008)
"""k1, k2, p1, p2: a wide lens of a telephone before any correction."""
FOCAL = 1.1
"""Focal length as a share of the picture's width."""
HALL = 7.0
"""Radius of the painted hall, in R."""
EXPOSURE, TINT, NOISE = 0.2, 0.04, 0.01
"""Standard deviations: of the log gain of a picture, of each channel's beside it, of a pixel's noise."""
SHADOW = 0.55
"""Light on the floor where the lamp does not reach, as a share."""


@dataclass(frozen=True, slots=True, eq=False)
class Stand:
    """The mesh on its floor.

    normals : (m, 3, 3) at the corners of its faces;  similarity : world → R = 1;  floor : height of the plane
    """

    mesh: Mesh
    caster: Caster
    normals: np.ndarray
    similarity: Similarity
    floor: float

    @classmethod
    def of(cls, mesh: Mesh) -> Stand:
        """The mesh on the plane through its lowest vertex."""
        return cls(mesh, Caster(mesh), corner_normals(mesh), mesh.similarity(), float(mesh.bounds[0][2]))


def cameras_of(mesh: Mesh, config: DatasetConfig) -> list[Camera]:
    """`views` cameras walked around the mesh by hand: heights from 10 to 60 degrees, distance and aim a little off."""
    similarity, generator = mesh.similarity(), np.random.default_rng(config.seed)
    radius, count = similarity.radius, config.views
    height = config.size * 3 // 4
    result = []
    for k in range(count):
        rise = np.radians(10.0 + 50.0 * ((0.618034 * k) % 1.0))
        turn = 2.0 * np.pi * (k + 0.3 * generator.normal()) / count * 2.0
        direction = np.array([np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)])
        position = similarity.center + radius * (3.0 + 0.2 * generator.normal()) * direction
        pose = looking_at(position, similarity.center + 0.08 * radius * generator.normal(size=3))
        focal = FOCAL * config.size
        size = (config.size / 2, height / 2, config.size, height)
        result.append(Camera(pose, focal, focal, *size, DISTORTION))
    return result


def light(stand: Stand, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """(n, 3) float32 colours in [0, 1] of what n rays meet: the mesh, the floor, or the hall."""
    hits = stand.caster.cast(origins, directions)
    distance = hits.distance.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        down = (stand.floor - origins[:, 2]) / directions[:, 2]
    center, hall = stand.similarity.center, HALL * stand.similarity.radius
    along = ((center - origins) * directions).sum(axis=1)
    off2 = ((center - origins) ** 2).sum(axis=1) - along**2
    wall = along + np.sqrt(np.maximum(hall**2 - off2, 0.0))
    on_floor = (directions[:, 2] < 0) & (down < np.minimum(distance, wall))
    on_mesh = (hits.face >= 0) & ~on_floor
    result = np.empty((len(origins), 3), dtype=np.float32)
    some = type(hits)(hits.distance[on_mesh], hits.face[on_mesh], hits.barycentric[on_mesh])
    result[on_mesh] = shade(stand.mesh, stand.normals, some, directions[on_mesh])
    result[on_floor] = _floor(stand, origins[on_floor] + down[on_floor, None] * directions[on_floor])
    far = ~(on_mesh | on_floor)
    result[far] = _hall((origins[far] + wall[far, None] * directions[far] - center) / hall)
    return result


def _floor(stand: Stand, points: np.ndarray) -> np.ndarray:
    """(n, 3) points of the floor → colours: soft tiles, darker in the mesh's shadow."""
    x, y = 2.2 * stand.similarity.to_unit(points)[:, :2].T
    tiles = 0.5 + 0.5 * np.tanh(4.0 * np.sin(np.pi * x) * np.sin(np.pi * y))
    base = tiles[:, None] * [0.72, 0.66, 0.55] + (1.0 - tiles[:, None]) * [0.38, 0.42, 0.45]
    lamp = np.broadcast_to(LAMP / np.linalg.norm(LAMP), points.shape)
    lifted = points + 1e-4 * stand.similarity.radius * lamp
    dark = stand.caster.cast(lifted, lamp).face >= 0
    return base * np.where(dark, SHADOW, 1.0)[:, None]


def _hall(unit: np.ndarray) -> np.ndarray:
    """(n, 3) unit vectors → the hall's paint there: the mesh's own kind of pattern, larger, paler above."""
    share = 0.5 + 0.5 * np.clip(unit[:, 2:], -1.0, 1.0)
    return 0.55 * pattern(0.8 * unit) + 0.45 * (share * [0.75, 0.85, 1.0] + (1.0 - share) * [0.5, 0.45, 0.4])


def photograph(stand: Stand, camera: Camera, supersample: int, generator: np.random.Generator) -> np.ndarray:
    """(h, w, 3) uint8: the camera's picture with an exposure, a tint and noise of its own."""
    seen = supersampled(camera, supersample, lambda origins, directions: light(stand, origins, directions))
    gain = np.exp(EXPOSURE * generator.normal() + TINT * generator.normal(size=3))
    noisy = seen * gain + NOISE * generator.normal(size=seen.shape)
    return (np.clip(noisy, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)


def make(
    mesh: Mesh, folder: Path, config: DatasetConfig | None = None, force: bool = False, source: str | Path | None = None
) -> Generator[Event, None, Path]:
    """Write the scene into `folder` and return it. OutputError if the folder holds something, unless `force`."""
    config = config or DatasetConfig(photo=True)
    folder = Path(folder)
    places = [place for k in range(config.views) for place in (f"images/{k:04d}.jpg", f"depth/{k:04d}.npy")]
    with prepared(folder, ["transforms.json", *places], force, source) as told:
        yield from map(Notice, told)
        yield from _taken(mesh, folder, config, source)
    return folder


def _taken(mesh: Mesh, folder: Path, config: DatasetConfig, source: str | Path | None) -> Generator[Event, None, None]:
    from PIL import Image

    yield Stage("dataset", f"{config.views} photographs of {mesh.name}")
    stand, generator = Stand.of(mesh), np.random.default_rng(config.seed)
    cameras = cameras_of(mesh, config)
    frames = []
    for index, camera in enumerate(cameras):
        name = f"{index:04d}"
        with writing(folder / f"images/{name}.jpg") as file:
            taken = Image.fromarray(photograph(stand, camera, config.supersample, generator))
            taken.save(file, "JPEG", quality=92, comment=marked(folder / f"images/{name}.jpg", source))
        write_npy(folder / f"depth/{name}.npy", middle_depth(stand.caster, camera), source)
        frames.append({
            "file_path": f"images/{name}.jpg",
            "depth_file_path": f"depth/{name}.npy",
            "transform_matrix": camera.pose.tolist(),
        })  # fmt: skip
        yield Progress("dataset", index + 1, len(cameras))
    first = cameras[0]
    content = {
        "made": marked(folder / "transforms.json", source),
        "w": first.width, "h": first.height, "fl_x": first.fx, "fl_y": first.fy, "cx": first.cx, "cy": first.cy,
        **dict(zip(("k1", "k2", "p1", "p2"), first.distortion, strict=True)), "depth_kind": "ray", "frames": frames,
    }  # fmt: skip
    with writing(folder / "transforms.json", "w") as file:
        json.dump(content, file, indent=1)
