"""A COLMAP sparse model as data, and its camera models as ours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from shapefield.errors import InputError
from shapefield.nerf.lens import trimmed

CAMERA_MODELS = {
    0: ("SIMPLE_PINHOLE", 3),
    1: ("PINHOLE", 4),
    2: ("SIMPLE_RADIAL", 4),
    3: ("RADIAL", 5),
    4: ("OPENCV", 8),
    5: ("OPENCV_FISHEYE", 8),
    6: ("FULL_OPENCV", 12),
    7: ("FOV", 5),
    8: ("SIMPLE_RADIAL_FISHEYE", 4),
    9: ("RADIAL_FISHEYE", 5),
    10: ("THIN_PRISM_FISHEYE", 12),
}
"""COLMAP's number of each camera model: its name and how many parameters it has."""

PARAMETERS = dict(CAMERA_MODELS.values())


@dataclass(frozen=True, slots=True)
class Lens:
    """A COLMAP camera: model name, size in pixels, parameters in COLMAP's order."""

    model: str
    width: int
    height: int
    parameters: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ColmapImage:
    """A COLMAP image: world-to-camera quaternion (w, x, y, z), translation, camera number, file name."""

    name: str
    camera: int
    quaternion: np.ndarray
    translation: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class ColmapModel:
    """cameras by number; images; points (n, 3) float32."""

    cameras: dict[int, Lens]
    images: tuple[ColmapImage, ...]
    points: np.ndarray


def intrinsics(lens: Lens) -> tuple[float, float, float, float, tuple[float, ...]]:
    """fx, fy, cx, cy and the distortion of a COLMAP camera; InputError for models that are not perspective."""
    p = lens.parameters
    if len(p) != PARAMETERS.get(lens.model, len(p)):
        raise InputError(
            f"cameras: expected {PARAMETERS[lens.model]} parameters of {lens.model}, got {len(p)}: export it again"
        )
    if lens.model == "SIMPLE_PINHOLE":
        return p[0], p[0], p[1], p[2], (0.0, 0.0, 0.0, 0.0)
    if lens.model == "PINHOLE":
        return p[0], p[1], p[2], p[3], (0.0, 0.0, 0.0, 0.0)
    if lens.model == "SIMPLE_RADIAL":
        return p[0], p[0], p[1], p[2], (p[3], 0.0, 0.0, 0.0)
    if lens.model == "RADIAL":
        return p[0], p[0], p[1], p[2], (p[3], p[4], 0.0, 0.0)
    if lens.model in ("OPENCV", "FULL_OPENCV"):  # COLMAP's order is OpenCV's
        return p[0], p[1], p[2], p[3], trimmed(tuple(p[4:]))
    raise InputError(
        f"cameras: expected a pinhole, radial or OpenCV camera, got {lens.model}: run colmap image_undistorter first"
    )


def within_range(points: ArrayLike) -> np.ndarray:
    """(n, 3) float32 of those points whose coordinates float32 can hold; COLMAP writes wild ones for bad matches."""
    array = np.array(points, dtype=np.float64).reshape(-1, 3)
    return array[(np.abs(array) < 1e30).all(axis=1)].astype(np.float32)
