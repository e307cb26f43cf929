"""The mesh doctor: what is sound in a mesh and what is not, in numbers and in plain sentences."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from shapefield.distance.signed import SurfaceDistance, choose_backend
from shapefield.events import counted
from shapefield.mesh.edges import Edges, fans_per_vertex, find_edges
from shapefield.mesh.graph import connected
from shapefield.mesh.model import Mesh
from shapefield.mesh.thickness import VOXELS, advice, resolution_for, thinnest_wall, voxel
from shapefield.mesh.welding import groups_of_equal_faces, groups_of_equal_rows

FLAT = 1e-14
"""Twice a face's area, in squared extents, below which it counts as degenerate."""
USUAL = 256
"""The resolution that a fit has unless it is told otherwise."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a mesh is like. Lengths in input units, areas squared, volumes cubed.

    extent                : sides of the bounding box
    volume                : signed, positive for outward normals; the whole truth only if watertight
    watertight            : every edge has exactly two faces
    manifold              : no edge has more than two faces, and the faces at every vertex form one fan
    boundary_edges, boundary_loops : edges with one face, and the connected curves they form
    components            : parts not joined by any edge
    genus                 : handles in all, of a closed consistent manifold; None otherwise
    inconsistent_edges    : edges whose two faces disagree about the outside
    reversed_faces        : faces outside the largest consistently oriented patch of their component
    inside_out            : closed, consistent, and of negative volume
    self_intersections    : faces that cross another one; None where nobody looked, without compiled loops
    thinnest_wall         : thickness that half a per cent of the area does not exceed; None where there are no walls,
                            or where faces disagree about the outside
    """

    vertices: int
    faces: int
    unit: str | None
    extent: tuple[float, float, float]
    area: float
    volume: float
    watertight: bool
    manifold: bool
    boundary_edges: int
    boundary_loops: int
    nonmanifold_edges: int
    nonmanifold_vertices: int
    components: int
    euler_number: int
    genus: int | None
    inconsistent_edges: int
    reversed_faces: int
    inside_out: bool
    degenerate_faces: int
    duplicate_faces: int
    unreferenced_vertices: int
    duplicate_vertices: int
    self_intersections: int | None
    thinnest_wall: float | None
    colored: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self) | {"extent": list(self.extent)}


def inspect(mesh: Mesh) -> Inspection:
    """Examine a mesh: O(n log n); thin walls are looked for at a bounded number of points."""
    low, high = mesh.bounds
    extent = high - low
    size = float(extent.max()) or 1.0
    faces = mesh.faces
    repeated = (faces[:, 0] == faces[:, 1]) | (faces[:, 1] == faces[:, 2]) | (faces[:, 2] == faces[:, 0])
    used = np.zeros(len(mesh.vertices), dtype=bool)
    used[faces.reshape(-1)] = True
    doubled_areas = np.linalg.norm(_scaled_vectors(mesh, low, size), axis=1)
    sound = faces[~repeated]  # faces with a repeated corner add edges of no length: topology goes on without them
    edges = find_edges(sound, len(mesh.vertices))
    topology = _topology(sound, edges, len(mesh.vertices))
    shape = Mesh((mesh.vertices - low) / size, sound)
    volume = _unit_volume(shape) * size**3
    backend, _ = choose_backend()
    once = sound[groups_of_equal_faces(sound)[0]]  # a thousand faces in one place say what one says, and cost a million
    outward = SurfaceDistance(shape.vertices, once if volume >= 0 else once[:, ::-1], backend)
    crossing = outward.hierarchy.crossing()
    one_way = not topology["inconsistent_edges"]  # normals that disagree show no walls
    wall = thinnest_wall(outward, scale=1.0 / size) if one_way else None
    return Inspection(
        vertices=len(mesh.vertices),
        faces=len(faces),
        unit=mesh.unit,
        extent=(float(extent[0]), float(extent[1]), float(extent[2])),
        area=float(doubled_areas.sum() / 2) * size**2,
        volume=volume,
        inside_out=bool(topology["watertight"] and topology["inconsistent_edges"] == 0 and volume < 0),
        genus=_genus(topology),
        degenerate_faces=int((repeated | (doubled_areas <= FLAT)).sum()),
        duplicate_faces=len(sound) - _distinct(np.sort(sound, axis=1).astype(np.float64)),
        unreferenced_vertices=int((~used).sum()),
        duplicate_vertices=int(used.sum()) - _distinct(mesh.vertices[used]),
        self_intersections=None if crossing is None else int(crossing.sum()),
        thinnest_wall=wall,
        colored=mesh.colors is not None,
        **topology,
    )


def outline(mesh: Mesh) -> dict[str, Any]:
    """What a mesh is in a few words: vertices, faces, closed, manifold, components, and genus (None if not closed)."""
    repeated = (mesh.faces == np.roll(mesh.faces, 1, axis=1)).any(axis=1)
    sound = mesh.faces[~repeated]
    found = _topology(sound, find_edges(sound, len(mesh.vertices)), len(mesh.vertices))
    return {
        "vertices": len(mesh.vertices),
        "faces": len(mesh.faces),
        "closed": found["watertight"],
        "manifold": found["manifold"],
        "components": found["components"],
        "genus": _genus(found),
    }


def _genus(topology: dict[str, Any]) -> int | None:
    if not (topology["watertight"] and topology["manifold"]) or topology["inconsistent_edges"]:
        return None
    return topology["components"] - topology["euler_number"] // 2


def _topology(faces: np.ndarray, edges: Edges, vertex_count: int) -> dict[str, Any]:
    boundary = edges.ends[edges.count == 1]
    used = np.zeros(vertex_count, dtype=bool)
    used[faces.reshape(-1)] = True
    number, part_of_vertex = connected(edges.ends, vertex_count)
    fans = fans_per_vertex(faces, edges, vertex_count)
    # beside an edge of three faces the fans are cut by definition: such vertices are counted through their edges
    at_bad_edge = np.zeros(vertex_count, dtype=bool)
    at_bad_edge[edges.ends[edges.count > 2].reshape(-1)] = True
    bad_vertices = int(((fans > 1) & ~at_bad_edge).sum())
    bad_edges = int((edges.count > 2).sum())
    return {
        "watertight": bool(len(edges.count) > 0 and (edges.count == 2).all()),
        "manifold": bad_edges == 0 and bad_vertices == 0,
        "boundary_edges": len(boundary),
        "boundary_loops": _curves(boundary),
        "nonmanifold_edges": bad_edges,
        "nonmanifold_vertices": bad_vertices,
        "components": number - int((~used).sum()),
        "euler_number": int(used.sum()) - len(edges.count) + len(faces),
        "inconsistent_edges": int((~edges.opposite).sum()),
        "reversed_faces": _reversed(faces, edges, part_of_vertex) if not edges.opposite.all() else 0,
    }


def _curves(boundary: np.ndarray) -> int:
    """How many connected curves the (b, 2) boundary edges form."""
    if len(boundary) == 0:
        return 0
    names, ends = np.unique(boundary, return_inverse=True)
    return connected(ends.reshape(-1, 2), len(names))[0]


def _reversed(faces: np.ndarray, edges: Edges, part_of_vertex: np.ndarray) -> int:
    """Faces that are not in the largest consistently oriented patch of their component."""
    number, patch = connected(edges.pairs[edges.opposite] // 3, len(faces))
    size = np.bincount(patch, minlength=number)
    part_of_patch = np.zeros(number, dtype=np.int64)
    part_of_patch[patch] = part_of_vertex[faces[:, 0]]
    largest = np.zeros(int(part_of_vertex.max(initial=0)) + 1, dtype=np.int64)
    np.maximum.at(largest, part_of_patch, size)
    # a patch that meets no neighbour the wrong way round is only separate, not reversed
    disagreeing = np.zeros(number, dtype=bool)
    disagreeing[patch[edges.pairs[~edges.opposite] // 3].reshape(-1)] = True
    smaller = disagreeing & (size < largest[part_of_patch])
    return int(size[smaller].sum())


def _scaled_vectors(mesh: Mesh, low: np.ndarray, size: float) -> np.ndarray:
    """(m, 3) cross products of edges in units of the extent, so that 1e-100 and 1e100 neither vanish nor overflow."""
    a, b, c = ((mesh.vertices[mesh.faces[:, k]] - low) / size for k in range(3))
    return np.cross(b - a, c - a)


def _unit_volume(shape: Mesh) -> float:
    a, b, c = (shape.vertices[shape.faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


def _distinct(rows: np.ndarray) -> int:
    return len(groups_of_equal_rows(rows)[0])


def findings(seen: Inspection) -> list[str]:
    """What is wrong and what will be done about it, one plain sentence each; empty for a sound mesh."""
    unit = f" {seen.unit}" if seen.unit else ""
    said = []
    if seen.boundary_edges:
        curves = counted(seen.boundary_loops, "hole or rim", "holes or rims")
        said.append(
            f"It is open: {curves} with {counted(seen.boundary_edges, 'edge')}. Inside is where the winding number "
            "exceeds 0.5, which closes holes; a sheet without an inside is thickened."
        )
    if seen.reversed_faces:
        said.append(f"{counted(seen.reversed_faces, 'face is', 'faces are')} reversed: orientation will be repaired.")
    elif seen.inconsistent_edges:
        edges = counted(seen.inconsistent_edges, "edge")
        said.append(f"Neighbouring faces disagree about the outside along {edges}: orientation will be repaired.")
    if seen.inside_out:
        said.append("It is inside out (negative volume): all faces will be turned over.")
    if seen.nonmanifold_edges or seen.nonmanifold_vertices:
        edges = counted(seen.nonmanifold_edges, "edge")
        vertices = counted(seen.nonmanifold_vertices, "vertex", "vertices")
        said.append(f"It is not manifold at {edges} and {vertices}: overlapping parts unite, the result is manifold.")
    if seen.self_intersections:
        said.append(
            f"It crosses itself: {counted(seen.self_intersections, 'face crosses', 'faces cross')} others. "
            "Overlapping parts will be united."
        )
    if seen.degenerate_faces:
        said.append(f"{counted(seen.degenerate_faces, 'face has', 'faces have')} no area and will be ignored.")
    if seen.duplicate_faces:
        said.append(f"{counted(seen.duplicate_faces, 'face is', 'faces are')} stored twice and will count once.")
    if seen.duplicate_vertices:
        said.append(f"{counted(seen.duplicate_vertices, 'vertex repeats', 'vertices repeat')} another one's position.")
    if seen.unreferenced_vertices:
        said.append(f"{counted(seen.unreferenced_vertices, 'vertex belongs', 'vertices belong')} to no face: left out.")
    radius = 0.5 * float(np.linalg.norm(seen.extent))
    if seen.thinnest_wall is not None and seen.thinnest_wall < VOXELS * voxel(radius, USUAL):
        said.append(
            f"Its thinnest walls are about {seen.thinnest_wall:.3g}{unit}, under {VOXELS} voxels at {USUAL}³: "
            f"{advice(resolution_for(seen.thinnest_wall, radius))}."
        )
    return said
