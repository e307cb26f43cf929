"""Holes: the boundary loops of a mesh, and patches that close them.

A patch is the loop's triangulation of least area (Barequet and Sharir 1995), refined to the loop's edge length and
made fair (Liepa 2003): a membrane where the surface around runs straight into the hole, a thin plate where it curves
into it, so that a hole in a box or a vase's mouth is closed flat and a hole in a sphere round.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.solid.polygons import triangulated
from shapefield.solid.topology import edges_of

FINEST = 3000  # faces of one patch, about
CURVED = 0.15  # mean turn of the surface over the hole's radius, in radians, from which it is closed round
ENOUGH = 0.5  # of the turn that a round patch has to make, which the surface around must show
PLANE = 1e-3  # of its size, that a loop may leave its plane for being flat
WIDE = 0.2  # share of the area from which a hole is too wide to guess a curve over it


@dataclass(frozen=True, slots=True, eq=False)
class Closed:
    """A mesh without boundary: vertices, faces (the patches' last), and of every face of a patch its loop (k,).

    area : (loops,) area of each patch
    """

    vertices: np.ndarray
    faces: np.ndarray
    loop: np.ndarray
    area: np.ndarray


def close_holes(vertices: np.ndarray, faces: np.ndarray, compiled: bool = True) -> Closed:
    """Close every boundary loop of consistently wound faces; afterwards each edge is run through both ways alike.

    compiled : whether loops can be compiled; then a round patch that would poke through a face is made a membrane
    """
    loops = boundary_loops(faces)
    around = _Surroundings(vertices, faces)
    plain = triangulated(vertices, loops)
    patches = [_patch(vertices, loop, own, around) for loop, own in zip(loops, plain, strict=True)]
    closed = _assembled(vertices, faces, loops, patches)
    if compiled and any(patch.curved for patch in patches):
        for number in _poking(closed, len(faces)):
            if patches[number].curved:
                patches[number] = _patch(vertices, loops[number], plain[number], around, flat=True)
        closed = _assembled(vertices, faces, loops, patches)
    return closed


def _poking(closed: Closed, given: int) -> list[int]:
    """The loops whose patches, which follow the given faces, cross anything."""
    from shapefield.solid.intersections import intersections

    found = intersections(closed.vertices, closed.faces, np.arange(len(closed.faces)) >= given)
    crossed = np.zeros(0, dtype=np.int64) if found is None else np.unique(found.pairs)
    return np.unique(closed.loop[crossed[crossed >= given] - given]).tolist()


def _assembled(vertices: np.ndarray, faces: np.ndarray, loops: list[np.ndarray], patches: list[_Patch]) -> Closed:
    """The mesh with its patches."""
    new_vertices, new_faces, count = [vertices], [faces], len(vertices)
    for loop, patch in zip(loops, patches, strict=True):
        inner = len(patch.points) - len(loop)
        index = np.concatenate([loop, np.arange(count, count + inner)]) if inner else loop
        count += inner
        new_vertices.append(patch.points[len(loop) :])
        new_faces.append(index[patch.triangles])
    label = np.repeat(np.arange(len(loops)), [len(patch.triangles) for patch in patches])
    whole = Mesh(np.concatenate(new_vertices), np.concatenate(new_faces))
    made = Mesh(whole.vertices, whole.faces[len(faces) :]).face_areas
    return Closed(whole.vertices, whole.faces, label, np.bincount(label, weights=made, minlength=len(loops)))


def boundary_loops(faces: np.ndarray) -> list[np.ndarray]:
    """Simple cycles of vertices, in the direction in which faces that close them must run."""
    edges = edges_of(faces)
    first = np.zeros(len(edges.count), dtype=np.int64)
    first[edges.edge] = np.arange(len(edges.edge))
    follow: dict[int, list[int]] = {}
    for e in np.flatnonzero(edges.net):
        a, b = (int(v) for v in np.sort(edges.half[first[e]]))
        start, end = (b, a) if edges.net[e] > 0 else (a, b)
        follow.setdefault(start, []).extend([end] * abs(int(edges.net[e])))
    loops = []
    for start in list(follow):
        while follow[start]:
            loops.extend(_walk(start, follow))
    return loops


def _walk(start: int, follow: dict[int, list[int]]) -> list[np.ndarray]:
    """Follow directed edges from `start` back to it, cutting a cycle off wherever a vertex comes again."""
    loops, path, place = [], [start], {start: 0}
    while follow[path[-1]]:
        vertex = follow[path[-1]].pop()
        if vertex in place:
            cut = place[vertex]
            cycle = path[cut:]
            if len(cycle) > 2:
                loops.append(np.array(cycle))
            for gone in cycle[1:]:
                del place[gone]
            path = path[: cut + 1]
        else:
            place[vertex] = len(path)
            path.append(vertex)
    return loops


class _Surroundings:
    """Faces by vertex, normals and area of the mesh around the holes."""

    def __init__(self, vertices: np.ndarray, faces: np.ndarray) -> None:
        self.vertices, self.faces = vertices, faces
        a, b, c = (vertices[faces[:, k]] for k in range(3))
        vectors = np.cross(b - a, c - a)
        self.area = 0.5 * float(np.linalg.norm(vectors, axis=1).sum())
        self.normals = _unit(vectors)
        at_vertices = np.zeros_like(vertices)
        for k in range(3):
            np.add.at(at_vertices, faces[:, k], vectors)
        self.vertex_normals = _unit(at_vertices)
        self.by_vertex = np.argsort(faces.reshape(-1), kind="stable")
        self.starts = np.searchsorted(faces.reshape(-1)[self.by_vertex], np.arange(len(vertices) + 1))

    def ring(self, loop: np.ndarray) -> np.ndarray:
        """(k,) faces that touch the loop."""
        found = [self.by_vertex[self.starts[v] : self.starts[v + 1]] // 3 for v in loop]
        return np.unique(np.concatenate(found))

    def rounds(self, loop: np.ndarray, radius: float) -> bool:
        """Whether the surface turns on its way to the loop as it must, to close the hole by going on like that.

        From the faces' slope at the rim, and its change on the way there, follow the angle through which the surface
        would have turned at the hole's middle, and the angle through which it has to. Over a sphere's hole they are
        the same. A wall that runs straight into its rim (a vase's, a torn box's) does not turn at all.
        """
        corners = {(int(a), int(b)) for a, b in zip(np.roll(loop, -1), loop, strict=True)}
        ring = self.vertices[loop]
        across = np.cross(ring - ring.mean(axis=0), np.roll(ring, -1, axis=0) - ring).sum(axis=0)
        turns, needs = [], []
        for face in self.ring(loop):
            triple = self.faces[face]
            for k in range(3):
                a, b, apex = (int(triple[(k + j) % 3]) for j in range(3))
                if (a, b) not in corners:
                    continue
                outwards = np.cross(self.vertices[b] - self.vertices[a], self.normals[face])
                outwards /= max(float(np.linalg.norm(outwards)), 1e-300)
                run = float((self.vertices[a] - self.vertices[apex]) @ outwards)
                if 0.0 < run < radius:
                    # the face's normal belongs to its middle, a third of the way to the apex
                    change = float((self.normals[face] - self.vertex_normals[apex]) @ outwards)
                    turns.append(change / (run * 2 / 3) * radius)
                    needs.append(math.atan2(float(across @ outwards), float(across @ self.normals[face])))
        if not turns:
            return False
        turn, need = float(np.median(turns)), float(np.median(needs))
        return bool(abs(np.mean(turns)) > CURVED and turn * need > 0 and abs(turn) > ENOUGH * abs(need))


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """Points, the loop's first, and triangles of what closes one loop; and whether it is round."""

    points: np.ndarray
    triangles: np.ndarray
    curved: bool = False


def _patch(
    vertices: np.ndarray, loop: np.ndarray, triangles: np.ndarray, around: _Surroundings, flat: bool = False
) -> _Patch:
    """What closes one loop, out of its `triangles` of least area; a membrane if it must be flat."""
    ring = vertices[loop]
    if len(loop) < 6:
        return _Patch(ring, triangles)
    area = float(Mesh(ring, triangles).face_areas.sum())
    edge = float(np.linalg.norm(ring - np.roll(ring, 1, axis=0), axis=1).mean())
    curved = not flat and area < WIDE * around.area and around.rounds(loop, (area / np.pi) ** 0.5)
    if not curved and _planar(ring):
        return _Patch(ring, triangles)  # a membrane over it would be as flat
    # A thin plate of uniform weights needs triangles a little finer than those around it, or it stays too flat.
    target = max((0.75 if curved else 1.3) * edge, (2.5 * area / FINEST) ** 0.5)
    points, triangles = _refined(ring, triangles, target)
    if len(points) == len(loop):
        return _Patch(points, triangles)
    return _Patch(_faired(points, triangles, len(loop), loop, around, curved), triangles, bool(curved))


def _refined(points: np.ndarray, triangles: np.ndarray, target: float) -> tuple[np.ndarray, np.ndarray]:
    """Split inner edges longer than `target`, longest first, each in both its triangles; the rim stays."""
    for _ in range(60):
        m = len(triangles)
        edges = edges_of(triangles)
        order, starts = edges.order, edges.starts[:-1]
        ends = edges.half[order[starts]]
        length = np.where(edges.count == 2, np.linalg.norm(points[ends[:, 0]] - points[ends[:, 1]], axis=1), 0.0)
        rank = np.empty(len(length), dtype=np.int64)
        rank[np.argsort(length, kind="stable")] = np.arange(len(length))
        longest = rank[edges.edge].reshape(3, m).max(axis=0)
        pair = np.flatnonzero(edges.count == 2)
        first, second = order[starts[pair]], order[starts[pair] + 1]
        chosen = (length[pair] > target) & (longest[first % m] == rank[pair]) & (longest[second % m] == rank[pair])
        if not chosen.any():
            break
        pair, first, second = pair[chosen], first[chosen], second[chosen]
        middle = len(points) + np.arange(len(pair))
        points = np.concatenate([points, points[ends[pair]].mean(axis=1)])
        fresh = []
        for half in (first, second):
            face, k = half % m, half // m
            a, b, c = (triangles[face, (k + j) % 3] for j in range(3))
            fresh += [np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)]
        left = np.delete(triangles, np.concatenate([first, second]) % m, axis=0)
        triangles = np.concatenate([left, *fresh])
    return points, triangles


def _faired(
    points: np.ndarray, triangles: np.ndarray, rim: int, loop: np.ndarray, around: _Surroundings, curved: bool
) -> np.ndarray:
    """Move the inner points (those after the rim) so that the membrane or thin-plate energy is least."""
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import spsolve

    all_points, pieces = points, [triangles]
    if curved:
        ring = around.faces[around.ring(loop)]
        others = np.setdiff1d(ring, loop)
        place = {int(v): i for i, v in enumerate(loop)} | {int(v): len(points) + i for i, v in enumerate(others)}
        pieces.append(np.vectorize(place.__getitem__, otypes=[np.int64])(ring))
        all_points = np.concatenate([points, around.vertices[others]])
    n = len(all_points)
    corners = np.concatenate(pieces)
    pairs = np.unique(np.sort(corners[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1), axis=0)
    weights = np.ones(2 * len(pairs))
    links = coo_matrix((weights, (np.r_[pairs[:, 0], pairs[:, 1]], np.r_[pairs[:, 1], pairs[:, 0]])), shape=(n, n))
    degree = np.asarray(links.sum(axis=1)).reshape(-1)
    laplacian = (links.tocsr().multiply(1.0 / degree[:, None]) - diags(np.ones(n))).tocsr()
    free = np.arange(rim, len(points))
    fixed = np.concatenate([np.arange(rim), np.arange(len(points), n)])
    if curved:
        rows = laplacian[: len(points)]  # the rim's own rows make the patch run on from the surface around it
        matrix = (rows.T @ rows).tocsr()
    else:
        matrix = laplacian
    left = matrix[free][:, free].tocsc()
    right = -(matrix[free][:, fixed] @ all_points[fixed])
    solved = np.asarray(spsolve(left, right)).reshape(len(free), 3)
    return np.concatenate([points[:rim], solved]) if np.isfinite(solved).all() else points


def _planar(ring: np.ndarray) -> bool:
    """Whether a polygon lies in a plane."""
    spread = np.linalg.svd(ring - ring.mean(axis=0), compute_uv=False)
    return bool(spread[2] < PLANE * spread[0])


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
