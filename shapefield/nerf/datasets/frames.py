"""What Blender's and Instant-NGP's json files share: opening them, intrinsics of a frame, frames to views."""

from __future__ import annotations

import json
import math
from collections import ChainMap
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.errors import InputError
from shapefield.nerf.cameras import Camera
from shapefield.nerf.datasets.references import inside, referred
from shapefield.nerf.scene import View, picture_size

LARGEST_JSON = 256 * 2**20


def load_json(path: Path) -> dict[str, Any]:
    """The file's top-level object; InputError for anything else."""
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise InputError(f"{path.name}: expected at most 256 MB of json, got more: not a transforms file")
        content = json.loads(path.read_text(encoding="utf-8"), parse_int=_whole)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected a transforms json, cannot read it ({error}): export it again") from error
    if not isinstance(content, dict) or not isinstance(content.get("frames"), list):
        raise InputError(f"{path}: expected an object with a list of frames, got none: export it again")
    if not content["frames"]:
        raise InputError(f"{path}: expected at least one frame, got none: export it again")
    return content


def _whole(text: str) -> float:
    """An integer, or beyond 64 bits the float nearest to it, which is infinite where it must be."""
    return int(text) if len(text) < 19 else float(text)


def number(value: Any, name: str, where: str) -> float:
    """A finite float, or InputError that names the key."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{where}: expected a number for {name}, got {value!r:.60}: correct the file")
    return float(value)


def camera_of(content: dict[str, Any], frame: dict[str, Any], size: tuple[int, int] | None, where: str) -> Camera:
    """The camera of one frame; its own intrinsics come before the file's.

    size : (width, height) of the stored picture, used where neither says `w` and `h`
    """
    both = ChainMap(frame, content)
    model = str(both.get("camera_model", "OPENCV")).upper()[:60]
    if "FISHEYE" in model or both.get("is_fisheye") or "EQUIRECT" in model:
        raise InputError(f"{where}: expected a perspective camera, got {model}: undistort the pictures first")
    if "w" in both and "h" in both:
        width, height = round(number(both["w"], "w", where)), round(number(both["h"], "h", where))
    elif size is not None:
        width, height = size
    else:
        raise InputError(f"{where}: expected w and h, got neither: add them")
    if "fl_x" in both:
        fx = number(both["fl_x"], "fl_x", where)
        fy = number(both.get("fl_y", fx), "fl_y", where)
    elif "camera_angle_x" in both:
        fx = _focal(width, number(both["camera_angle_x"], "camera_angle_x", where), where)
        angle_y = both.get("camera_angle_y")
        fy = fx if angle_y is None else _focal(height, number(angle_y, "camera_angle_y", where), where)
    else:
        raise InputError(f"{where}: expected fl_x or camera_angle_x, got neither: add the focal length")
    k1, k2, p1, p2 = (number(both.get(k, 0.0), k, where) for k in ("k1", "k2", "p1", "p2"))
    matrix = frame.get("transform_matrix")
    try:
        pose = np.array(matrix, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{where}: expected a 4x4 transform_matrix, got none: correct the file") from error
    try:
        return Camera(
            pose=pose,
            fx=fx,
            fy=fy,
            cx=number(both.get("cx", width / 2), "cx", where),
            cy=number(both.get("cy", height / 2), "cy", where),
            width=width,
            height=height,
            distortion=(k1, k2, p1, p2),
        )
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _focal(pixels: int, angle: float, where: str) -> float:
    if not 0.0 < angle < math.pi:
        raise InputError(f"{where}: expected an angle of view between 0 and pi, got {angle:g}: correct the file")
    return 0.5 * pixels / math.tan(0.5 * angle)


def views_of(content: dict[str, Any], folder: Path, name: str) -> tuple[list[View], list[str]]:
    """(views, notices): frames whose picture is missing are skipped with one notice; none left is an InputError."""
    views: list[View] = []
    missing: list[str] = []
    outside: list[str] = []
    unmasked: list[str] = []
    sizes: dict[str, tuple[int, int]] = {}
    for index, frame in enumerate(content["frames"]):
        where = f"{name}: frame {index}"
        if not isinstance(frame, dict) or not isinstance(frame.get("file_path"), str):
            raise InputError(f"{where}: expected a file_path, got none: correct the file")
        given = frame["file_path"].replace("\\", "/")
        picture = referred(folder, given)
        if picture is None:
            (missing if inside(folder, given) else outside).append(given)
            continue
        needs_size = not all(key in frame or key in content for key in "wh")
        if needs_size and "size" not in sizes:
            sizes["size"] = picture_size(picture)
        mask = _beside(folder, frame.get("mask_path"))
        if mask is None and frame.get("mask_path") is not None:
            unmasked.append(str(frame["mask_path"]))
        view = View(
            name=Path(given).stem if picture.suffix in Path(given).name else Path(given).name,
            camera=camera_of(content, frame, sizes.get("size") if needs_size else None, where),
            image=picture,
            mask=mask,
            depth=_depth(folder, frame.get("depth_file_path")),
        )
        views.append(view)
    if not views and not missing:
        raise InputError(
            f"{name}: expected pictures inside its folder, got {outside[0]!r}: move them, or link them, into it"
        )
    if not views:
        raise InputError(
            f"{name}: expected pictures, found none of {len(missing)} (first: {missing[0]}): check the folder"
        )
    notices = []
    if missing:
        notices.append(f"{name}: skipped {len(missing)} of {len(content['frames'])} frames without a picture, "
                       f"first {missing[0]}")  # fmt: skip
    if outside:
        notices.append(f"{name}: skipped {len(outside)} of {len(content['frames'])} frames whose picture lies outside "
                       f"of its folder, first {outside[0]}")  # fmt: skip
    if unmasked:
        notices.append(f"{name}: masks missing, all pixels count: {len(unmasked)}, first {unmasked[0]}")
    return views, notices


def _beside(folder: Path, given: Any) -> Path | None:
    return referred(folder, given) if isinstance(given, str) else None


def _depth(folder: Path, given: Any) -> Path | None:
    path = _beside(folder, given)
    return path if path is not None and path.suffix == ".npy" else None


def declared_box(content: dict[str, Any]) -> np.ndarray | None:
    """(2, 3) float64 of a `box` key ([[x0, y0, z0], [x1, y1, z1]]) as our own datasets write it, or None."""
    try:
        box = np.array(content.get("box"), dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return box if box.shape == (2, 3) and np.isfinite(box).all() and (box[0] < box[1]).all() else None
