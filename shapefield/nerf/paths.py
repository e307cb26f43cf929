"""Camera paths for new views: an orbit around the scene, a spiral before it, and a smooth way through keyframes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shapefield.errors import UsageError
from shapefield.nerf.cameras import Camera, checked_pose, looking_at


def meeting_point(cameras: Sequence[Camera]) -> np.ndarray:
    """(3,) the point nearest to all optical axes in the least-squares sense; a little regularised for parallel ones."""
    total, right = np.zeros((3, 3)), np.zeros(3)
    for camera in cameras:
        across = np.eye(3) - np.outer(camera.forward, camera.forward)
        total += across
        right += across @ camera.position
    middle = np.mean([c.position for c in cameras], axis=0)
    weight = 1e-4 * len(cameras)
    return np.linalg.solve(total + weight * np.eye(3), right + weight * middle)


def mean_up(cameras: Sequence[Camera]) -> np.ndarray:
    """(3,) unit vector: the mean of the cameras' up, snapped to a world axis that lies within 25 degrees."""
    up = np.mean([c.pose[:3, 1] for c in cameras], axis=0)
    up = up / max(float(np.linalg.norm(up)), 1e-9)
    axis = int(np.abs(up).argmax())
    if abs(up[axis]) > 0.9:
        up = np.eye(3)[axis] * np.sign(up[axis])
    return up


def orbit(cameras: Sequence[Camera], target: np.ndarray, frames: int) -> list[Camera]:
    """`frames` cameras on a full circle about `target` at the given cameras' mean distance and height."""
    _check(cameras, frames)
    up = mean_up(cameras)
    offsets = np.array([c.position for c in cameras]) - target
    height = float(np.median(offsets @ up))
    distance = float(np.median(np.linalg.norm(offsets, axis=1)))
    height = float(np.clip(height, -0.8 * distance, 0.8 * distance))
    flat = np.sqrt(max(distance**2 - height**2, 1e-12))
    first = offsets[0] - (offsets[0] @ up) * up
    if np.linalg.norm(first) < 1e-6 * distance:
        first = np.cross(up, np.eye(3)[int(np.abs(up).argmin())])
    first = first / np.linalg.norm(first)
    second = np.cross(up, first)
    result = []
    for angle in np.arange(frames) * (2.0 * np.pi / frames):
        position = target + height * up + flat * (np.cos(angle) * first + np.sin(angle) * second)
        result.append(replace(cameras[0], pose=looking_at(position, target, up), distortion=(0.0, 0.0, 0.0, 0.0)))
    return result


def spiral(cameras: Sequence[Camera], target: np.ndarray, frames: int, turns: float = 2.0) -> list[Camera]:
    """`frames` cameras on a closed spiral about the middle camera, within the spread of the given ones.

    Where they stand all around the target their middle is inside the scene: then about the one nearest to it, within
    a fifth of its distance.
    """
    _check(cameras, frames)
    up = mean_up(cameras)
    positions = np.array([c.position for c in cameras])
    center = np.median(positions, axis=0)
    distance = np.linalg.norm(positions - center, axis=1)
    base = cameras[int(distance.argmin())]
    spread = np.percentile(np.abs((positions - center) @ base.pose[:3, :3]), 60, axis=0)
    away = float(np.median(np.linalg.norm(positions - target, axis=1)))
    if np.linalg.norm(center - target) < 0.5 * away:
        center, spread = base.position, np.full(3, 0.2 * away)
    result = []
    for share in np.arange(frames) / frames:
        angle = 2.0 * np.pi * share
        local = spread * [np.cos(turns * angle), np.sin(turns * angle), np.sin(angle)]
        pose = looking_at(center + base.pose[:3, :3] @ local, target, up)
        result.append(replace(base, pose=pose, distortion=(0.0, 0.0, 0.0, 0.0)))
    return result


def through(keyframes: Sequence[Camera], frames: int, closed: bool = False) -> list[Camera]:
    """`frames` cameras on a Catmull-Rom way through the keyframes; rotations and focal lengths are blended along."""
    _check(keyframes, frames)
    if len(keyframes) == 1:
        return [keyframes[0]] * frames
    count = len(keyframes)
    spans = count if closed else count - 1
    result = []
    for place in np.linspace(0.0, spans, frames, endpoint=not closed):
        index = min(int(place), spans - 1)
        u = place - index
        near = [
            keyframes[k % count] if closed else keyframes[min(max(k, 0), count - 1)]
            for k in range(index - 1, index + 3)
        ]
        weights = 0.5 * np.array(
            [-u + 2 * u**2 - u**3, 2 - 5 * u**2 + 3 * u**3, u + 4 * u**2 - 3 * u**3, -(u**2) + u**3]
        )
        pose = np.eye(4)
        pose[:3, 3] = sum(w * c.position for w, c in zip(weights, near, strict=True))
        pose[:3, :3] = _blended(near[1].pose[:3, :3], near[2].pose[:3, :3], u)
        focal = (1 - u) * near[1].fx + u * near[2].fx
        result.append(replace(near[1], pose=checked_pose(pose), fx=focal, fy=focal * near[1].fy / near[1].fx))
    return result


def _blended(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    """Geodesic between two rotations (3, 3)."""
    from scipy.spatial.transform import Rotation

    step = Rotation.from_matrix(first.T @ second).as_rotvec()
    return first @ Rotation.from_rotvec(share * step).as_matrix()


def _check(cameras: Sequence[Camera], frames: int) -> None:
    if not cameras:
        raise UsageError("path: expected at least one camera, got none: open a dataset with frames")
    if frames < 1:
        raise UsageError(f"path: expected at least one frame, got {frames}: give --frames N")
