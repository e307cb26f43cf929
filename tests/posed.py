"""Tiny posed datasets in every format, written from poses by the formats' own definitions and none of our code."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.spatial.transform import Rotation

WIDTH, HEIGHT, FOCAL = 24, 16, 20.0
POINT = np.array([0.1, -0.2, 0.15])
"""A world point that every camera has in sight."""


def poses(count: int = 9) -> list[np.ndarray]:
    """(4, 4) camera-to-world, OpenGL axes, on a ring that rises, each looking near the origin, a little rolled."""
    made = []
    for k in range(count):
        angle = 2.0 * np.pi * k / count
        place = np.array([3.0 * np.cos(angle), 3.0 * np.sin(angle), 0.5 + 0.1 * k])
        back = place / np.linalg.norm(place)
        right = np.cross([0.0, 0.1, 1.0], back)
        right /= np.linalg.norm(right)
        pose = np.eye(4)
        pose[:3, :4] = np.stack([right, np.cross(back, right), back, place], axis=1)
        made.append(pose)
    return made


def seen_at(pose: np.ndarray) -> np.ndarray:
    """(2,) pixel of POINT by x = K [R | t] X, computer vision's axes (y down, z forward)."""
    world_to_camera = np.linalg.inv(pose @ np.diag([1.0, -1.0, -1.0, 1.0]))
    x, y, z = (world_to_camera @ [*POINT, 1.0])[:3]
    return np.array([FOCAL * x / z + WIDTH / 2, FOCAL * y / z + HEIGHT / 2])


def picture(path: Path, k: int, alpha: bool = False, size: tuple[int, int] = (WIDTH, HEIGHT)) -> None:
    """One flat picture, its grey telling its number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.full((size[1], size[0], 4 if alpha else 3), 10 * k + 5, dtype=np.uint8)
    if alpha:
        array[..., 3] = 0
        array[size[1] // 4 : -size[1] // 4, size[0] // 4 : -size[0] // 4, 3] = 255
    Image.fromarray(array).save(path)


def blender(folder: Path) -> Path:
    """transforms_train/val/test.json; file_path without extension."""
    many = poses()
    for split, part in (("train", range(6)), ("val", range(6, 7)), ("test", range(7, 9))):
        frames = []
        for k in part:
            picture(folder / split / f"r_{k}.png", k, alpha=True)
            frames.append({"file_path": f"./{split}/r_{k}", "transform_matrix": many[k].tolist()})
        content = {"camera_angle_x": 2.0 * np.arctan(0.5 * WIDTH / FOCAL), "frames": frames}
        (folder / f"transforms_{split}.json").write_text(json.dumps(content))
    return folder


def instant_ngp(folder: Path) -> Path:
    """One transforms.json; sizes as floats, one frame with intrinsics of its own (the same in other words)."""
    frames = []
    for k, pose in enumerate(poses()):
        picture(folder / f"images/{k:03d}.jpg", k)
        frames.append({"file_path": f"images/{k:03d}.jpg", "transform_matrix": pose.tolist()})
    frames[2] |= {"fl_x": FOCAL, "fl_y": FOCAL, "cx": WIDTH / 2, "cy": HEIGHT / 2}
    content = {
        "fl_x": FOCAL, "fl_y": FOCAL, "cx": WIDTH / 2, "cy": HEIGHT / 2, "w": float(WIDTH), "h": float(HEIGHT),
        "aabb_scale": 4, "frames": frames,
    }  # fmt: skip
    (folder / "transforms.json").write_text(json.dumps(content))
    return folder


def llff(folder: Path) -> Path:
    """poses_bounds.npy of twice the pictures' size, pictures in images_2 only."""
    rows = []
    for k, pose in enumerate(poses()):
        picture(folder / f"images_2/{k:03d}.png", k)
        right, up, back, place = pose[:3].T
        matrix = np.stack([-up, right, back, place, [2.0 * HEIGHT, 2.0 * WIDTH, 2.0 * FOCAL]], axis=1)
        rows.append([*matrix.ravel(), 1.5, 5.0])
    np.save(folder / "poses_bounds.npy", np.array(rows))
    return folder


def _colmap(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    world_to_camera = np.linalg.inv(pose @ np.diag([1.0, -1.0, -1.0, 1.0]))
    x, y, z, w = Rotation.from_matrix(world_to_camera[:3, :3]).as_quat()
    return np.array([w, x, y, z]), world_to_camera[:3, 3]


def cloud(count: int = 60) -> np.ndarray:
    """(count, 3) points within a ball of radius 0.6, one far outlier among them."""
    generator = np.random.default_rng(0)
    points = generator.normal(size=(count, 3))
    points *= 0.6 * generator.random((count, 1)) ** (1 / 3) / np.linalg.norm(points, axis=1, keepdims=True)
    points[0] = [40.0, 0.0, 0.0]
    return points


def colmap_text(folder: Path) -> Path:
    """sparse/1 as text with every image, and sparse/0 with one, which must not be taken."""
    for place, count in (("sparse/0", 1), ("sparse/1", 9)):
        model = folder / place
        model.mkdir(parents=True)
        (model / "cameras.txt").write_text(
            f"# Camera list\n1 PINHOLE {WIDTH} {HEIGHT} {FOCAL} {FOCAL} {WIDTH / 2} {HEIGHT / 2}\n"
        )
        lines = ["# Image list with two lines of data per image:"]
        for k, pose in enumerate(poses()[:count]):
            quaternion, translation = _colmap(pose)
            numbers = " ".join(repr(float(v)) for v in (*quaternion, *translation))
            lines += [f"{k + 1} {numbers} 1 {k:03d}.png", "" if k % 2 else "3.5 4.5 -1"]
        (model / "images.txt").write_text("\n".join(lines) + "\n")
        points = "".join(f"{k} {x} {y} {z} 9 9 9 0.5 1 2\n" for k, (x, y, z) in enumerate(cloud()))
        (model / "points3D.txt").write_text("# 3D point list\n" + points)
    for k in range(9):
        picture(folder / f"images/{k:03d}.png", k)
    return folder


def colmap_binary(folder: Path) -> Path:
    """sparse/0 in COLMAP's binary form."""
    model = folder / "sparse/0"
    model.mkdir(parents=True)
    lens = struct.pack("<iiQQ4d", 1, 1, WIDTH, HEIGHT, FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2)
    (model / "cameras.bin").write_bytes(struct.pack("<Q", 1) + lens)
    images = struct.pack("<Q", 9)
    for k, pose in enumerate(poses()):
        quaternion, translation = _colmap(pose)
        images += struct.pack("<i7di", k + 1, *quaternion, *translation, 1) + f"{k:03d}.png".encode() + b"\0"
        images += struct.pack("<Q", 1) + struct.pack("<ddq", 3.5, 4.5, -1)
        picture(folder / f"images/{k:03d}.png", k)
    (model / "images.bin").write_bytes(images)
    points = struct.pack("<Q", 60)
    for k, (x, y, z) in enumerate(cloud()):
        points += struct.pack("<Q3d3Bd", k, x, y, z, 9, 9, 9, 0.5) + struct.pack("<Qii", 1, 1, 2)
    (model / "points3D.bin").write_bytes(points)
    return folder


FORMATS = {f.__name__: f for f in (blender, instant_ngp, llff, colmap_text, colmap_binary)}
