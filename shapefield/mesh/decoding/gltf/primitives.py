"""Primitives of a glTF mesh: corners and attributes, plain or from Draco, and how skins and morph weights move them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shapefield.mesh.decoding.gltf.accessors import has_data, normalised, read_accessor, stored
from shapefield.mesh.decoding.gltf.document import Document
from shapefield.mesh.decoding.gltf.scene import Placement
from shapefield.mesh.decoding.ply import unroll_strips

TRIANGLES, STRIP, FAN = 4, 5, 6
SPARSE_USE = 4
"""Of a vertex array that has more than so many vertices a corner, only those are read that the primitive uses."""
BLOCK = 1 << 16


@dataclass(slots=True)
class Primitive:
    """A primitive that holds triangles. `faces` and `attributes` are Draco's where it was compressed.

    rows      : of the vertex arrays that it uses, or None for all of them
    triangles : (m, 3) int64 into these rows
    rest      : (n, 3) float64, the positions of these rows as stored
    """

    document: Document
    spec: dict[str, Any]
    faces: np.ndarray | None = None
    attributes: dict[str, np.ndarray] = field(default_factory=dict)
    rows: np.ndarray | None = None
    triangles: np.ndarray = field(default_factory=lambda: np.zeros((0, 3), np.int64))
    rest: np.ndarray = field(default_factory=lambda: np.zeros((0, 3)))

    @property
    def accessors(self) -> dict[str, Any]:
        """Accessor numbers by the names of attributes."""
        return self.spec["attributes"]

    def size(self) -> tuple[int, int]:
        """At most how many vertices and triangles there are, before they are read."""
        if self.faces is not None:
            return len(self.attributes["POSITION"]), len(self.faces)
        there = len(stored(self.document, self.accessors["POSITION"], 3))
        corners = len(stored(self.document, self.spec["indices"], 1)) if "indices" in self.spec else there
        used = there if there <= SPARSE_USE * corners else corners
        return used, corners // 3 if self.spec.get("mode", TRIANGLES) == TRIANGLES else corners

    @property
    def targets(self) -> int:
        """How many morph targets there are."""
        found = self.spec.get("targets")
        return len(found) if isinstance(found, list) else 0

    def _displacements(self, weights: list[float]) -> list[tuple[Any, float]]:
        """(accessor of displacements, weight) of every morph target that counts."""
        pairs = zip(self.spec["targets"] if self.targets else [], weights, strict=False)
        named = ((target.get("POSITION"), weight) for target, weight in pairs if isinstance(target, dict) and weight)
        return [(accessor, weight) for accessor, weight in named if accessor is not None]

    def load(self) -> None:
        """Fill in `rows`, `triangles` and `rest`. Raises InputError if a corner is out of range."""
        if self.faces is not None:
            self.triangles = self.faces
        else:
            self._read_corners()
        self.rest = self.read("POSITION", 3).astype(np.float64)

    def _read_corners(self) -> None:
        there = len(stored(self.document, self.accessors["POSITION"], 3))
        if "indices" in self.spec:
            index = read_accessor(self.document, self.spec["indices"], 1).reshape(-1).astype(np.int64)
        else:
            index = np.arange(there, dtype=np.int64)
        if len(index) and not 0 <= index.min() <= index.max() < there:
            bad = f"a face refers to vertex {int(index.max())}, but its mesh has {there:,}"
            raise self.document.source.error(f"{bad}: re-export the mesh")
        if there > SPARSE_USE * len(index):
            self.rows, index = np.unique(index, return_inverse=True)
        self.triangles = _triangles(index.reshape(-1), self.spec.get("mode", TRIANGLES))

    def read(self, name: str, width: int | None) -> np.ndarray:
        """(n, width) of an attribute at the used rows. Raises InputError."""
        if name in self.attributes:
            entry = self.document.item("accessors", self.accessors[name])
            return normalised(entry, self.attributes[name])
        return read_accessor(self.document, self.accessors[name], width, self.rows)

    def points(self, placement: Placement) -> np.ndarray:
        """(n, 3) float64 positions with morph targets and skin, but not under the node's own transform."""
        points = self.rest
        for accessor, weight in self._displacements(placement.weights):
            moved = read_accessor(self.document, accessor, 3, self.rows)
            if len(moved) != len(points):
                raise self.document.source.truncated(f"{len(points):,} displacements", f"{len(moved):,}")
            points = points + weight * moved.astype(np.float64)
        return points if not self.bound(placement) else self._skinned(points, placement.joints)

    def bound(self, placement: Placement) -> bool:
        """Whether a skin moves the primitive there; its node's transform does not count then."""
        return placement.joints is not None and {"JOINTS_0", "WEIGHTS_0"} <= self.accessors.keys()

    def _skinned(self, points: np.ndarray, joints: np.ndarray | None) -> np.ndarray:
        """Every point under the weighted mean of its joints' matrices; under the first joint where it has no weight."""
        assert joints is not None
        index, weight = (
            np.concatenate([self.read(f"{name}_{k}", 4) for k in range(self._sets())], axis=1)
            for name in ("JOINTS", "WEIGHTS")
        )
        weight = np.maximum(np.nan_to_num(weight.astype(np.float64)), 0.0)
        if len(index) != len(points) or len(weight) != len(points):
            raise self.document.source.truncated(f"joints of {len(points):,} vertices", f"{len(index):,}")
        weight[weight.sum(axis=1) == 0, 0] = 1.0
        weight /= weight.sum(axis=1, keepdims=True)
        index = np.where(weight > 0, index, 0).astype(np.int64)
        if len(index) and not 0 <= index.min() <= index.max() < len(joints):
            bad = f"a vertex is bound to joint {int(index.max())}, but its skin has {len(joints)}"
            raise self.document.source.error(f"{bad}: export it again")
        moved = np.zeros_like(points)
        for at in range(0, len(points), BLOCK):
            part = slice(at, at + BLOCK)
            for k in range(index.shape[1]):
                matrix = joints[index[part, k], :3]
                held = np.einsum("nij,nj->ni", matrix[:, :, :3], points[part]) + matrix[:, :, 3]
                moved[part] += weight[part, k, None] * held
        return moved

    def _sets(self) -> int:
        """How many sets of four joints a vertex has."""
        k = 1
        while {f"JOINTS_{k}", f"WEIGHTS_{k}"} <= self.accessors.keys():
            k += 1
        return k


def primitives_of(document: Document, mesh: Any) -> list[Primitive]:
    """A mesh's primitives that hold triangles; points and lines are left away. Nothing is read yet."""
    found = document.item("meshes", mesh).get("primitives")
    return [Primitive(document, spec) for spec in (found if isinstance(found, list) else []) if _has_triangles(spec)]


def _has_triangles(spec: Any) -> bool:
    if not isinstance(spec, dict) or spec.get("mode", TRIANGLES) not in (TRIANGLES, STRIP, FAN):
        return False
    attributes = spec.get("attributes")
    return isinstance(attributes, dict) and "POSITION" in attributes


def has_plain_data(primitive: Primitive) -> bool:
    """Whether a primitive's positions and corners are there without compression."""
    needed = [primitive.accessors["POSITION"], *([primitive.spec["indices"]] if "indices" in primitive.spec else [])]
    return all(has_data(primitive.document, accessor) for accessor in needed)


def _triangles(index: np.ndarray, mode: int) -> np.ndarray:
    if mode == STRIP:
        return unroll_strips(index, np.array([len(index)]))
    if mode == FAN:
        first = np.full(max(0, len(index) - 2), index[0] if len(index) else 0)
        return np.stack([first, index[1:-1], index[2:]], axis=1)
    return index[: len(index) // 3 * 3].reshape(-1, 3)
