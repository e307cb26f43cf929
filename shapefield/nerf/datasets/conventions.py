"""Poses in another program's convention: y down instead of up, world-to-camera instead of camera-to-world, or both.

A file does not say which it means. Cameras that were walked around something look at it, and that is asked first, of
the poses alone. Only where they do not are the four readings compared by what else is known: sparse points, which have
to lie before the cameras and in their pictures, or silhouettes, which have to agree on a body.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from shapefield.errors import InputError
from shapefield.mesh.model import Similarity
from shapefield.nerf.boxes import facing, looked_at, passing
from shapefield.nerf.cameras import OPENCV_AXES, Camera, checked_pose, in_sight
from shapefield.nerf.framing import CARVING, hull, shadow
from shapefield.nerf.scene import Pixels, Scene, View, pixels

CONVENTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "camera-to-world, y up": lambda pose: pose,
    "camera-to-world, y down": lambda pose: pose @ OPENCV_AXES,
    "world-to-camera, y down": lambda pose: np.linalg.inv(pose) @ OPENCV_AXES,
    "world-to-camera, y up": np.linalg.inv,
}
"""What a matrix may mean, and how it becomes ours; the first is OpenGL's and every dataset's that is read as it is."""
AXES, SILHOUETTES = "optical axes", "silhouettes"
FEWEST = 4
"""Views from which on their poses can contradict one another."""
SHARE, MARGIN, NONE = 0.75, 0.25, 0.2
"""Agreement from which on a reading is believed, by how much it must beat the file's own, and below which there is
none."""
TIE = 0.15
"""Readings that agree as well: cameras that look at the world's origin have, their matrices inverted, all one place
along an axis, and look like a very small scene there. The one whose cameras are spread widest is taken."""
LOOKED_AT, SIDE = 24, 64
"""Views whose silhouettes are asked, and pixels of their longer side."""


def agreed(scene: Scene) -> Scene:
    """The scene, its poses read as they agree with one another and with what else is known.

    Raises InputError where there are silhouettes and no reading of the poses makes a body of them.
    """
    cameras = [view.camera for view in scene.train]
    if len(cameras) < FEWEST or facing(cameras) >= SHARE:
        return scene
    evidence, judge = _judge(scene)
    if evidence == AXES and _upright(cameras):
        return scene  # cameras that look out of a room, say
    read = {name: [_turned(c, name) for c in cameras] for name in CONVENTIONS}
    found = {name: judge(turned) for name, turned in read.items()}
    first, most = next(iter(CONVENTIONS)), max(found.values())
    best = max((n for n in found if found[n] >= most - TIE), key=lambda name: _spread(read[name]))
    if most < NONE and evidence == SILHOUETTES:
        raise InputError(
            f"{scene.name}: expected poses under which the silhouettes agree on a body, got none "
            f"({', '.join(CONVENTIONS)}): export the poses again"
        )
    if best == first or found[best] < max(SHARE, found[first] + MARGIN):
        return scene

    def turned(views: Sequence[View]) -> tuple[View, ...]:
        return tuple(replace(v, camera=_turned(v.camera, best)) for v in views)

    said = f"the poses are read as {best}: as {first} the cameras contradict their {evidence}"
    return replace(
        scene, train=turned(scene.train), validation=turned(scene.validation), test=turned(scene.test),
        notices=(*scene.notices, said),
    )  # fmt: skip


def _spread(cameras: Sequence[Camera]) -> float:
    """How far the cameras stand from one another, against how far they are from the world's origin."""
    places = np.array([c.position for c in cameras])
    return float(np.linalg.norm(places.std(axis=0)) / max(float(np.linalg.norm(places.mean(axis=0))), 1e-9))


def _turned(camera: Camera, convention: str) -> Camera:
    return replace(camera, pose=checked_pose(CONVENTIONS[convention](camera.pose)))


def _judge(scene: Scene) -> tuple[str, Callable[[Sequence[Camera]], float]]:
    """What is known beside the poses, and the agreement in [0, 1] of cameras with it."""
    if scene.points is not None and len(scene.points) >= 20:
        points = scene.points[:: max(1, len(scene.points) // 2000)]
        return "sparse points", lambda cameras: _seen(cameras, points)
    chosen = np.unique(np.linspace(0, len(scene.train) - 1, LOOKED_AT).astype(int))
    opened = [
        pixels(v, max(1.0, max(v.camera.width, v.camera.height) / SIDE)) for v in (scene.train[k] for k in chosen)
    ]
    if 2 * sum(p.alpha8 is not None for p in opened) >= len(opened):
        return SILHOUETTES, lambda cameras: _covered([cameras[k] for k in chosen], opened)
    return AXES, lambda cameras: facing(cameras) * (1.0 - passing(cameras))


def _upright(cameras: Sequence[Camera]) -> bool:
    """Whether the cameras' up is the world's z, as most programs have it."""
    return float(np.mean([c.pose[2, 1] for c in cameras])) > 0.6


def _seen(cameras: Sequence[Camera], points: np.ndarray) -> float:
    """Share of the cameras that have a tenth of the points, or of what the best has, in their picture."""
    counts = np.array([len(in_sight(camera, points)[0]) for camera in cameras])
    return float((counts >= max(1.0, 0.1 * counts.max(initial=0), 0.02 * len(points))).mean())


def _covered(cameras: Sequence[Camera], opened: Sequence[Pixels]) -> float:
    """Mean share of a silhouette that the body of all of them covers."""
    posed = [replace(p, camera=replace(p.camera, pose=c.pose)) for c, p in zip(cameras, opened, strict=True)]
    low, high = looked_at([p.camera for p in posed])
    similarity = Similarity((low + high) / 2.0, 2.0 / max(float((high - low).max()), 1e-9))
    cells = hull(similarity, posed, CARVING)
    if not cells.any():
        return 0.0
    shares = [
        float(shadow(p.camera, similarity, cells)[p.alpha8 > 127].mean())
        for p in posed
        if p.alpha8 is not None and (p.alpha8 > 127).any()
    ]
    return float(np.mean(shares)) if shares else 0.0
