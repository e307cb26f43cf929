"""Long triangles cut short, for the hierarchy of the winding number.

A winding number is a sum of solid angles, which cutting a triangle changes nothing of. But a hierarchy treats far
triangles as one only where they are small beside their distance: a CAD part of few long slivers is then summed
triangle by triangle, up to six times as slow as a scan of ten times its faces (measured on the impeller).
"""

from __future__ import annotations

import numpy as np

LONGEST = 0.1
"""Unit lengths. Half of it gains another quarter on the impeller, for three times the pieces."""

ALLOWANCE = 200_000
"""Pieces more than there were triangles: a mesh of nothing but long slivers would otherwise become millions."""


def cut_short(
    vertices: np.ndarray, faces: np.ndarray, longest: float = LONGEST, allowance: int = ALLOWANCE
) -> tuple[np.ndarray, np.ndarray]:
    """The same surface in triangles without an edge beyond `longest`, each halved across its longest edge until then.

    vertices (v, 3) float64 and faces (m, 3) int64 → the same of the pieces, which share no vertices among them.
    Where it would take more than `allowance` additional pieces, the last ones stay as long as they are.
    """
    corners = vertices[faces]
    done, total = [], len(corners)
    while True:
        sides = [corners[:, k] - corners[:, (k + 1) % 3] for k in range(3)]
        squares = [np.einsum("ij,ij->i", side, side) for side in sides]
        long = np.maximum.reduce(squares) > longest**2
        if total == len(faces) and not long.any():
            return vertices, faces
        at = np.argmax([square[long] for square in squares], axis=0)
        done.append(corners[~long])
        corners = corners[long]
        total += len(corners)
        if not len(corners) or total > len(faces) + allowance:
            break
        rows = np.arange(len(at))
        a, b, c = (corners[rows, (at + k) % 3] for k in range(3))
        middle = 0.5 * (a + b)
        corners = np.concatenate([np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)])
    pieces = np.concatenate([*done, corners])
    return pieces.reshape(-1, 3), np.arange(3 * len(pieces)).reshape(-1, 3)
