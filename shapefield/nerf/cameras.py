"""Cameras: pinhole with radial and tangential distortion, one convention inside, every conversion in this file.

Inside, a pose is camera-to-world, OpenGL axes: x right, y up, the camera looks along -z. A pixel (column, row) has its
centre at (column + 0.5, row + 0.5), rows downwards, as COLMAP, Instant-NGP and Blender have it.
n is a number of points or pixels. Depths are along the ray (distance from the camera's centre) unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from shapefield.errors import InputError
from shapefield.nerf.lens import COEFFICIENTS, PINHOLE, distorted, is_one_to_one, undistorted

OPENCV_AXES = np.diag([1.0, -1.0, -1.0, 1.0])
"""Right-multiplied to a camera-to-world pose it exchanges OpenGL and OpenCV axes; its own inverse."""

LLFF_AXES = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""Columns (down, right, backwards) @ this = (right, up, backwards)."""


LARGEST_SIDE = 1 << 17
"""Pixels; a larger picture is a damaged number."""
SHORTEST = 1e-6
"""Focal length over the picture's longer side, below which it is none."""


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """One view's geometry.

    pose         : (4, 4) float64 camera-to-world, OpenGL axes
    fx, fy       : focal lengths in pixels;  cx, cy : principal point in pixels
    width, height: of the picture in pixels
    distortion   : k1, k2, p1, p2 of OpenCV's model, or k1, k2, p1, p2, k3, k4, k5, k6; zeros for a pinhole
    """

    pose: np.ndarray
    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int
    distortion: tuple[float, ...] = PINHOLE

    def __post_init__(self) -> None:
        object.__setattr__(self, "pose", checked_pose(self.pose))
        if not (self.fx > 0 and self.fy > 0 and np.isfinite([self.fx, self.fy, self.cx, self.cy]).all()):
            raise InputError(
                f"camera: expected positive finite focal lengths, got {self.fx:g} and {self.fy:g}: "
                "give fl_x or camera_angle_x"
            )
        if self.width < 1 or self.height < 1:
            raise InputError(f"camera: expected a picture size, got {self.width}x{self.height}: give w and h")
        if max(self.width, self.height) > LARGEST_SIDE:
            raise InputError(f"camera: expected at most {LARGEST_SIDE:,} pixels a side, got {self.width}x{self.height}")
        if min(self.fx, self.fy) < SHORTEST * max(self.width, self.height):
            raise InputError(
                f"camera: expected focal lengths in pixels, got {self.fx:g} and {self.fy:g} for a picture of "
                f"{self.width}x{self.height}: correct them"
            )
        if any(self.distortion):
            self._check_lens()

    def _check_lens(self) -> None:
        x, y = np.array([0.0, self.width]) - self.cx, np.array([0.0, self.height]) - self.cy
        if not is_one_to_one(*map(float, x / self.fx), *map(float, y / self.fy), tuple(self.distortion)):
            given = ", ".join(f"{k} {v:g}" for k, v in zip(COEFFICIENTS, self.distortion, strict=False))
            raise InputError(f"camera: expected a lens that maps the picture one-to-one, got {given}: correct them")

    @property
    def position(self) -> np.ndarray:
        """(3,) float64 centre of the camera, world units."""
        return self.pose[:3, 3]

    @property
    def forward(self) -> np.ndarray:
        """(3,) float64 unit vector the camera looks along."""
        return -self.pose[:3, 2]


def checked_pose(pose: np.ndarray) -> np.ndarray:
    """A (3 or 4, 4) camera-to-world matrix as (4, 4) float64 with an exact rotation; InputError where it is singular.

    A uniform scale in the rotation block (as some exporters leave) is divided out; the position is kept.
    """
    given = np.asarray(pose, dtype=np.float64)
    if given.shape not in {(4, 4), (3, 4)}:
        raise InputError(f"pose: expected a 4x4 matrix, got shape {given.shape}: re-export the poses")
    if not np.isfinite(given).all():
        raise InputError(f"pose: expected finite numbers, got {given[~np.isfinite(given)][0]}: re-export the poses")
    u, sizes, vt = np.linalg.svd(given[:3, :3])
    if sizes[2] <= 1e-6 * max(sizes[0], 1e-300) or sizes[0] > 1.5 * sizes[2]:
        raise InputError("pose: expected a rotation, got a singular or sheared matrix: re-export the poses")
    rotation = u @ vt
    if np.linalg.det(rotation) < 0:
        raise InputError("pose: expected a rotation, got a mirrored one (determinant -1): re-export the poses")
    result = np.eye(4)
    result[:3, :3], result[:3, 3] = rotation, given[:3, 3]
    return result


def opengl_from_opencv(pose: np.ndarray) -> np.ndarray:
    """Camera-to-world (…, 4, 4), OpenCV axes (x right, y down, z forward) → OpenGL axes. Its own inverse."""
    return np.asarray(pose, dtype=np.float64) @ OPENCV_AXES


opencv_from_opengl = opengl_from_opencv


def opengl_from_llff(pose: np.ndarray) -> np.ndarray:
    """LLFF's (3, 4) camera-to-world with axes down, right, backwards → (4, 4) OpenGL."""
    result = np.eye(4)
    result[:3, :3] = np.asarray(pose, dtype=np.float64)[:3, :3] @ LLFF_AXES
    result[:3, 3] = np.asarray(pose, dtype=np.float64)[:3, 3]
    return result


def llff_from_opengl(pose: np.ndarray) -> np.ndarray:
    """(4, 4) OpenGL camera-to-world → LLFF's (3, 4) with axes down, right, backwards."""
    return np.concatenate([pose[:3, :3] @ LLFF_AXES.T, pose[:3, 3:4]], axis=1)


def opengl_from_colmap(quaternion: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """COLMAP's world-to-camera quaternion (w, x, y, z) and translation, OpenCV axes → (4, 4) OpenGL camera-to-world."""
    quaternion = np.asarray(quaternion, dtype=np.float64)
    largest = np.abs(quaternion).max()
    if not 1e-9 < largest < 1e9:
        raise InputError(f"pose: expected a unit quaternion, got {largest:g} in it: the COLMAP model is damaged")
    translation = np.asarray(translation, dtype=np.float64)
    if not (np.abs(translation) < 1e100).all():
        raise InputError("pose: expected a finite translation, got none: the COLMAP model is damaged")
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    pose = np.eye(4)
    pose[:3, :3] = rotation.T
    pose[:3, 3] = -rotation.T @ translation
    return opengl_from_opencv(pose)


def colmap_from_opengl(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(4, 4) OpenGL camera-to-world → COLMAP's quaternion (4,) w x y z with w >= 0 and translation (3,)."""
    rotation = opencv_from_opengl(pose)[:3, :3].T
    k = np.array(
        [
            [rotation[0, 0] - rotation[1, 1] - rotation[2, 2], 0.0, 0.0, 0.0],
            [rotation[0, 1] + rotation[1, 0], rotation[1, 1] - rotation[0, 0] - rotation[2, 2], 0.0, 0.0],
            [rotation[0, 2] + rotation[2, 0], rotation[1, 2] + rotation[2, 1], 0.0, 0.0],
            [rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1], 0.0],
        ]
    )
    k[2, 2] = rotation[2, 2] - rotation[0, 0] - rotation[1, 1]
    k[3, 3] = np.trace(rotation)
    vector = np.linalg.eigh(k, UPLO="L")[1][:, -1]
    quaternion = vector[[3, 0, 1, 2]]
    return quaternion * (1.0 if quaternion[0] >= 0 else -1.0), -rotation @ pose[:3, 3]


def looking_at(position: np.ndarray, target: np.ndarray, up: ArrayLike = (0.0, 0.0, 1.0)) -> np.ndarray:
    """(4, 4) pose of a camera at `position` that looks at `target`; where `up` is parallel to that, another up."""
    backward = np.asarray(position, dtype=np.float64) - np.asarray(target, dtype=np.float64)
    length = np.linalg.norm(backward)
    if length < 1e-12:
        raise InputError("camera: expected a position away from its target, got the same point: move it")
    backward /= length
    right = np.cross(np.asarray(up, dtype=np.float64), backward)
    if np.linalg.norm(right) < 1e-6:
        right = np.cross([0.0, 1.0, 0.0] if abs(backward[1]) < 0.9 else [1.0, 0.0, 0.0], backward)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, np.cross(backward, right), backward, position
    return pose


def resized(camera: Camera, width: int, height: int) -> Camera:
    """The same view with another number of pixels; focal lengths and principal point are scaled along."""
    sx, sy = width / camera.width, height / camera.height
    return replace(
        camera,
        fx=camera.fx * sx,
        fy=camera.fy * sy,
        cx=camera.cx * sx,
        cy=camera.cy * sy,
        width=int(width),
        height=int(height),
    )


def pixel_centers(camera: Camera) -> np.ndarray:
    """(height * width, 2) float64 of (x, y) pixel centres, row by row."""
    rows, columns = np.mgrid[0 : camera.height, 0 : camera.width]
    return np.stack([columns.ravel() + 0.5, rows.ravel() + 0.5], axis=1)


def rays(camera: Camera, pixels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Origins (n, 3) and unit directions (n, 3), float64, of the rays through `pixels` (n, 2), default every centre."""
    points = pixel_centers(camera) if pixels is None else np.asarray(pixels, dtype=np.float64)
    ideal = undistorted((points - [camera.cx, camera.cy]) / [camera.fx, camera.fy], camera.distortion)
    local = np.stack([ideal[:, 0], -ideal[:, 1], -np.ones(len(ideal))], axis=1)
    directions = local @ camera.pose[:3, :3].T
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return np.broadcast_to(camera.position, directions.shape).copy(), directions


def project(camera: Camera, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World points (n, 3) → pixel coordinates (n, 2) and z-depth (n,) along the optical axis, both float64.

    Points behind the camera have a z-depth <= 0 and pixel coordinates that mean nothing (NaN).
    """
    local = (np.asarray(points, dtype=np.float64) - camera.position) @ camera.pose[:3, :3]
    depth = -local[:, 2]
    safe = np.where(depth > 1e-9, depth, np.nan)
    lens = distorted(np.stack([local[:, 0] / safe, -local[:, 1] / safe], axis=1), camera.distortion)
    return lens * [camera.fx, camera.fy] + [camera.cx, camera.cy], depth


def in_sight(camera: Camera, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, 3) world points → (m,) numbers of those inside the picture, and the pixel's column and row of each (m,)."""
    xy, depth = project(camera, points)
    inside = np.flatnonzero(
        (depth > 0) & (xy >= 0).all(axis=1) & (xy[:, 0] < camera.width) & (xy[:, 1] < camera.height)
    )
    columns, rows = xy[inside].astype(np.int64).T
    return inside, columns, rows


def axis_cosine(camera: Camera) -> np.ndarray:
    """(height * width,) float64: z-depth = depth along the ray times this."""
    return rays(camera)[1] @ camera.forward
