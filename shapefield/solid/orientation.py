"""One winding for every patch of faces, outward where the patch is a body, as given where it is a cavity."""

from __future__ import annotations

import numpy as np

from shapefield.distance.signed import SurfaceDistance
from shapefield.machine.compiling import compiled
from shapefield.mesh.graph import connected
from shapefield.mesh.model import Mesh
from shapefield.mesh.surface_points import on_surface
from shapefield.solid.topology import boxes, edges_of

ROUND = 0.01
"""Volume over area^1.5 from which a patch counts as bulging, so that its outside is known; a sphere has 0.094."""

FLAT = 1e-9
"""The same for a closed patch: what rounding leaves of no volume. A sheet of paper has 3e-5."""


WITHIN = 0.9
"""Share of a patch's area inside another from which it lies within it; less, and it pierces it."""

ASKED = 48
"""Places of each patch that are asked for what is around them."""


def oriented(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Faces (m, 3) of one winding per patch, and which of them were turned (m,) bool.

    A patch is what hangs together over edges of two faces. It keeps the winding of the greater part of its area. An
    open patch must bulge well for its outside to be known; of a closed one the sign of its volume tells, be it thin as
    a plate. Those whose outside is known are looked at from the outside in (see `_facing_in`).
    """
    edges = edges_of(faces)
    patch, turned = patches(faces, Mesh(vertices, faces).face_areas)
    result = np.where(turned[:, None], faces[:, ::-1], faces)
    volume, area = patch_volumes(vertices, result, patch)
    rim = (edges.count[edges.edge] != 2).reshape(3, -1).any(axis=0)
    closed = np.bincount(patch, weights=rim, minlength=len(area)) == 0
    known = np.abs(volume) > np.where(closed, FLAT, ROUND) * area**1.5
    if (known & (volume < 0)).any():
        flip = _facing_in(vertices, result, patch, np.where(known, volume, 0.0))[patch]
        result = np.where(flip[:, None], result[:, ::-1], result)
        turned = turned ^ flip
    return np.ascontiguousarray(result), turned


def _facing_in(vertices: np.ndarray, faces: np.ndarray, patch: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """(p,) bool: patches to be turned. volume : (p,) signed, 0 of patches whose outside is not known

    From the outside in: what lies in the open, or in the void of another, must face out. What lies in the solid of
    another is a cavity's wall or an inner wall, as given; where the other had to be turned it is a cavity's wall
    whichever way it was given, for a file that is inside out as a whole has its cavities' walls facing out.
    """
    parent = _parents(vertices, faces, patch, volume)
    turned, solid_within = np.zeros(len(volume), dtype=bool), np.zeros(len(volume), dtype=bool)
    for k in np.argsort(-np.abs(volume), kind="stable"):
        if volume[k] == 0:
            continue
        home = parent[k]
        if home < 0 or not solid_within[home]:
            turned[k], solid_within[k] = volume[k] < 0, True
        elif turned[home]:
            turned[k] = volume[k] > 0
        else:
            solid_within[k] = volume[k] > 0
    return turned


def _parents(vertices: np.ndarray, faces: np.ndarray, patch: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """(p,) int64: the smallest patch of known outside that each patch of known outside lies within, -1 for none."""
    parent, least = np.full(len(volume), -1), np.full(len(volume), np.inf)
    low, high = boxes(vertices, faces, patch)
    order = np.argsort(patch, kind="stable")
    starts = np.searchsorted(patch[order], np.arange(len(volume) + 1))
    size = np.abs(volume)
    for k in np.flatnonzero(size):
        boxed = (low >= low[k]).all(axis=1) & (high <= high[k]).all(axis=1) & (size > 0) & (size < size[k])
        inner = np.flatnonzero(boxed & (size[k] < least))
        if not len(inner):
            continue
        around = SurfaceDistance(vertices, faces[order[starts[k] : starts[k + 1]]])
        asked = [_places(vertices, faces[order[starts[j] : starts[j + 1]]]) for j in inner]
        within = np.abs(around.winding(np.concatenate(asked))) > 0.5
        share = within.reshape(len(inner), ASKED).mean(axis=1)
        found = inner[share > WITHIN]
        parent[found], least[found] = k, size[k]
    return parent


def _places(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(ASKED, 3) points evenly over the area of some faces."""
    return on_surface(Mesh(vertices, faces), ASKED, np.random.default_rng(0))[0]


def patch_volumes(vertices: np.ndarray, faces: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signed volume of each label's faces about their own centroid (p,), and their area (p,)."""
    volume, area = _volumes(vertices, faces, np.ascontiguousarray(label, dtype=np.int64), int(label.max()) + 1)
    return volume, np.maximum(area, 1e-300)


@compiled
def _volumes(vertices, faces, label, count):
    area, center, volume = np.zeros(count), np.zeros((count, 3)), np.zeros(count)
    for turn in range(2):
        for f in range(len(faces)):
            k, a, b, c = label[f], vertices[faces[f, 0]], vertices[faces[f, 1]], vertices[faces[f, 2]]
            ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
            vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
            x, y, z = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
            if turn == 0:
                size = 0.5 * np.sqrt(x * x + y * y + z * z)
                area[k] += size
                for axis in range(3):
                    center[k, axis] += size * (a[axis] + b[axis] + c[axis]) / 3.0
            else:
                volume[k] += (x * (a[0] - center[k, 0]) + y * (a[1] - center[k, 1]) + z * (a[2] - center[k, 2])) / 6.0
        if turn == 0:
            for k in range(count):
                for axis in range(3):
                    center[k, axis] /= max(area[k], 1e-300)
    return volume, area


def patches(faces: np.ndarray, areas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Patch of each face (m,), and which faces are wound against the greater part of theirs (m,) bool.

    Connected components of the double cover: node i is face i as given, node m + i the same face turned; an edge
    joins the two states of two faces that agree. A one-sided patch joins both its states and is left as given.
    """
    m, edges = len(faces), edges_of(faces)
    two = edges.starts[:-1][edges.count == 2]
    first, second = edges.order[two], edges.order[two + 1]
    agree = edges.forward[first] != edges.forward[second]
    f, g = first % m, second % m
    links = np.stack([np.r_[f, f + m], np.r_[np.where(agree, g, g + m), np.where(agree, g + m, g)]], axis=1)
    _, label = connected(links, 2 * m)
    given, over = label[:m], label[m:]
    low = np.minimum(given, over)
    patch = np.unique(low, return_inverse=True)[1]
    one_way = given == low
    share = np.bincount(patch, weights=np.where(one_way, areas, -areas))
    turned = (one_way != (share[patch] >= 0.0)) & (given != over)
    return patch, turned
