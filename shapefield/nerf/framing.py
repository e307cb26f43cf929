"""Where the scene is: the box from the dataset, from alpha (a visual hull), or from cameras and sparse points
(`boxes`); and the similarity that brings it into the model frame [-1, 1]^3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from shapefield.mesh.model import Similarity
from shapefield.nerf.boxes import looked_at, unbounded_box
from shapefield.nerf.cameras import Camera, in_sight
from shapefield.nerf.scene import Pixels, Scene

HULL = 48
"""Cells along the edge of the visual hull."""
CARVING = 24
"""Cells along the edge of the grids that find the box."""


@dataclass(frozen=True, slots=True, eq=False)
class ModelFrame:
    """The model frame.

    similarity : world → model;  cells : (r, r, r) bool, where matter can be, or None for everywhere
    bounded    : nothing is seen outside the box;  reason : where the box came from, one line
    """

    similarity: Similarity
    cells: np.ndarray | None
    bounded: bool
    reason: str


def frame_of(scene: Scene, pixels: Sequence[Pixels]) -> ModelFrame:
    """The frame of a scene whose training pictures are open."""
    cameras = [p.camera for p in pixels]
    if 2 * sum(p.alpha8 is not None for p in pixels) >= len(pixels):
        reason = "the box comes from the silhouettes" if scene.box is None else "the box is the dataset's own"
        similarity = _similarity(_carved_box(looked_at(cameras), pixels) if scene.box is None else scene.box)
        return ModelFrame(similarity, hull(similarity, pixels, HULL), True, reason)
    if scene.box is not None:
        return ModelFrame(_similarity(scene.box), None, True, "the box is the dataset's own")
    box, reason = unbounded_box(scene, cameras)
    return ModelFrame(_similarity(box), None, False, reason)


def _similarity(box: np.ndarray) -> Similarity:
    low, high = np.asarray(box, dtype=np.float64)
    half = max(float((high - low).max()) / 2.0, 1e-9)
    return Similarity(center=(low + high) / 2.0, scale=1.0 / half)


def _carved_box(region: np.ndarray, pixels: Sequence[Pixels]) -> np.ndarray:
    """The bounds of the visual hull in `region`, with a margin of a cell; found again in every smaller box."""
    box = np.asarray(region, dtype=np.float64)
    for _ in range(4):
        similarity = _similarity(box)
        occupied = np.argwhere(hull(similarity, pixels, CARVING))
        if len(occupied) == 0:
            return box
        cell = 2.0 / CARVING
        low, high = occupied.min(axis=0) * cell - 1.0 - cell / 2, (occupied.max(axis=0) + 1) * cell - 1.0 + cell / 2
        box = similarity.to_input(np.stack([low, high]))
        if (high - low).max() > 1.8:
            break
    return box


def hull(similarity: Similarity, pixels: Sequence[Pixels], resolution: int, tolerance: int = 1) -> np.ndarray:
    """(r, r, r) bool: cells that the views that have them in sight see covered (alpha > 0.05).

    A picture whose silhouette does not touch its border shows all there is: what lies outside it is empty. Elsewhere
    a cell must be seen covered by a quarter as many views as the best seen one, and by two, else matter would be
    learnt where no picture can refute it. `tolerance` views may disagree (a bad mask or pose), no more than one in
    eight. Silhouettes are grown by the cell's own size in the picture, so that a cell is kept if any part of it is
    covered. Even resolutions are found at half the resolution first.
    """
    centers = (np.arange(resolution) + 0.5) * (2.0 / resolution) - 1.0
    grid = np.stack(np.meshgrid(centers, centers, centers, indexing="ij"), axis=-1).reshape(-1, 3)
    if resolution % 2 == 0 and resolution > CARVING:
        half = hull(similarity, pixels, resolution // 2, tolerance)
        candidates = np.flatnonzero(half.repeat(2, axis=0).repeat(2, axis=1).repeat(2, axis=2).ravel())
    else:
        candidates = np.arange(len(grid))
    points = similarity.to_input(grid[candidates])
    silhouettes = [(view.camera, view.alpha8 > 12) for view in pixels if view.alpha8 is not None]
    votes, against = np.zeros((2, len(points)), dtype=np.int32)
    for camera, mask in silhouettes:
        covered = grown(mask, reach(camera, similarity, resolution))
        left = np.flatnonzero(against <= tolerance)
        inside, columns, rows = in_sight(camera, points[left])
        empty = np.full(len(left), _shows_all(mask))
        empty[inside] = ~covered[rows, columns]
        against[left] += empty
        votes[left[inside]] += ~empty[inside]
    kept = against <= np.minimum(tolerance, (votes + against) // 8)
    kept &= votes >= max(min(2, len(silhouettes)), 0.25 * votes[kept].max(initial=0))
    result = np.zeros(resolution**3, dtype=bool)
    result[candidates[kept]] = True
    return result.reshape((resolution,) * 3)


def _shows_all(mask: np.ndarray) -> bool:
    """Whether something is covered and nothing at the picture's border is."""
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return bool(mask.any() and not border.any())


def shadow(camera: Camera, similarity: Similarity, cells: np.ndarray) -> np.ndarray:
    """(h, w) bool: pixels whose rays can meet one of `cells` (r, r, r); some more, never fewer."""
    points = similarity.to_input((np.argwhere(cells) + 0.5) * (2.0 / cells.shape[0]) - 1.0)
    radius = np.sqrt(3.0) / cells.shape[0] / similarity.scale
    depth = (points - camera.position) @ camera.forward
    nearest = float(depth.min(initial=np.inf)) - radius
    slope = np.hypot(camera.width / camera.fx, camera.height / camera.fy)  # at most, of a ray in the picture
    by = np.ceil((1.0 + slope) * radius / max(nearest, 1e-12) * max(camera.fx, camera.fy)) + 1.0
    if by > 0.25 * max(camera.width, camera.height):  # the camera stands in or before the cells
        return np.ones((camera.height, camera.width), dtype=bool)
    by = int(by)
    wider = replace(
        camera, cx=camera.cx + by, cy=camera.cy + by, width=camera.width + 2 * by, height=camera.height + 2 * by
    )
    mask = np.zeros((wider.height, wider.width), dtype=bool)
    _, columns, rows = in_sight(wider, points)
    mask[rows, columns] = True
    return grown(mask, by)[by : by + camera.height, by : by + camera.width]


def grown(mask: np.ndarray, by: int) -> np.ndarray:
    """(h, w) bool, grown by `by` pixels in every direction, by doubling shifts."""
    for axis in (0, 1):
        wider, done = mask, 0
        while done < by:
            shift = min(by - done, 2 * done + 1)
            ahead, behind = np.zeros_like(wider), np.zeros_like(wider)
            if axis == 0:
                ahead[shift:], behind[:-shift] = wider[:-shift], wider[shift:]
            else:
                ahead[:, shift:], behind[:, :-shift] = wider[:, :-shift], wider[:, shift:]
            wider, done = wider | ahead | behind, done + shift
        mask = wider
    return mask


def reach(camera: Camera, similarity: Similarity, resolution: int = HULL) -> int:
    """Pixels that half the diagonal of a hull cell at the scene's middle can cover, rounded up, and one more."""
    distance = max(float(np.linalg.norm(camera.position - similarity.center)), 1e-9)
    half_diagonal = np.sqrt(3.0) / resolution / similarity.scale
    pixels = half_diagonal / distance * max(camera.fx, camera.fy)
    return int(np.ceil(min(pixels, 0.5 * max(camera.width, camera.height)))) + 1
