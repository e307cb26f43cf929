"""Views that contradict the rest: a camera far off, a focal length twice wrong. They are named, not left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from shapefield.nerf.cameras import Camera, in_sight
from shapefield.nerf.framing import ModelFrame, grown, reach, shadow
from shapefield.nerf.scene import Pixels, Scene

FEWEST = 6
"""Views from which on one can contradict the rest."""
NAMED = 5
COVERED, USUAL = 0.5, 0.8
"""Share of its silhouette that the body must cover in a view, and usually covers."""
BEYOND = 0.5
"""Share of the body that lies outside of a silhouette from which on the two are of different sizes."""
FAR = 10.0
"""Multiples of the cameras' median distance from their middle from which on one is far off."""
FOCAL = 1.6
"""Factor between a focal length and the others' from which on it is told."""


def contradicting(scene: Scene, pixels: Sequence[Pixels], frame: ModelFrame) -> str | None:
    """One line that names the training views that contradict the rest, and why; None where none does."""
    if len(pixels) < FEWEST:
        return None
    cameras = [p.camera for p in pixels]
    why: dict[int, str] = {}
    for found in (
        _by_silhouette(pixels, frame),
        _by_points(cameras, scene.points),
        _by_place(cameras),
        _by_lens(cameras),
    ):
        why = found | why
    if not why or 2 * len(why) > len(pixels):
        return None
    named = ", ".join(f"{scene.train[k].name} ({why[k]})" for k in sorted(why)[:NAMED])
    more = f" and {len(why) - NAMED} more" if len(why) > NAMED else ""
    return f"views that contradict the rest: {named}{more}; correct their poses or leave them out"


def _by_silhouette(pixels: Sequence[Pixels], frame: ModelFrame) -> dict[int, str]:
    """Views in which the common body lies elsewhere than their silhouette, or is much larger."""
    if frame.cells is None or not frame.cells.any():
        return {}
    covered, beyond = np.full((2, len(pixels)), np.nan)
    for k, picture in enumerate(pixels):
        mask = None if picture.alpha8 is None else picture.alpha8 > 127
        if mask is None or not mask.any():
            continue
        body = shadow(picture.camera, frame.similarity, frame.cells)
        covered[k] = body[mask].mean()
        around = grown(mask, 2 * reach(picture.camera, frame.similarity, frame.cells.shape[0]))
        beyond[k] = 1.0 - around[body].mean() if body.any() else 0.0
    found = {}
    if np.nanmedian(covered) >= USUAL and np.nanmedian(beyond) < 0.5 * BEYOND:
        found |= {int(k): "its silhouette lies elsewhere" for k in np.flatnonzero(covered < COVERED)}
        found |= {int(k): "its silhouette is smaller" for k in np.flatnonzero(beyond > BEYOND) if int(k) not in found}
    return found


def _by_points(cameras: Sequence[Camera], points: np.ndarray | None) -> dict[int, str]:
    """Views that have hardly any of the sparse points in their picture."""
    if points is None:
        return {}
    some = points[:: max(1, len(points) // 2000)]
    counts = np.array([len(in_sight(camera, some)[0]) for camera in cameras])
    few = counts < 0.05 * np.median(counts)
    return {int(k): "it sees none of the sparse points" for k in np.flatnonzero(few)}


def _by_place(cameras: Sequence[Camera]) -> dict[int, str]:
    """Views from far away."""
    places = np.array([c.position for c in cameras])
    away = np.linalg.norm(places - np.median(places, axis=0), axis=1)
    return {
        int(k): "its camera stands far off" for k in np.flatnonzero(away > FAR * max(float(np.median(away)), 1e-12))
    }


def _by_lens(cameras: Sequence[Camera]) -> dict[int, str]:
    """Views whose focal length, in widths of the picture, is far from what three quarters of the views have."""
    focal = np.array([c.fx / max(c.width, c.height) for c in cameras])
    ratio = focal / np.median(focal)
    if (np.abs(ratio - 1.0) < 0.05).mean() < 0.75:
        return {}
    off = np.flatnonzero((ratio > FOCAL) | (ratio < 1.0 / FOCAL))
    return {int(k): f"its focal length is {ratio[k]:.2g} times the others'" for k in off}
