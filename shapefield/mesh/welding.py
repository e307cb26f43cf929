"""Vertices at exactly equal positions become one: what makes a triangle soup closed again."""

from __future__ import annotations

import numpy as np

BLOCK = 1 << 20


def groups_of_equal_rows(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows are exactly equal (0.0 and -0.0 are), in O(n log n) and without sorting rows of three.

    points : (n, 3) float64
    Returns first (k,) int64, the first row of each group in order of appearance, and group (n,) int64.
    """
    key = _hash(points)
    order = np.argsort(key, kind="stable")
    new = np.ones(len(order), dtype=bool)
    for at in range(0, len(order), BLOCK):
        block = key[order[at : at + BLOCK + 1]]
        new[at + 1 : at + len(block)] = block[1:] != block[:-1]
    del key
    group = np.empty(len(order), dtype=np.int64)
    group[order] = np.cumsum(new) - 1
    first = order[new]
    del order, new
    if not _all_equal(points, first, group):  # two positions with one hash: sort the slow, certain way
        _, first, group = np.unique(points + 0.0, axis=0, return_index=True, return_inverse=True)
        group = group.reshape(-1)
    appearance = np.argsort(first, kind="stable")
    rank = np.empty(len(first), dtype=np.int64)
    rank[appearance] = np.arange(len(first))
    return first[appearance].astype(np.int64), rank[group]


def groups_of_equal_faces(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Like `groups_of_equal_rows`, of (m, 3) faces with the same corners, wound the same way."""
    least = faces.argmin(axis=1)[:, None]
    turned = np.take_along_axis(faces, (least + np.arange(3)) % 3, axis=1)
    return groups_of_equal_rows(turned.astype(np.float64))


def _hash(points: np.ndarray) -> np.ndarray:
    """(n, 3) float64 → (n,) uint64, by splitmix64's finaliser over the three words."""
    key = np.empty(len(points), dtype=np.uint64)
    for at in range(0, len(points), BLOCK):
        words = (np.asarray(points[at : at + BLOCK], dtype=np.float64) + 0.0).view(np.uint64).reshape(-1, 3)
        value = np.zeros(len(words), dtype=np.uint64)
        for k in range(3):
            value = (value ^ words[:, k]) * np.uint64(0xBF58476D1CE4E5B9)
            value ^= value >> np.uint64(29)
            value *= np.uint64(0x94D049BB133111EB)
            value ^= value >> np.uint64(32)
        key[at : at + BLOCK] = value
    return key


def _all_equal(points: np.ndarray, first: np.ndarray, group: np.ndarray) -> bool:
    """Whether every row equals the first of its group."""
    return all(
        bool((points[first[group[at : at + BLOCK]]] == points[at : at + BLOCK]).all())
        for at in range(0, len(points), BLOCK)
    )


def boundary_edge_count(faces: np.ndarray) -> int:
    """How many undirected edges belong to exactly one face."""
    a = faces.reshape(-1)
    b = faces[:, [1, 2, 0]].reshape(-1)
    key = np.minimum(a, b) * (int(faces.max(initial=0)) + 1) + np.maximum(a, b)
    key.sort()
    last = np.ones(len(key), dtype=bool)
    last[:-1] = key[1:] != key[:-1]
    starts = np.flatnonzero(np.concatenate([[True], last[:-1]])) if len(key) else np.zeros(0, np.int64)
    return int((np.diff(np.append(starts, len(key))) == 1).sum())
