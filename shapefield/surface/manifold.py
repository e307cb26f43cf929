"""Is a triangulation closed, consistently oriented and manifold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.mesh.graph import connected


@dataclass(frozen=True, slots=True)
class Soundness:
    """What is wrong with a triangulation; true where nothing is: closed, consistently oriented, edge-manifold.

    open : directed edges without a partner;  crowded : directed edges that more than one face has
    """

    open: int
    crowded: int

    def __bool__(self) -> bool:
        return not (self.open or self.crowded)


def half_edges(faces: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(m, 3) faces of `count` vertices → (3·m,) int64 numbers of the directed edges and of their reverses.

    Corner-major: first every face's edge from its first corner, then from its second, then from its third.
    """
    start, end = faces.T.reshape(-1), np.roll(faces, -1, axis=1).T.reshape(-1)
    return start * np.int64(count) + end, end * np.int64(count) + start


def examine(faces: np.ndarray, count: int) -> Soundness:
    """Count the open and the crowded edges of (m, 3) faces over `count` vertices."""
    forward, backward = half_edges(faces, count)
    forward.sort()
    backward.sort()
    crowded = int((forward[1:] == forward[:-1]).sum())
    if np.array_equal(forward, backward):
        return Soundness(0, crowded)
    found = np.minimum(np.searchsorted(backward, forward), len(backward) - 1)
    return Soundness(max(1, int((backward[found] != forward).sum())), crowded)


def count_pinches(faces: np.ndarray, count: int) -> int:
    """How many fans of faces too many the vertices have: 0 where every vertex's faces form one fan.

    faces : (m, 3), closed and with two faces at every edge
    """
    forward, backward = half_edges(faces, count)
    size = len(forward)
    partner = np.empty(size, dtype=np.int64)
    partner[np.argsort(forward, kind="stable")] = np.argsort(backward, kind="stable")
    # the same vertex in the face across the edge: the partner's next corner
    across = (partner + len(faces)) % size
    fans, _ = connected(np.stack([np.arange(size), across], axis=1), size)
    return fans - len(np.unique(faces))
