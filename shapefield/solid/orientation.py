"""One winding for every patch of faces, outward where the patch is a body, as given where it is a cavity."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.mesh.model import Mesh
from shapefield.solid.topology import edges_of

ROUND = 0.01
"""Volume over area^1.5 from which a patch counts as bulging, so that its outside is known; a sphere has 0.094."""

FLAT = 1e-9
"""The same for a closed patch: what rounding leaves of no volume. A sheet of paper has 3e-5."""


def oriented(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, int]:
    """Faces (m, 3) of one winding per patch, and how many were turned.

    A patch is what hangs together over edges of two faces. It keeps the winding of the greater part of its area,
    and is then turned if it bulges inwards and does not lie inside another patch (where it is a cavity's wall).
    An open patch must bulge well to be judged; of a closed one the sign of its volume tells, be it thin as a plate.
    """
    edges = edges_of(faces)
    patch, turned = patches(faces, Mesh(vertices, faces).face_areas)
    result = np.where(turned[:, None], faces[:, ::-1], faces)
    volume, area = patch_volumes(vertices, result, patch)
    rim = (edges.count[edges.edge] != 2).reshape(3, -1).any(axis=0)
    closed = np.bincount(patch, weights=rim, minlength=len(area)) == 0
    inward = volume < -np.where(closed, FLAT, ROUND) * area**1.5
    if inward.any():
        inward &= ~_contained(vertices, result, patch, inward)
        flip = inward[patch]
        result = np.where(flip[:, None], result[:, ::-1], result)
        turned = turned ^ flip
    return np.ascontiguousarray(result), int(turned.sum())


def patch_volumes(vertices: np.ndarray, faces: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signed volume of each label's faces about their own centroid (p,), and their area (p,)."""
    count = int(label.max()) + 1
    corners = vertices[faces]
    area = Mesh(vertices, faces).face_areas
    weight = np.maximum(np.bincount(label, weights=area, minlength=count), 1e-300)
    middle = corners.mean(axis=1)
    center = np.stack([np.bincount(label, weights=area * middle[:, k], minlength=count) for k in range(3)], axis=1)
    a, b, c = (corners[:, k] - (center / weight[:, None])[label] for k in range(3))
    volume = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6.0
    return np.bincount(label, weights=volume, minlength=count), weight


def patches(faces: np.ndarray, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Patch of each face (m,), and which faces are wound against the greater part of theirs (m,) bool.

    Connected components of the double cover: node i is face i as given, node m + i the same face turned; an edge
    joins the two states of two faces that agree. A one-sided patch joins both its states and is left as given.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    m, edges = len(faces), edges_of(faces)
    order = np.argsort(edges.edge, kind="stable")
    starts = np.cumsum(edges.count) - edges.count
    two = np.flatnonzero(edges.count == 2)
    first, second = order[starts[two]], order[starts[two] + 1]
    agree = edges.forward[first] != edges.forward[second]
    f, g = first % m, second % m
    rows = np.concatenate([f, f + m])
    columns = np.concatenate([np.where(agree, g, g + m), np.where(agree, g + m, g)])
    graph = coo_matrix((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(2 * m, 2 * m))
    _, label = connected_components(graph, directed=False)
    given, over = label[:m], label[m:]
    low = np.minimum(given, over)
    patch = np.unique(low, return_inverse=True)[1]
    one_way = given == low
    share = np.bincount(patch, weights=np.where(one_way, areas, -areas))
    turned = (one_way != (share[patch] >= 0.0)) & (given != over)
    return patch, turned


def _contained(vertices: np.ndarray, faces: np.ndarray, patch: np.ndarray, inward: np.ndarray) -> np.ndarray:
    """(p,) bool: inward patches that lie inside the outward ones."""
    outer = ~inward[patch]
    contained = np.zeros(len(inward), dtype=bool)
    if outer.any():
        others = SurfaceDistance(vertices, faces[outer])
        rest = np.flatnonzero(~outer)
        within = others.inside(vertices[faces[rest]].mean(axis=1)).astype(float)
        counts = np.maximum(np.bincount(patch[rest], minlength=len(inward)), 1)
        contained = np.bincount(patch[rest], weights=within, minlength=len(inward)) / counts > 0.5
    return contained
