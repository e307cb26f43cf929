"""A glTF file → triangles: what the scene places is counted, read once, moved and coloured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shapefield.mesh.decoding.gltf.document import Document, open_document, whole
from shapefield.mesh.decoding.gltf.draco import decompress
from shapefield.mesh.decoding.gltf.extensions import check_extensions
from shapefield.mesh.decoding.gltf.materials import GREY, paint
from shapefield.mesh.decoding.gltf.primitives import Primitive, primitives_of
from shapefield.mesh.decoding.gltf.scene import Placement, placements
from shapefield.mesh.decoding.source import FileBytes, Geometry
from shapefield.mesh.partnames import PartNames

A_PIECE = 8
"""Vertices that the work of placing a primitive counts for."""


@dataclass(slots=True)
class Piece:
    """A primitive's points (n, 3) under each of the `matrices` (k, 4, 4); triangles of mirrored ones are turned.

    names : (k,) what the file calls each
    """

    primitive: Primitive
    points: np.ndarray
    matrices: np.ndarray
    mirrored: np.ndarray
    names: list[str]

    @property
    def vertices(self) -> int:
        """How many there are of all instances."""
        return len(self.matrices) * len(self.points)

    @property
    def triangles(self) -> int:
        """How many there are of all instances."""
        return len(self.matrices) * len(self.primitive.triangles)

    def write(self, vertices: np.ndarray, faces: np.ndarray, base: int) -> None:
        """Fill `vertices` (k n, 3) and `faces` (k m, 3), which count from `base`."""
        count, points = len(self.matrices), self.points
        placed = vertices.reshape(count, len(points), 3)
        np.matmul(points, self.matrices[:, :3, :3].transpose(0, 2, 1), out=placed)
        placed += self.matrices[:, None, :3, 3]
        corners = faces.reshape(count, -1, 3)
        corners[:] = self.primitive.triangles
        corners[self.mirrored] = corners[self.mirrored][:, :, ::-1]
        corners += (base + len(points) * np.arange(count))[:, None, None]


def decode(source: FileBytes) -> Geometry:
    """Read a .glb or .gltf file. Raises InputError if it is cut short, inconsistent, or needs an unknown extension."""
    document = open_document(source)
    check_extensions(document)
    placed = placements(document)
    meshes: dict[int, list[Primitive]] = {}
    for placement in placed:
        if placement.mesh not in meshes:
            meshes[placement.mesh] = primitives_of(document, placement.mesh)
    decompress(document, [primitive for found in meshes.values() for primitive in found])
    _count(document, placed, meshes)
    for found in meshes.values():
        for primitive in found:
            primitive.load()
    pieces = [piece for placement in placed for piece in _pieces(placement, meshes[placement.mesh])]
    return _joined(document, pieces) if pieces else _empty(document)


def _count(document: Document, placed: list[Placement], meshes: dict[int, list[Primitive]]) -> None:
    """Hold what the scene will take against memory and proportion, before any of it is read."""
    totals = {mesh: _totals(found) for mesh, found in meshes.items()}
    vertices = triangles = 0
    for placement in placed:
        points, faces, targets = totals[placement.mesh]
        copies = len(placement.matrices) + (4 if placement.joints is not None else 0)
        vertices += points * copies + (targets if any(placement.weights) else 0)
        triangles += faces * copies
    document.expansion.take_rows(vertices, triangles)


def _totals(primitives: list[Primitive]) -> tuple[int, int, int]:
    """At most how many vertices, triangles, and displacements by morph targets a mesh has."""
    sizes = [primitive.size() for primitive in primitives]
    displaced = sum(points * primitive.targets for (points, _), primitive in zip(sizes, primitives, strict=True))
    return sum(points + A_PIECE for points, _ in sizes), sum(faces for _, faces in sizes), displaced


def _pieces(placement: Placement, primitives: list[Primitive]) -> list[Piece]:
    pieces = []
    for primitive in primitives:
        if not len(primitive.triangles):
            continue
        points, matrices = primitive.points(placement), placement.matrices
        mirrored = np.linalg.det(matrices[:, :3, :3]) < 0
        if primitive.bound(placement):
            matrices, mirrored = np.eye(4)[None], np.array([placement.joints_mirror])
        pieces.append(Piece(primitive, points, matrices, mirrored, placement.names))
    return pieces


def _joined(document: Document, pieces: list[Piece]) -> Geometry:
    """All pieces in arrays that are made once."""
    used = {id(piece.primitive): piece.primitive for piece in pieces}
    painted = dict(zip(used, paint(document, used.values()), strict=True))
    vertices = np.empty((sum(piece.vertices for piece in pieces), 3))
    faces = np.empty((sum(piece.triangles for piece in pieces), 3), np.int64)
    colored = any(color is not None for color in painted.values())
    colors = np.full((len(vertices) if colored else 0, 3), GREY, np.uint8)
    base = row = 0
    for piece in pieces:
        color, end = painted[id(piece.primitive)], base + piece.vertices
        piece.write(vertices[base:end], faces[row : row + piece.triangles], base)
        if color is not None:
            colors[base:end].reshape(len(piece.matrices), -1, 3)[:] = color
        base, row = end, row + piece.triangles
    geometry = Geometry(vertices, faces, colors if colored else None, indexed=False, notices=document.notices)
    attributes = {name for primitive in used.values() for name in primitive.accessors}
    present = (
        ("texture coordinates", any(name.startswith("TEXCOORD") for name in attributes)),
        ("materials", any(primitive.spec.get("material") is not None for primitive in used.values())),
        ("normals", "NORMAL" in attributes),
    )
    geometry.unread = [what for what, there in present if there]
    geometry.parts = PartNames.of_runs(
        (name, len(piece.primitive.triangles)) for piece in pieces for name in piece.names[: len(piece.matrices)]
    )
    return geometry


def _empty(document: Document) -> Geometry:
    """No triangles, but as many points as the document has vectors, for the message; they take no memory."""
    vectors = (
        entry for entry in document.items("accessors") if isinstance(entry, dict) and entry.get("type") == "VEC3"
    )
    points = min(sum(whole(entry.get("count")) for entry in vectors), len(document.source.data))
    return Geometry(np.broadcast_to(0.0, (points, 3)), np.zeros((0, 3), np.int64), notices=document.notices)
