"""Damage done by script. The clean mesh stays the truth: nothing here changes the solid that is meant.

Legend: R is the clean mesh's bounding radius; `share` is the severity, 0.01 to 0.3, of the area, the faces or the
edges, as each defect says. A defect returns the damaged mesh and the truth, which only "unions" enlarges.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from shapefield.mesh.edges import find_edges
from shapefield.mesh.model import Mesh
from shapefield.solid import solid_of

Damage = Callable[[Mesh, float, np.random.Generator], tuple[Mesh, Mesh]]
HOLES, DEBRIS_SIZE, FLAP_SIZE = 8, 0.02, 0.06


def holes(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """`share` of the area gone, in 8 patches that grow from random faces."""
    area, around = mesh.face_areas, _neighbours(mesh.faces)
    gone = np.zeros(len(mesh.faces), dtype=bool)
    wanted = share * area.sum() / HOLES
    for start in generator.choice(len(area), HOLES, replace=False, p=area / area.sum()):
        front, taken, left = [int(start)], set(), wanted
        while front and left > 0:
            face = front.pop(0)
            if face in taken or gone[face]:
                continue
            taken.add(face)
            left -= area[face]
            front += around[face]
        gone[list(taken)] = True
    return Mesh(mesh.vertices, mesh.faces[~gone]), mesh


def flips(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """`share` of the faces turned over."""
    chosen = generator.random(len(mesh.faces)) < share
    return Mesh(mesh.vertices, np.where(chosen[:, None], mesh.faces[:, ::-1], mesh.faces)), mesh


def duplicates(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """`share` of the faces stored twice, every other copy turned over."""
    again = mesh.faces[generator.random(len(mesh.faces)) < share]
    again = np.concatenate([again[::2], again[1::2, ::-1]])
    return Mesh(mesh.vertices, np.concatenate([mesh.faces, again])), mesh


def t_junctions(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """`share` of the faces cut in two at the middle of an edge, which the neighbour across it keeps whole."""
    cut = generator.random(len(mesh.faces)) < share
    a, b, c = mesh.faces[cut].T
    middle = 0.5 * (mesh.vertices[a] + mesh.vertices[b])
    new = len(mesh.vertices) + np.arange(len(middle))
    halves = np.concatenate([np.stack([a, new, c], axis=1), np.stack([new, b, c], axis=1)])
    return Mesh(np.concatenate([mesh.vertices, middle]), np.concatenate([mesh.faces[~cut], halves])), mesh


def unions(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """Balls that stick out of the surface, as many as 100 · `share`, crossing it and one another; truth: the union."""
    whole, pieces = _manifold(mesh), [mesh]
    places = _on_surface(mesh, max(1, round(100 * share)), generator)
    for place in places:
        ball = _ball(place, generator.uniform(0.08, 0.15) * _radius(mesh))
        whole = whole + _manifold(ball)
        pieces.append(ball)
    return _joined(pieces), _of_manifold(whole)


def overlaps(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """Sawn into two closed halves that overlap over `share` of the diameter: their skins coincide there."""
    normal = generator.standard_normal(3)
    normal /= np.linalg.norm(normal)
    whole, middle, half = _manifold(mesh), mesh.bounds.mean(axis=0) @ normal, share * _radius(mesh)
    upper, _ = whole.split_by_plane(normal.tolist(), float(middle - half))
    lower, _ = whole.split_by_plane((-normal).tolist(), float(-(middle + half)))
    return _joined([_of_manifold(upper), _of_manifold(lower)]), mesh


def noise(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """Every vertex moved by a normal deviate of `share` / 30 of R in each axis: 1 % of R at the severest."""
    step = share / 30.0 * _radius(mesh)
    return Mesh(mesh.vertices + generator.normal(0.0, step, mesh.vertices.shape), mesh.faces), mesh


def debris(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """Loose tetrahedra and triangles of up to 2 % of R all over the box, together `share` of the area."""
    low, high = mesh.bounds
    left, pieces = share * mesh.face_areas.sum(), [mesh]
    tetrahedron = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    while left > 0:
        corners = generator.uniform(low, high) + generator.normal(0, 0.4 * DEBRIS_SIZE * _radius(mesh), (4, 3))
        bit = Mesh(corners, tetrahedron if len(pieces) % 2 else tetrahedron[:1])
        left -= float(bit.face_areas.sum())
        pieces.append(bit)
    return _joined(pieces), mesh


def internal(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """Bulkheads through the solid, 1 to 4, and loose triangles within it, together `share` of the area or more."""
    pieces = [_manifold(mesh)]
    for _ in range(1 + round(10 * share)):
        normal = generator.standard_normal(3)
        normal /= np.linalg.norm(normal)
        offset = float(mesh.bounds.mean(axis=0) @ normal + generator.uniform(-0.4, 0.4) * _radius(mesh))
        parts = [part for piece in pieces for part in piece.split_by_plane(normal.tolist(), offset)]
        pieces = [part for part in parts if not part.is_empty()]
    solid = solid_of(mesh)
    inside = generator.uniform(*mesh.bounds, (40_000, 3))
    inside = inside[solid.signed_distance(inside) < -0.02 * _radius(mesh)]
    reach = -solid.signed_distance(inside)[:, None, None]
    corners = inside[:, None] + generator.uniform(-0.5, 0.5, (len(inside), 3, 3)) * reach
    loose = Mesh(corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3))
    count = int(np.searchsorted(np.cumsum(loose.face_areas), share * mesh.face_areas.sum()))
    return _joined([*(_of_manifold(p) for p in pieces), Mesh(loose.vertices, loose.faces[:count])]), mesh


def zero_thickness(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """Flaps without thickness that hang on edges of the surface, every other one two-sided; `share` of the area."""
    faces, left, normals = [mesh.faces], share * mesh.face_areas.sum(), mesh.face_normals
    vertices, size = [mesh.vertices], FLAP_SIZE * _radius(mesh)
    count = len(mesh.vertices)
    for k, face in enumerate(generator.permutation(len(mesh.faces))):
        a, b = mesh.faces[face, :2]
        tip = mesh.vertices[[a, b]].mean(axis=0) + size * normals[face]
        vertices.append(tip[None])
        flap = np.array([[a, b, count]])
        count += 1
        faces.append(flap if k % 2 else np.concatenate([flap, flap[:, ::-1]]))
        left -= 0.5 * size * float(np.linalg.norm(mesh.vertices[a] - mesh.vertices[b]))
        if left < 0:
            break
    return Mesh(np.concatenate(vertices), np.concatenate(faces)), mesh


def soup(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """Every face with corners of its own, all shuffled, and moved by up to 1e-4 · `share` of R: cracks everywhere."""
    corners = mesh.triangles[generator.permutation(len(mesh.faces))].reshape(-1, 3)
    corners = corners + generator.uniform(-1, 1, corners.shape) * (1e-4 * share * _radius(mesh))
    order = generator.permutation(len(corners))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return Mesh(corners[order], place.reshape(-1, 3)), mesh


def everything(mesh: Mesh, share: float, generator: np.random.Generator) -> tuple[Mesh, Mesh]:
    """A tenth of each of six defects, one after the other."""
    part = share / 10.0
    damaged = mesh
    for defect in (holes, flips, duplicates, t_junctions, noise, debris):
        damaged = defect(damaged, part, generator)[0]
    return damaged, mesh


DEFECTS: dict[str, Damage] = {
    "holes": holes,
    "flips": flips,
    "duplicates": duplicates,
    "T-junctions": t_junctions,
    "unions": unions,
    "overlaps": overlaps,
    "noise": noise,
    "debris": debris,
    "internal faces": internal,
    "zero thickness": zero_thickness,
    "soup": soup,
    "everything": everything,
}


def refined(mesh: Mesh, edge: float = 0.06) -> Mesh:
    """The same surface with no edge longer than `edge` · R, so that a face is never a large part of the shape."""
    return _of_manifold(_manifold(mesh).refine_to_length(edge * _radius(mesh)))


def _radius(mesh: Mesh) -> float:
    return mesh.similarity().radius


def _neighbours(faces: np.ndarray) -> list[list[int]]:
    pairs = find_edges(faces, int(faces.max()) + 1).pairs // 3
    around: list[list[int]] = [[] for _ in faces]
    for f, g in pairs.tolist():
        around[f].append(g)
        around[g].append(f)
    return around


def _on_surface(mesh: Mesh, count: int, generator: np.random.Generator) -> np.ndarray:
    area = mesh.face_areas
    return mesh.triangles[generator.choice(len(area), count, p=area / area.sum())].mean(axis=1)


def _ball(center: np.ndarray, radius: float) -> Mesh:
    import manifold3d as m3

    return _of_manifold(m3.Manifold.sphere(radius, 48).translate(center.tolist()))


def _manifold(mesh: Mesh):
    import manifold3d as m3

    return m3.Manifold(m3.Mesh64(mesh.vertices, mesh.faces.astype(np.uint64)))


def _of_manifold(body) -> Mesh:
    found = body.to_mesh64()
    return Mesh(np.array(found.vert_properties)[:, :3], np.array(found.tri_verts).astype(np.int64))


def _joined(pieces: list[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(p.vertices) for p in pieces)])
    faces = [p.faces + start for p, start in zip(pieces, starts[:-1], strict=True)]
    return Mesh(np.concatenate([p.vertices for p in pieces]), np.concatenate(faces))
