"""The scene of a glTF document: which meshes stand where, in which pose, and what is hidden."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shapefield.mesh.decoding.gltf.accessors import read_accessor
from shapefield.mesh.decoding.gltf.document import Document, extension, numbers


@dataclass(slots=True)
class Placement:
    """A mesh of the document where a node puts it.

    matrices : (k, 4, 4) float64, one for each instance
    joints   : (j, 4, 4) float64 that take the place of the matrix where a primitive is bound to a skin, or None
    weights  : of the morph targets
    names    : of each instance's node, or else of the mesh
    """

    mesh: int
    matrices: np.ndarray
    joints: np.ndarray | None = None
    weights: list[float] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def joints_mirror(self) -> bool:
        """Whether the skin turns right into left."""
        return self.joints is not None and bool(np.median(np.linalg.det(self.joints[:, :3, :3])) < 0)


def placements(document: Document) -> list[Placement]:
    """Every visible mesh of the scene, depth first. Each node counts once: glTF's nodes are a tree."""
    nodes = document.items("nodes")
    if not nodes:
        return [
            Placement(k, np.eye(4)[None], None, _weights(document, k, {}), [_name(document, k, {})])
            for k in range(len(document.items("meshes")))
        ]
    world = _World(document)
    stack = [(k, True) for k in _roots(document)][::-1]
    seen: set[int] = set()
    placed: list[Placement] = []
    hidden = 0
    while stack:
        index, visible = stack.pop()
        node = document.item("nodes", index)
        if index in seen:
            raise document.source.error(f"expected a tree of nodes, got node {index} twice: export it again")
        seen.add(index)
        shown = extension(node, "KHR_node_visibility") or {}
        visible = visible and shown.get("visible", True) is not False
        if "mesh" in node and visible:
            placed.append(_placement(document, world, index, node))
        hidden += "mesh" in node and not visible
        stack += [(k, visible) for k in children(document, node)][::-1]
    if hidden and not placed:
        raise document.source.error(f"expected a visible mesh, got {hidden:,} hidden ones: show them and export again")
    if hidden:
        document.notices.append(f"left out {hidden:,} hidden node{'s' if hidden > 1 else ''} with a mesh")
    return _gathered(placed)


def _gathered(placed: list[Placement]) -> list[Placement]:
    """One placement a mesh and pose, with the matrices of all of its nodes."""
    groups: dict[Any, list[Placement]] = {}
    for k, placement in enumerate(placed):
        alone = k if placement.joints is not None else None
        groups.setdefault((placement.mesh, tuple(placement.weights), alone), []).append(placement)
    for same in groups.values():
        if len(same) > 1:
            same[0].matrices = np.concatenate([placement.matrices for placement in same])
            same[0].names = [name for placement in same for name in placement.names]
    return [same[0] for same in groups.values()]


def _roots(document: Document) -> list[Any]:
    nodes = document.items("nodes")
    if any(isinstance(scene, dict) for scene in document.items("scenes")):
        roots = document.item("scenes", document.tree.get("scene", 0)).get("nodes", [])
        return roots if isinstance(roots, list) else []
    inner = {k for node in nodes if isinstance(node, dict) for k in children(document, node) if isinstance(k, int)}
    return [k for k in range(len(nodes)) if k not in inner]


def children(document: Document, node: dict[str, Any]) -> list[Any]:
    """A node's children; InputError if they are no list."""
    found = node.get("children")
    if found is not None and not isinstance(found, list):
        raise document.source.error(f"expected a list of children, got {str(found)[:20]}: export it again")
    return found or []


class _World:
    """World matrices of nodes, each computed once; joints may lie outside of the scene."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.local = _local(document)
        self.matrices: dict[int, np.ndarray] = {}
        self.parents: dict[int, int] = {}
        for k, node in enumerate(document.items("nodes")):
            for child in children(document, node) if isinstance(node, dict) else ():
                if isinstance(child, int):
                    self.parents[child] = k

    def matrix(self, index: Any) -> np.ndarray:
        """(4, 4) of a node. Raises InputError if there is none or if it is its own ancestor."""
        chain: dict[int, None] = {}
        while index is not None and index not in self.matrices:
            self.document.item("nodes", index)
            if index in chain:
                raise self.document.source.error(f"expected a tree of nodes, got node {index} twice: export it again")
            chain[index] = None
            index = self.parents.get(index)
        matrix = np.eye(4) if index is None else self.matrices[index]
        for k in reversed(chain):
            matrix = self.matrices[k] = matrix @ self.local[k]
        return matrix


def _local(document: Document) -> np.ndarray:
    """(n, 4, 4): every node's matrix, or its translation · rotation · scale."""
    nodes = document.items("nodes")
    parts = {"translation": [0.0, 0, 0], "rotation": [0.0, 0, 0, 1], "scale": [1.0, 1, 1]}
    values = {name: np.tile(rest, (len(nodes), 1)) for name, rest in parts.items()}
    whole = {}
    for k, node in enumerate(nodes):
        if not isinstance(node, dict):
            continue
        if "matrix" in node:
            whole[k] = numbers(document, node["matrix"], 16).reshape(4, 4).T
            continue
        for name, rows in values.items():
            if name in node:
                rows[k] = numbers(document, node[name], rows.shape[1])
    local = _composed(*values.values())
    for k, matrix in whole.items():
        local[k] = matrix
    return local


def _composed(translation: np.ndarray, rotation: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(k, 4, 4) of translations (k, 3), quaternions x y z w (k, 4) of any length, and scales (k, 3)."""
    x, y, z, w = rotation.T
    norm = x * x + y * y + z * z + w * w
    s = np.divide(2.0, norm, out=np.zeros_like(norm), where=norm > 0)
    turn = [
        [1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)],
        [s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w)],
        [s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)],
    ]
    matrix = np.tile(np.eye(4), (len(norm), 1, 1))
    matrix[:, :3, :3] = np.moveaxis(np.array(turn), 2, 0) * scale[:, None, :]
    matrix[:, :3, 3] = translation
    return matrix


def _placement(document: Document, world: _World, index: int, node: dict[str, Any]) -> Placement:
    mesh = node["mesh"]
    matrices = world.matrix(index)[None]
    instancing = extension(node, "EXT_mesh_gpu_instancing")
    if instancing is not None:
        matrices = matrices @ _instances(document, instancing.get("attributes"))
    joints = _joints(document, world, node["skin"]) if node.get("skin") is not None else None
    return Placement(
        mesh, matrices, joints, _weights(document, mesh, node), [_name(document, mesh, node)] * len(matrices)
    )


def _name(document: Document, mesh: Any, node: dict[str, Any]) -> str:
    """What the node is called, or else its mesh; "" for neither."""
    meshes = document.items("meshes")
    there = isinstance(mesh, int) and 0 <= mesh < len(meshes) and isinstance(meshes[mesh], dict)
    found = node.get("name") or (meshes[mesh].get("name") if there else "")
    return found if isinstance(found, str) else ""


def _instances(document: Document, attributes: Any) -> np.ndarray:
    """(k, 4, 4): an instance's transform within its node."""
    attributes = attributes if isinstance(attributes, dict) else {}
    parts = []
    for name, rest in (("TRANSLATION", [0, 0, 0]), ("ROTATION", [0, 0, 0, 1]), ("SCALE", [1, 1, 1])):
        given = attributes.get(name)
        part = [rest] if given is None else read_accessor(document, given, len(rest))
        parts.append(np.asarray(part, dtype=np.float64))
    counts = {
        len(part) for part, name in zip(parts, ("TRANSLATION", "ROTATION", "SCALE"), strict=True) if name in attributes
    }
    if len(counts) > 1:
        raise document.source.error(f"expected instances of one number, got {sorted(counts)}: export it again")
    count = counts.pop() if counts else 1
    document.expansion.take(128 * count, f"{count:,} instances")
    return _composed(*(np.broadcast_to(part, (count, part.shape[1])) for part in parts))


def _joints(document: Document, world: _World, index: Any) -> np.ndarray:
    """(j, 4, 4): what carries a vertex as stored to where a joint of the skin holds it."""
    skin = document.item("skins", index)
    joints = skin.get("joints")
    if not isinstance(joints, list) or not joints:
        raise document.source.error(f"expected skins[{index}] to have joints, got none: export it again")
    document.expansion.take(256 * len(joints), "joints")
    matrices = np.stack([world.matrix(joint) for joint in joints])
    if skin.get("inverseBindMatrices") is None:
        return matrices
    inverse = read_accessor(document, skin["inverseBindMatrices"], 16).astype(np.float64)
    if len(inverse) < len(joints):
        raise document.source.truncated(f"{len(joints)} inverse bind matrices", f"{len(inverse)}")
    return matrices @ inverse[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1)


def _weights(document: Document, mesh: Any, node: dict[str, Any]) -> list[float]:
    """Weights of the mesh's morph targets: the node's, or else the mesh's own."""
    given = node.get("weights", document.item("meshes", mesh).get("weights"))
    if given is None:
        return []
    return numbers(document, given, len(given) if isinstance(given, list) else 0).tolist()
