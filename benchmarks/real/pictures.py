"""Input on the left, result on the right, two views each, by Open3D's rays; the back of a face is red."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.real.judging import scene_of, tensor
from benchmarks.real.table import worst

SIDE = 240
"""Pixels of one view."""
VIEWS = ((1.0, -1.6, 0.9), (-1.3, 1.2, -0.7))
COLUMNS = 3
"""Files side by side on one sheet."""


def draw_worst(rows: list[dict[str, Any]], kept: Path, folder: Path, count: int = 30) -> None:
    """Sheets of nine of the worst that gave a result, `worst-0.png` first."""
    ran = [row for row in worst(rows, len(rows)) if "lost" in row][:count]
    draw([(row["name"], f"lost {row['lost']:.3f} added {row['added']:.3f}") for row in ran], kept, folder, "worst")


def draw(files: list[tuple[str, str]], kept: Path, folder: Path, stem: str) -> None:
    """Sheets of nine files (name, words), whose inputs and results lie in `kept`."""
    folder.mkdir(parents=True, exist_ok=True)
    size = COLUMNS * COLUMNS
    for sheet in range(-(-len(files) // size)):
        tiles = [_tile(name, words, kept) for name, words in files[sheet * size : (sheet + 1) * size]]
        blank = np.full_like(tiles[0], 255)
        tiles += [blank] * (-len(tiles) % COLUMNS)
        lines = [np.concatenate(tiles[k : k + COLUMNS], axis=1) for k in range(0, len(tiles), COLUMNS)]
        _save(np.concatenate(lines), folder / f"{stem}-{sheet}.png")


def _tile(name: str, words: str, kept: Path) -> np.ndarray:
    """(h, w, 3) uint8: one file."""
    from PIL import Image, ImageDraw

    meshes = []
    for which in ("input", "result"):
        with np.load(kept / name.replace("/", "_") / f"{which}.npz") as found:
            meshes.append((found["vertices"], found["faces"]))
    used = meshes[0][0][meshes[0][1].reshape(-1)]
    middle = 0.5 * (used.min(axis=0) + used.max(axis=0))
    radius = float(np.linalg.norm(used - middle, axis=1).max())
    views = [np.concatenate([_view(mesh, middle, radius, way) for way in VIEWS]) for mesh in meshes]
    picture = Image.fromarray(np.concatenate(views, axis=1))
    pen = ImageDraw.Draw(picture)
    pen.text((4, 2), name[-72:], fill=(0, 0, 160))
    pen.text((4, 14), words, fill=(0, 0, 160))
    return np.asarray(picture)


def _view(mesh: tuple[np.ndarray, np.ndarray], middle: np.ndarray, radius: float, way: tuple) -> np.ndarray:
    """(SIDE, SIDE, 3) uint8: seen in parallel rays from `way`."""
    scene = scene_of((mesh[0] - middle) / radius, mesh[1])
    eye = np.array(way) / np.linalg.norm(way)
    right = np.cross([0.0, 0.0, 1.0], eye)
    right /= np.linalg.norm(right)
    up = np.cross(eye, right)
    axis = np.linspace(-1.02, 1.02, SIDE)
    across, down = np.meshgrid(axis, -axis)
    origin = across[..., None] * right + down[..., None] * up + 3.0 * eye
    rays = np.concatenate([origin, np.broadcast_to(-eye, origin.shape)], axis=-1)
    found = scene.cast_rays(tensor(rays))
    facing = (found["primitive_normals"].numpy() * eye).sum(axis=-1)
    shade = 60 + 180 * np.abs(facing)[..., None]
    colour = np.where(facing[..., None] < 0, [1.0, 0.35, 0.3], [0.85, 0.88, 0.95]) * shade
    hit = np.isfinite(found["t_hit"].numpy())[..., None]
    return np.where(hit, colour, 255.0).clip(0, 255).astype(np.uint8)


def _save(pixels: np.ndarray, place: Path) -> None:
    from PIL import Image

    Image.fromarray(pixels).save(place)
    print(f"drawn: {place}")
