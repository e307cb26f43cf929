"""Splats seen from a camera: colour, opacity and depth, drawn by compiled loops on all cores."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np

from shapefield.driving import finish
from shapefield.machine.memory import require
from shapefield.machine.threads import side_by_side, thread_count
from shapefield.nerf.cameras import Camera, opencv_from_opengl
from shapefield.nerf.picture import RenderedView
from shapefield.splats.compositing import TILE, composite, count_pairs, list_pairs
from shapefield.splats.model import Splats
from shapefield.splats.projecting import WIDTH, project

PAIRS = 1 << 25
"""Pairs of a tile and a Gaussian that are listed at a time: more are drawn in bands of the picture, one by one."""
A_GAUSSIAN, A_PIXEL, A_PAIR = 90, 60, 4
"""Bytes: of a projected Gaussian, of a pixel with its copies, of a pair."""
NEAR = 1e-3
"""Of the splats' size: what is nearer to the camera is not drawn."""


def parts(splats: Splats, camera: Camera, backdrop: np.ndarray | None = None) -> Generator[float, None, RenderedView]:
    """Draw the splats, yielding the share that is done after every band of the picture; returns the view.

    backdrop : (3,) colour behind them; white where it is None. The camera's lens is taken for a pinhole.
    Raises ResourceError where there is no room.
    """
    pixels = camera.width * camera.height
    need = A_GAUSSIAN * len(splats) + A_PIXEL * pixels + A_PAIR * PAIRS
    require(need, f"{len(splats):,} Gaussians at {camera.width}x{camera.height}", "choose a smaller --width")
    table, depths, boxes = _projected(splats, camera)
    seen = np.flatnonzero(boxes[:, 0] <= boxes[:, 1])
    order = seen[np.argsort(depths[seen], kind="stable")].astype(np.int32)
    colour = np.zeros((camera.height, camera.width, 3), np.float32)
    light = np.ones((camera.height, camera.width), np.float32)
    distance = np.zeros((camera.height, camera.width), np.float32)
    columns, rows = -(-camera.width // TILE), -(-camera.height // TILE)
    counts = np.zeros(columns * rows, np.int64)
    count_pairs(boxes, columns, counts)
    for first, last in _bands(counts.reshape(rows, columns).sum(axis=1)):
        tiles = slice(first * columns, (last + 1) * columns)
        ends = np.zeros(columns * rows, np.int64)
        ends[tiles] = np.cumsum(counts[tiles])
        starts = ends - counts
        pairs = np.empty(ends[tiles][-1], np.int32)
        list_pairs(boxes, order, columns, first, last, starts.copy(), pairs)
        each = max(1, (tiles.stop - tiles.start) // (8 * thread_count()))

        def draw(at: int, stop: int = tiles.stop, starts: np.ndarray = starts, ends: np.ndarray = ends,
                 pairs: np.ndarray = pairs, each: int = each) -> None:  # fmt: skip
            composite(table, boxes, pairs, starts, ends, columns, at, min(at + each, stop), colour, light, distance)

        list(side_by_side(draw, range(tiles.start, tiles.stop, each)))
        yield (last + 1) / rows
    behind = np.ones(3, np.float32) if backdrop is None else backdrop.astype(np.float32)
    opacity = np.float32(1.0) - light
    depth = np.where(opacity > 1e-6, distance / np.maximum(opacity, np.float32(1e-6)), np.float32(0.0))
    return RenderedView(rgb=colour + light[..., None] * behind, opacity=opacity, depth=depth)


def picture(splats: Splats, camera: Camera, backdrop: np.ndarray | None = None) -> RenderedView:
    """Draw the splats from a camera at its own size."""
    return finish(parts(splats, camera, backdrop))


def _projected(splats: Splats, camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(n, WIDTH) ellipses, (n,) depths, (n, 4) boxes of pixels; of what is not seen only the box says so."""
    count = len(splats)
    table, depths = np.empty((count, WIDTH), np.float32), np.empty(count, np.float32)
    boxes = np.empty((count, 4), np.int32)
    view = np.ascontiguousarray(opencv_from_opengl(camera.pose)[:3, :3].T, dtype=np.float32)
    eye = camera.position.astype(np.float32)
    lens = np.array([camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height], np.float32)
    near = np.float32(NEAR * splats.size)
    given = (splats.positions, splats.scales, splats.rotations, splats.opacities, splats.harmonics)

    def work(at: slice) -> None:
        own = (table[at], depths[at], boxes[at])
        project(*(values[at] for values in given), view, eye, lens, near, splats.antialiased, *own)

    each = max(1 << 14, -(-count // (4 * thread_count())))
    list(side_by_side(work, [slice(start, start + each) for start in range(0, count, each)]))
    return table, depths, boxes


def _bands(pairs: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and last of the rows of tiles that are drawn together: at most PAIRS pairs, or a single row."""
    first, total = 0, 0
    for row, count in enumerate(pairs):
        if row > first and total + count > PAIRS:
            yield first, row - 1
            first, total = row, 0
        total += count
    yield first, len(pairs) - 1
