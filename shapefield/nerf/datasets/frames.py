"""What Blender's and Instant-NGP's json files share: opening them, intrinsics of a frame, frames to views."""

from __future__ import annotations

import json
import math
import os
from collections import ChainMap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.errors import InputError
from shapefield.nerf.cameras import Camera
from shapefield.nerf.datasets.references import among_pictures, inside, referred
from shapefield.nerf.lens import COEFFICIENTS, trimmed
from shapefield.nerf.scene import SUFFIXES, View, picture_size
from shapefield.storage.pictures import refuse_pointer

LARGEST_JSON = 256 * 2**20
PERSPECTIVE = ("OPENCV", "PINHOLE", "SIMPLE_PINHOLE", "RADIAL", "SIMPLE_RADIAL", "FULL_OPENCV", "PERSPECTIVE")
OTHER_LENSES = ("fisheye", "latlong", "equirect", "spherical", "ortho", "ftheta", "omnidirectional", "panorama")
"""Parts of the keys by which programs say that a camera is of another kind."""


def load_json(path: Path) -> dict[str, Any]:
    """The file's top-level object; InputError for anything else."""
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise InputError(f"{path.name}: expected at most 256 MB of json, got more: not a transforms file")
        text = path.read_bytes()
        refuse_pointer(text, path)
        content = json.loads(text.decode("utf-8-sig"), parse_int=_whole)
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
    _check_model(both, where)
    if has_size(frame, content):
        width, height = round(number(both["w"], "w", where)), round(number(both["h"], "h", where))
    elif size is not None:
        width, height = size
    else:
        raise InputError(f"{where}: expected w and h, got neither: add them")
    fx, fy = _focal_lengths(frame, content, (width, height), where)
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
            distortion=trimmed(tuple(number(both.get(k, 0.0), k, where) for k in COEFFICIENTS)),
        )
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def has_size(frame: dict[str, Any], content: dict[str, Any]) -> bool:
    """Whether a frame, or the file, says the pictures' width and height."""
    return all(key in frame or key in content for key in "wh")


def _check_model(both: Mapping[str, Any], where: str) -> None:
    """InputError for a camera that is not OpenCV's perspective one, by whatever key a program says so."""
    model = str(both.get("camera_model", "OPENCV")).upper()[:60]
    flags = [key for key in both if any(word in key.lower() for word in OTHER_LENSES) and both[key]]
    if model not in PERSPECTIVE or flags:
        got = model if model not in PERSPECTIVE else flags[0][:60]
        raise InputError(f"{where}: expected a perspective camera, got {got}: undistort the pictures first")


def _focal_lengths(
    frame: dict[str, Any], content: dict[str, Any], size: tuple[int, int], where: str
) -> tuple[float, float]:
    """(fx, fy) of the frame where it says anything of them, else of the file: never a part of either."""
    keys = ("fl_x", "fl_y", "camera_angle_x", "camera_angle_y")
    own = frame if any(key in frame for key in keys) else content
    found: list[float] = []
    for axis, pixels in zip("xy", size, strict=True):
        if f"fl_{axis}" in own:
            found.append(number(own[f"fl_{axis}"], f"fl_{axis}", where))
        elif own.get(f"camera_angle_{axis}") is not None:
            angle = number(own[f"camera_angle_{axis}"], f"camera_angle_{axis}", where)
            found.append(_focal(pixels, angle, where))
    if not found:
        raise InputError(f"{where}: expected fl_x or camera_angle_x, got neither: add the focal length")
    return found[0], found[-1]


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
    for index, frame in enumerate(content["frames"]):
        where = f"{name}: frame {index}"
        if not isinstance(frame, dict) or not isinstance(frame.get("file_path"), str):
            raise InputError(f"{where}: expected a file_path, got none: correct the file")
        given = frame["file_path"].replace("\\", "/")
        picture = among_pictures(folder, given)
        if picture is None:
            (missing if inside(folder, given) else outside).append(given)
            continue
        mask, hides = _mask(folder, frame.get("mask_path"), picture)
        if mask is None and frame.get("mask_path") is not None:
            unmasked.append(str(frame["mask_path"]))
        view = View(
            name=Path(given).stem if Path(given).suffix.lower() in SUFFIXES else Path(given).name,
            camera=camera_of(content, frame, None if has_size(frame, content) else picture_size(picture), where),
            image=picture,
            mask=mask,
            depth=_depth(folder, frame.get("depth_file_path")),
            hides=hides,
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
    return views, _notices(name, content["frames"], views, missing, outside, unmasked)


def _notices(
    name: str, frames: list[Any], views: list[View], missing: list[str], outside: list[str], unmasked: list[str]
) -> list[str]:
    """What is to be told of the frames of one file."""
    notices = []
    if missing:
        notices.append(f"{name}: skipped {len(missing)} of {len(frames)} frames without a picture, first {missing[0]}")
    if outside:
        notices.append(f"{name}: skipped {len(outside)} of {len(frames)} frames whose picture lies outside "
                       f"of its folder, first {outside[0]}")  # fmt: skip
    if unmasked:
        notices.append(f"{name}: masks missing, all pixels count: {len(unmasked)}, first {unmasked[0]}")
    if len({repr(frame.get("time")) for frame in frames if isinstance(frame, dict)}) > 1:
        notices.append(f"{name}: its frames are of different times: what moves is taken for one still scene")
    if shared := len(views) - len({v.image for v in views}):
        notices.append(f"{name}: {shared} frames share a picture with another: check the folders of their file_path")
    beyond = [v for v in views if not (0 <= v.camera.cx <= v.camera.width and 0 <= v.camera.cy <= v.camera.height)]
    if beyond:
        c = beyond[0].camera
        notices.append(
            f"{name}: {beyond[0].name}: its principal point {c.cx:g}, {c.cy:g} lies outside of the picture of "
            f"{c.width}x{c.height}; are cx and cy of another size?"
        )
    return notices


def _mask(folder: Path, given: Any, picture: Path) -> tuple[Path | None, bool]:
    """The frame's mask, and whether its white pixels are those that do not count: Instant-NGP's dynamic_mask_NAME.png
    beside a picture means that."""
    found = referred(folder, given) if isinstance(given, str) else None
    if found is not None:
        return found, False
    dynamic = picture.with_name(f"dynamic_mask_{picture.stem}.png")
    return (dynamic, True) if os.path.isfile(dynamic) else (None, False)


def _depth(folder: Path, given: Any) -> Path | None:
    path = referred(folder, given) if isinstance(given, str) else None
    return path if path is not None and path.suffix == ".npy" else None


def declared_box(content: dict[str, Any]) -> np.ndarray | None:
    """(2, 3) float64 of a `box` key ([[x0, y0, z0], [x1, y1, z1]]) as our own datasets write it, or None."""
    try:
        box = np.array(content.get("box"), dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return box if box.shape == (2, 3) and np.isfinite(box).all() and (box[0] < box[1]).all() else None
