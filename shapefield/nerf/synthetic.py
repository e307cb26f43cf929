"""A scene with known truth from any mesh: RGBA pictures, depth along the ray, poses, three splits; Blender's layout.

World units and frame are the mesh's own, so what is exported from the trained model lies on the mesh.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import numpy as np

from shapefield.errors import OutputError
from shapefield.events import Event, Notice, Progress, Stage
from shapefield.mesh.model import Mesh
from shapefield.nerf.cameras import Camera, looking_at, rays
from shapefield.nerf.forecasting import require_cast
from shapefield.nerf.raycast import Caster
from shapefield.nerf.shading import corner_normals, shade
from shapefield.nerf.synthetic_config import DatasetConfig
from shapefield.storage.arrays import write_npy
from shapefield.storage.files import check_outputs, lock, writing
from shapefield.storage.mark import marked
from shapefield.storage.png import write_png

ANGLE_X = 0.6911112070083618
"""Horizontal angle of view in radians: that of the NeRF-synthetic scenes."""

SPLITS: dict[str, Callable[[DatasetConfig], int]] = {
    "train": lambda config: config.views,
    "val": lambda config: max(1, config.held_out // 3),
    "test": lambda config: config.held_out,
}
"""How many views each split has."""


def sphere_directions(count: int, shift: float = 0.5) -> np.ndarray:
    """(count, 3) unit vectors spread evenly on the sphere above -45 degrees, a golden spiral about z."""
    k = np.arange(count) + shift
    z = 1.0 - (1.0 + np.sin(np.radians(45.0))) * k / count
    around = k * np.pi * (3.0 - np.sqrt(5.0))
    flat = np.sqrt(np.clip(1.0 - z * z, 0.0, None))
    return np.stack([flat * np.cos(around), flat * np.sin(around), z], axis=1)


def orbit_directions(count: int) -> np.ndarray:
    """(count, 3) unit vectors on a ring that rises and falls once: the test views, none a training view."""
    around = 2.0 * np.pi * (np.arange(count) + 0.37) / count
    height = np.radians(20.0 + 25.0 * np.sin(around))
    return np.stack([np.cos(height) * np.cos(around), np.cos(height) * np.sin(around), np.sin(height)], axis=1)


def camera_at(direction: np.ndarray, center: np.ndarray, radius: float, size: int) -> Camera:
    """A square camera that sees the sphere (center, radius) from `direction` with a margin of 5 %."""
    distance = 1.05 * radius / np.sin(0.5 * ANGLE_X)
    focal = 0.5 * size / np.tan(0.5 * ANGLE_X)
    pose = looking_at(center + distance * direction, center)
    return Camera(pose, focal, focal, size / 2, size / 2, size, size)


def cameras_of(mesh: Mesh, config: DatasetConfig) -> dict[str, list[Camera]]:
    """The cameras of the three splits by name: train, val, test."""
    similarity = mesh.similarity()
    generator = np.random.default_rng(config.seed)
    scattered = generator.normal(size=(SPLITS["val"](config), 3))
    scattered[:, 2] = np.abs(scattered[:, 2])
    scattered /= np.linalg.norm(scattered, axis=1, keepdims=True)
    directions = {
        "train": sphere_directions(SPLITS["train"](config)),
        "val": scattered,
        "test": orbit_directions(SPLITS["test"](config)),
    }
    return {
        split: [camera_at(d, similarity.center, similarity.radius, config.size) for d in many]
        for split, many in directions.items()
    }


def supersampled(camera: Camera, s: int, seen: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """(h, w, c): the mean over s x s rays a pixel of `seen`, (origins (n, 3), directions (n, 3)) → (n, c)."""
    h, w = camera.height, camera.width
    require_cast(w, h, s)
    offsets = (np.arange(s) + 0.5) / s
    columns = (np.arange(w)[:, None] + offsets).ravel()
    rows = (np.arange(h)[:, None] + offsets).ravel()
    x, y = np.meshgrid(columns, rows)
    found = seen(*rays(camera, np.stack([x.ravel(), y.ravel()], axis=1)))
    return found.reshape(h, s, w, s, -1).mean(axis=(1, 3))


def middle_depth(caster: Caster, camera: Camera) -> np.ndarray:
    """(h, w) float32: distance along the ray through each pixel's centre to the mesh, 0 where there is none."""
    middle = caster.cast(*rays(camera)).distance.reshape(camera.height, camera.width)
    return np.where(np.isfinite(middle), middle, 0.0).astype(np.float32)


def picture(mesh: Mesh, caster: Caster, normals: np.ndarray, camera: Camera, supersample: int) -> tuple:
    """(rgba, depth): (h, w, 4) uint8 straight alpha, and (h, w) float32 along the centre ray, 0 where nothing is."""

    def seen(origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        hits = caster.cast(origins, directions)
        hit = hits.face >= 0
        premultiplied = np.zeros((len(hit), 4), dtype=np.float32)
        some = type(hits)(hits.distance[hit], hits.face[hit], hits.barycentric[hit])
        premultiplied[hit, :3] = shade(mesh, normals, some, directions[hit])
        premultiplied[hit, 3] = 1.0
        return premultiplied

    mean = supersampled(camera, supersample, seen)
    mean[..., :3] /= np.maximum(mean[..., 3:], 1e-6)
    return (mean * 255.0 + 0.5).astype(np.uint8), middle_depth(caster, camera)


def make(
    mesh: Mesh, folder: Path, config: DatasetConfig | None = None, force: bool = False, source: str | Path | None = None
) -> Generator[Event, None, Path]:
    """Render the scene into `folder` and return it. OutputError if the folder holds something, unless `force`."""
    config = config or DatasetConfig()
    folder = Path(folder)
    with prepared(folder, _files(config), force, source) as told:
        yield from map(Notice, told)
        yield from _rendered(mesh, folder, config, source)
    return folder


def _files(config: DatasetConfig) -> list[str]:
    """All that is written, by its place in the folder."""
    names = [f"{split}/r_{k:03d}" for split, count in SPLITS.items() for k in range(count(config))]
    return [f"transforms_{split}.json" for split in SPLITS] + [f"{n}{e}" for n in names for e in (".png", "_depth.npy")]


def _rendered(
    mesh: Mesh, folder: Path, config: DatasetConfig, source: str | Path | None
) -> Generator[Event, None, None]:
    yield Stage("dataset", f"{config.views} views of {config.size}x{config.size} pixels of {mesh.name}")
    caster, normals = Caster(mesh), corner_normals(mesh)
    splits = cameras_of(mesh, config)
    total, done = sum(len(many) for many in splits.values()), 0
    for split, cameras in splits.items():
        frames = []
        for index, camera in enumerate(cameras):
            rgba, depth = picture(mesh, caster, normals, camera, config.supersample)
            frames.append(_written(folder, f"{split}/r_{index:03d}", rgba, depth, camera, source))
            done += 1
            yield Progress("dataset", done, total)
        low, high = mesh.bounds
        margin = 0.02 * float(np.linalg.norm(high - low))
        content = {
            "made": marked(folder / f"transforms_{split}.json", source),
            "camera_angle_x": ANGLE_X,
            "depth_kind": "ray",
            "box": [(low - margin).tolist(), (high + margin).tolist()],
            "frames": frames,
        }
        with writing(folder / f"transforms_{split}.json", "w") as file:
            json.dump(content, file, indent=1)


@contextlib.contextmanager
def prepared(
    folder: Path, files: list[str], force: bool, source: str | Path | None = None
) -> Iterator[tuple[str, ...]]:
    """Make `folder` with the folders that `files` lie in, and hold it; gives what is to be told about what is replaced.

    OutputError unless `force` if it holds files and no files[0] among them, or if any of `files` is not ours or
    was made from another `source`.
    """
    with contextlib.ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(lock(folder))
            others = any(not path.name.startswith(".") for path in folder.iterdir())
            if others and not force and not (folder / files[0]).is_file():
                raise OutputError(
                    f"{folder}: expected an empty folder, it holds other files: choose another or give --force"
                )
            told = check_outputs([folder / name for name in files], force, source)
            for name in {Path(name).parent for name in files}:
                (folder / name).mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder}: cannot be written ({error.strerror}): choose another folder") from error
        yield told


def _written(
    folder: Path, name: str, rgba: np.ndarray, depth: np.ndarray, camera: Camera, source: str | Path | None
) -> dict:
    from PIL import Image

    write_png(Image.fromarray(rgba), folder / f"{name}.png", force=True, source=source)
    write_npy(folder / f"{name}_depth.npy", depth, source)
    return {
        "file_path": f"./{name}",
        "depth_file_path": f"./{name}_depth.npy",
        "transform_matrix": camera.pose.tolist(),
    }
