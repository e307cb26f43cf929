"""Faces without an area, which close the crack at an edge that a corner of a neighbour lies on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.solid.model import FaceOrigin
from shapefield.solid.work import Work

FLAT = 1e-6
"""Height of a triangle, unit lengths, below which its middle corner lies on the edge opposite."""
PASSES = 8


def without_flat(work: Work, first: int) -> Work:
    """Where a triangle (of those from `first` on) is flat, its longest edge is exchanged for the one across.

    The corner in its middle lies on an edge of a neighbour, which is cut there: nothing flat is left.
    """
    faces, source, made = work.faces.copy(), work.source.copy(), work.made.copy()
    flat = [first + int(k) for k in np.flatnonzero(_heights(work.vertices, faces[first:]) < FLAT)]
    if not flat:
        return work
    places = cache(lambda vertex: work.vertices[vertex].tolist())
    at = _edges_near(faces, faces[flat], len(work.vertices))
    for _ in range(PASSES):
        left = []
        for row in flat:
            u, v, w = _longest_first(faces[row].tolist(), places)
            mate = at.get((v, u))
            apex = None if mate is None else next((x for x in faces[mate].tolist() if x not in (u, v)), None)
            if mate is None or apex is None or mate == row or apex == w or (w, apex) in at or (apex, w) in at:
                continue
            if min(_height(*(places(x) for x in corners)) for corners in ((u, apex, w), (v, w, apex))) < FLAT:
                left.append(row)
                continue
            faces[row], faces[mate] = (u, apex, w), (v, w, apex)
            at.pop((u, v), None)
            at.pop((v, u), None)
            at |= {(u, apex): row, (apex, w): row, (w, u): row, (v, w): mate, (w, apex): mate, (apex, v): mate}
            source[row], made[row] = source[mate], made[mate]
            if made[mate] <= FaceOrigin.TURNED:
                made[row] = made[mate] = FaceOrigin.CUT
        if not left or len(left) == len(flat):
            break
        flat = left
    return replace(work, faces=faces, source=source, made=made)


def _edges_near(faces: np.ndarray, flat: np.ndarray, count: int) -> dict[tuple[int, int], int]:
    """The face of every directed edge, of faces that have two corners or more in common with flat ones."""
    corner = np.zeros(count, dtype=bool)
    corner[flat.reshape(-1)] = True
    rows = np.flatnonzero(corner[faces].sum(axis=1) >= 2)
    found: dict[tuple[int, int], int] = {}
    for k in range(3):
        ends = faces[rows][:, [k, (k + 1) % 3]].tolist()
        found |= {(u, v): row for row, (u, v) in zip(rows.tolist(), ends, strict=True)}
    return found


def _longest_first(corners: list[int], places: Callable[[int], list[float]]) -> tuple[int, int, int]:
    """The corners in their order, the longest edge between the first two."""
    a, b, c = corners
    turns = ((a, b, c), (b, c, a), (c, a, b))
    return max(turns, key=lambda turn: math.dist(places(turn[0]), places(turn[1])))


def _height(a: list[float], b: list[float], c: list[float]) -> float:
    """The least height of one triangle."""
    longest = max(math.dist(a, b), math.dist(b, c), math.dist(c, a))
    (ux, uy, uz), (vx, vy, vz) = ([q - p for p, q in zip(a, end, strict=True)] for end in (b, c))
    return math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx) / max(longest, 1e-300)


def _heights(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(k,) the least height of each triangle."""
    corners = vertices[faces]
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    return 2.0 * Mesh(vertices, faces).face_areas / np.maximum(longest, 1e-300)
