"""One triangle, cut along segments in its plane."""

from __future__ import annotations

import itertools
import math

import numpy as np


def triangulated(flat: np.ndarray, rim: list[int], chains: list[list[int]]) -> np.ndarray | None:
    """(c, 3) triangles of the polygon `rim`, counter-clockwise, none of which is crossed by a chain.

    flat : (k, 2) all points, as different as double precision tells them;  chains : paths of points within the rim
    Every edge of the rim and of the chains is an edge of triangles. None where the regions between them are unclear.
    """
    import manifold3d

    places = flat.tolist()
    outer, inner = _regions(places, rim, chains)
    if not outer:
        return None
    holes: list[list[list[int]]] = [[] for _ in outer]
    for loop in inner:
        home = _home(flat, places, loop, outer)
        if home is None:
            return None
        holes[home].append(loop)
    found = []
    for k, loop in enumerate(outer):
        if len(loop) == 3 and not holes[k]:
            found.append(np.array([loop]))
            continue
        loops = [loop, *holes[k]]
        index = np.concatenate([np.array(ring) for ring in loops])
        triangles = manifold3d.triangulate([flat[ring] for ring in loops], 1e-14, False)
        found.append(index[np.asarray(triangles).reshape(-1, 3)])
    triangles = np.concatenate(found).astype(np.int64)
    proper = (triangles[:, 0] != triangles[:, 1]) & (triangles[:, 1] != triangles[:, 2])
    return triangles[proper & (triangles[:, 2] != triangles[:, 0])]


def _regions(
    flat: list[list[float]], rim: list[int], chains: list[list[int]]
) -> tuple[list[list[int]], list[list[int]]]:
    """Loops around every region, counter-clockwise, and loops around islands, clockwise, but for the outermost."""
    turned = {(b, a) for a, b in zip(rim, rim[1:] + rim[:1], strict=True)}
    edges = {(a, b) for a, b in zip(rim, rim[1:] + rim[:1], strict=True)} | turned
    for chain in chains:
        for a, b in itertools.pairwise(chain):
            if a != b:
                edges |= {(a, b), (b, a)}
    around: dict[int, list[tuple[float, int]]] = {}
    for a, b in edges:
        (x, y), (u, v) = flat[a], flat[b]
        around.setdefault(a, []).append((math.atan2(v - y, u - x), b))
    follow: dict[tuple[int, int], int] = {}  # where the boundary of the region left of a → b goes on from b
    for b, fan in around.items():
        fan.sort()
        for k, (_, a) in enumerate(fan):
            follow[(a, b)] = fan[k - 1][1]
    outer, inner, seen = [], [], set()
    for edge in edges:
        if edge in seen:
            continue
        loop, (a, b), outside = [], edge, False
        while (a, b) not in seen:
            seen.add((a, b))
            outside |= (a, b) in turned
            loop.append(a)
            a, b = b, follow[(a, b)]
        if not outside:
            (outer if _area(flat, loop) > 0 else inner).append(loop)
    return outer, inner


def _area(flat: list[list[float]], loop: list[int]) -> float:
    """Twice the signed area."""
    x0, y0 = flat[loop[0]]
    total = 0.0
    for k in range(1, len(loop) - 1):
        (ax, ay), (bx, by) = flat[loop[k]], flat[loop[k + 1]]
        total += (ax - x0) * (by - y0) - (bx - x0) * (ay - y0)
    return total


def _home(flat: np.ndarray, places: list[list[float]], loop: list[int], outer: list[list[int]]) -> int | None:
    """The smallest region whose boundary runs around an island."""
    own, best, least = set(loop), None, math.inf
    x, y = flat[loop[0]]
    for k, ring in enumerate(outer):
        if own & set(ring):
            continue
        px, py = flat[ring].T
        qx, qy = np.roll(px, -1), np.roll(py, -1)
        spans = (py > y) != (qy > y)
        with np.errstate(divide="ignore", invalid="ignore"):
            right = x < (qx - px) * (y - py) / (qy - py) + px
        size = _area(places, ring)
        if (spans & right).sum() % 2 and size < least:
            best, least = k, size
    return best
