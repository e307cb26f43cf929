"""LLFF: poses_bounds.npy beside a folder of pictures (images, or images_4, images_8), perhaps masks in `masks`.

A row is a (3, 5) matrix, the pose with axes down, right, backwards and the column (height, width, focal) of the full
resolution, followed by the near and far distance of what was seen. Rows belong to the pictures in sorted order.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from shapefield.errors import InputError
from shapefield.nerf.cameras import Camera, opengl_from_llff
from shapefield.nerf.datasets.masks import beside
from shapefield.nerf.datasets.references import PICTURES
from shapefield.nerf.scene import Scene, View, is_picture, with_held_out
from shapefield.storage.arrays import read_npy

FAR = 1e12
"""Lengths and pixels from which a number in the file is damage: their products would overflow."""


def read(folder: Path) -> Scene:
    """The scene in `folder`; InputError where rows and pictures do not match in number."""
    rows = _rows(folder / "poses_bounds.npy")
    pictures = _pictures(folder, len(rows))
    views = []
    for row, picture in zip(rows, pictures, strict=True):
        matrix = row[:15].reshape(3, 5)
        height, width, focal = matrix[:, 4]
        try:
            camera = Camera(
                pose=opengl_from_llff(matrix[:, :4]),
                fx=float(focal),
                fy=float(focal),
                cx=float(width) / 2,
                cy=float(height) / 2,
                width=round(float(width)),
                height=round(float(height)),
            )
        except InputError as error:
            raise InputError(f"poses_bounds.npy: {picture.name}: {error}") from error
        views.append(View(name=picture.stem, camera=camera, image=picture, mask=beside(folder, picture.name)))
    train, test = with_held_out(views)
    return Scene(
        name=folder.resolve().name, train=train, test=test, points=_seen(rows, views), depth_kind="z", notices=()
    )


def _rows(path: Path) -> np.ndarray:
    rows = read_npy(path, "an array of poses", "run LLFF again")
    if rows.ndim != 2 or rows.shape[1] != 17 or len(rows) == 0 or not (np.abs(rows) < FAR).all():
        raise InputError(f"{path}: expected finite rows of 17 numbers, got shape {rows.shape}: run LLFF again")
    return rows.astype(np.float64)


def _pictures(folder: Path, count: int) -> list[Path]:
    found: dict[str, int] = {}
    for name in PICTURES:
        if (folder / name).is_dir():
            pictures = sorted(p for p in (folder / name).iterdir() if is_picture(p))
            if len(pictures) == count:
                return pictures
            found[name] = len(pictures)
    said = ", ".join(f"{n} in {name}" for name, n in found.items()) or "no images folder"
    raise InputError(f"{folder}: expected {count} pictures for {count} poses, got {said}: restore the missing ones")


def _seen(rows: np.ndarray, views: list[View]) -> np.ndarray:
    """(n, 3) float32: the corners and middle of every view at its near and far distance, a stand-in for points."""
    points = []
    for row, view in zip(rows, views, strict=True):
        camera = view.camera
        for depth in (row[15], min(row[16], 4.0 * row[15])):
            for sx in (-0.5, 0.0, 0.5):
                for sy in (-0.5, 0.0, 0.5):
                    local = depth * np.array([sx * camera.width / camera.fx, sy * camera.height / camera.fy, -1.0])
                    points.append(camera.pose[:3, :3] @ local + camera.position)
    return np.array(points, dtype=np.float32)
