"""Marching cubes over the stored bricks: scikit-image's (Lewiner et al. 2003) on bricks packed side by side.

Bricks are laid into one array with a mask that keeps cells from spanning two of them. A vertex is known by the grid
edge it lies on, so vertices of neighbouring bricks are merged exactly, and positions are computed here in float64.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from shapefield.events import Progress
from shapefield.machine.threads import side_by_side
from shapefield.surface.bricks import Bricks
from shapefield.surface.sampler import Sampler

PACK = 1 << 20  # nodes a call
NEAREST = 1e-3  # a vertex stays this share of its edge away from the edge's ends: no degenerate triangles
CENTRE = 3  # the "axis" of a vertex inside a cell, which some cases have


@dataclass(frozen=True, slots=True, eq=False)
class Crossings:
    """Topology of the surface, and where its vertices lie.

    nodes  : (n, 3) int64, lower node of each vertex's grid edge, or of its cell
    axis   : (n,) int8, direction of the edge, CENTRE for a vertex inside a cell
    ends   : (n, 2) float32, field at the edge's lower and upper node
    share  : (n, 3) float32, position within the cell in cells, for CENTRE; elsewhere unused
    faces  : (m, 3) int64, counter-clockwise seen from outside
    """

    nodes: np.ndarray
    axis: np.ndarray
    ends: np.ndarray
    share: np.ndarray
    faces: np.ndarray


def march(bricks: Bricks, slots: np.ndarray, sampler: Sampler) -> Generator[Progress, None, Crossings]:
    """Triangulate the level set in these slots' cells, all corners of which are known where they change sign."""
    scale = _scale(bricks, slots)
    parts, faces, count = [], [], 0
    size = max(1, PACK // (bricks.grid.brick + 1) ** 3)

    def marched(part: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
        vertices, triangles = _march_packed(bricks.gather(part), scale)
        return _decode(bricks, part, vertices, scale), triangles

    for decoded, triangles in side_by_side(marched, [slots[k : k + size] for k in range(0, len(slots), size)]):
        parts.append(decoded)
        faces.append(triangles.astype(np.int64) + count)
        count += len(decoded[0])
        yield sampler.progress()
    keys, nodes, axis, ends, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    _, kept, inverse = np.unique(keys, return_index=True, return_inverse=True)
    return Crossings(nodes[kept], axis[kept], ends[kept], share[kept], inverse[np.concatenate(faces)])


def _scale(bricks: Bricks, slots: np.ndarray) -> float:
    """A typical |f| at known nodes."""
    some = slots[:: max(1, len(slots) // 256)]
    known = np.abs(bricks.values[some][bricks.known[some]])
    return float(np.median(known[known > 0])) if (known > 0).any() else 1.0


def _compressed(values: np.ndarray, scale: float) -> np.ndarray:
    """Values for scikit-image: same signs, same order, magnitudes between NEAREST and 1, equal for equal nodes.

    Its float32 positions then always tell which edge a vertex lies on; that they are not exact does not matter.
    """
    magnitude = np.abs(values)
    magnitude = np.maximum(magnitude / (magnitude + np.float32(scale)), np.float32(NEAREST))
    return np.where(values < 0, -magnitude, magnitude)


def _side(count: int) -> int:
    return int(np.ceil(round(count ** (1 / 3), 6)))


def _march_packed(values: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """(k, e, e, e) node values of k bricks → vertices (n, 3) float32 in packed coordinates, triangles (m, 3)."""
    from skimage.measure import marching_cubes

    count, edge = values.shape[0], values.shape[1]
    side = _side(count)
    packed = np.ones((side**3, edge, edge, edge), dtype=np.float32)
    packed[:count] = _compressed(values, scale)
    mask = np.zeros_like(packed, dtype=bool)
    mask[:count, 1:, 1:, 1:] = True  # scikit-image asks the mask at a cell's last corner
    packed, mask = (
        np.ascontiguousarray(a.reshape(side, side, side, edge, edge, edge).transpose(0, 3, 1, 4, 2, 5)).reshape(
            (side * edge,) * 3
        )
        for a in (packed, mask)
    )
    vertices, faces, _, _ = marching_cubes(packed, 0.0, mask=mask, gradient_direction="descent")
    return vertices, faces


def _decode(bricks: Bricks, slots: np.ndarray, vertices: np.ndarray, scale: float) -> tuple[np.ndarray, ...]:
    """Packed vertices → (keys, nodes, axis, ends, share), see Crossings."""
    edge = bricks.grid.brick + 1
    side = _side(len(slots))
    floor = np.floor(vertices)
    share = vertices - floor
    # an end of an edge is never nearer than about NEAREST, and packed coordinates are finer than that
    whole = np.minimum(share, 1 - share) < 0.1 * NEAREST
    base = np.where(whole, np.rint(vertices), floor).astype(np.int64)
    axis = np.where((~whole).sum(axis=1) == 1, np.argmax(~whole, axis=1), CENTRE).astype(np.int8)
    where, local = base // edge, base % edge
    brick = (where[:, 0] * side + where[:, 1]) * side + where[:, 2]
    nodes = bricks.grid.bricks(bricks.numbers[slots])[brick] * bricks.grid.brick + local
    values = bricks.gather(slots)
    upper = np.minimum(local + (axis[:, None] == np.arange(3)), edge - 1)
    ends = np.stack([values[brick, c[:, 0], c[:, 1], c[:, 2]] for c in (local, upper)], axis=1)
    return bricks.grid.node_numbers(nodes) * 4 + axis, nodes, axis, ends, share
