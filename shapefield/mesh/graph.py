"""What belongs together, in linear time: equal pairs of numbers, and nodes that hang together. Compiled loops.

Numbers are int64 and below `count` in both.
"""

from __future__ import annotations

import numpy as np

from shapefield.machine.compiling import compiled


def grouped_pairs(low: np.ndarray, high: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(h,), (h,) two numbers each → order (h,) that sorts them by `low`, then `high`, and is stable; starts (e + 1,).

    Group k of equal pairs is order[starts[k] : starts[k + 1]].
    """
    low, high = (np.ascontiguousarray(numbers, dtype=np.int64) for numbers in (low, high))
    if count > 8 * len(low) + 64:  # so few numbers of so many are sorted quicker by comparing them
        order = np.lexsort((high, low))
        fresh = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
        return order, np.concatenate([[0], np.flatnonzero(fresh) + 1, [len(low)]])[not len(low) :]
    return _group(low, high, count)


def connected(rows: np.ndarray, count: int) -> tuple[int, np.ndarray]:
    """(k, c) rows of nodes that hang together → the number of components, and each node's, (count,) int32.

    Components are numbered in the order of their first nodes; a node in no row is one of its own.
    """
    return _connect(np.ascontiguousarray(rows, dtype=np.int64), count)


def connected_faces(faces: np.ndarray, count: int) -> np.ndarray:
    """(m, 3) faces over `count` vertices → (m,) int32 the component of each, joined by shared vertices."""
    _, label = connected(faces, count)
    own = label[faces[:, 0]]
    used = np.zeros(int(own.max(initial=-1)) + 1, dtype=bool)  # a vertex without faces is no component
    used[own] = True
    return (np.cumsum(used, dtype=np.int32) - 1)[own]


@compiled
def _group(low, high, count):
    order, place = np.empty(len(low), dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
    for k in range(len(high)):
        place[high[k] + 1] += 1
    for k in range(count):
        place[k + 1] += place[k]
    by_high = np.empty(len(low), dtype=np.int64)
    for k in range(len(high)):
        by_high[place[high[k]]] = k
        place[high[k]] += 1
    place[:] = 0
    for k in range(len(low)):
        place[low[k] + 1] += 1
    for k in range(count):
        place[k + 1] += place[k]
    for j in range(len(by_high)):
        k = by_high[j]
        order[place[low[k]]] = k
        place[low[k]] += 1
    starts, groups = np.empty(len(low) + 1, dtype=np.int64), 0
    for j in range(len(order)):
        if j == 0 or low[order[j]] != low[order[j - 1]] or high[order[j]] != high[order[j - 1]]:
            starts[groups] = j
            groups += 1
    starts[groups] = len(order)
    return order, starts[: groups + 1]


@compiled
def _connect(rows, count):
    parent = np.arange(count)
    for k in range(len(rows)):
        a = rows[k, 0]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        for c in range(1, rows.shape[1]):
            b = rows[k, c]
            while parent[b] != b:
                parent[b] = parent[parent[b]]
                b = parent[b]
            if a < b:
                parent[b] = a
            else:
                parent[a] = b
                a = b
    label, number = np.empty(count, dtype=np.int32), 0
    for k in range(count):  # a parent has a lower number than its child, and so a label already
        if parent[k] == k:
            label[k] = number
            number += 1
        else:
            label[k] = label[parent[k]]
    return number, label
