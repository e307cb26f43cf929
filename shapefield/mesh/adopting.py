"""Meshes of other libraries: whatever is one becomes a Mesh, and a Mesh becomes theirs. No library is imported for it.

An object is known by its class's name and by the package that it comes from, subclasses included.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.errors import InputError, UsageError
from shapefield.mesh.model import Mesh

if TYPE_CHECKING:
    import open3d
    import trimesh

TAKEN = "a path, a Mesh, a mesh of trimesh, Open3D or pyvista, or (vertices (n, 3), faces (m, 3))"
UNITS = {"millimeters": "mm", "centimeters": "cm", "meters": "m", "inches": "in", "feet": "ft"}
"""trimesh's names of units, as files label them."""


def adopted(given: Any) -> str | Path | Mesh:
    """A path as it is, and any mesh as a Mesh, a copy that shares nothing with it; its colours and unit are kept.

    given : a path, a Mesh, trimesh.Trimesh or Scene, open3d's TriangleMesh (both kinds), pyvista.PolyData, or a pair
            of vertices (n, 3) and faces (m, 3) or (m, 4), arrays or torch tensors
    Raises UsageError for anything else.
    """
    if isinstance(given, str | Path | Mesh):
        return given
    if isinstance(given, os.PathLike):
        return Path(given)
    if isinstance(given, tuple | list) and len(given) == 2:
        return _made_of(given[0], given[1])
    for kind in type(given).__mro__:
        reader = _READERS.get((kind.__module__.partition(".")[0], kind.__name__))
        if reader is not None:
            return reader(given)
    got = f"{type(given).__module__.partition('.')[0]}.{type(given).__name__}".removeprefix("builtins.")
    raise UsageError(f"mesh: expected {TAKEN}, got {got}: sf.Mesh(vertices, faces) makes one of arrays")


def as_trimesh(mesh: Mesh) -> trimesh.Trimesh:
    """The same vertices and faces, in their order, as a trimesh.Trimesh; colours and unit go along."""
    import trimesh

    made = trimesh.Trimesh(mesh.vertices.copy(), mesh.faces.copy(), vertex_colors=mesh.colors, process=False)
    for name, label in UNITS.items():
        if label == mesh.unit:
            made.units = name
    return made


def as_open3d(mesh: Mesh) -> open3d.geometry.TriangleMesh:
    """The same vertices and faces, in their order, as an open3d.geometry.TriangleMesh; colours go along."""
    import open3d

    made = open3d.geometry.TriangleMesh()
    made.vertices = open3d.utility.Vector3dVector(mesh.vertices)
    made.triangles = open3d.utility.Vector3iVector(mesh.faces.astype(np.int32))
    if mesh.colors is not None:
        made.vertex_colors = open3d.utility.Vector3dVector(mesh.colors / 255.0)
    if mesh.normals is not None:
        made.vertex_normals = open3d.utility.Vector3dVector(mesh.normals)
    return made


def _of_trimesh(given: Any) -> Mesh:
    colours, unread = _trimesh_colours(given)
    name = Path(str(given.metadata.get("file_name") or "mesh")).name
    made = replace(_made_of(given.vertices, given.faces, colours, name), unread=unread)
    return made.labelled(UNITS.get(str(given.units)))


def _trimesh_colours(given: Any) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """Colours of the vertices (n, 3), or None, and what else is said of the surface and left out."""
    visual = given.visual
    if visual.kind == "vertex":
        return np.array(visual.vertex_colors)[:, :3], ()
    if visual.kind != "texture":
        return None, ("the colours of faces",) if visual.kind == "face" else ()
    pictured = any(getattr(visual.material, name, None) is not None for name in ("image", "baseColorTexture"))
    colours = np.asarray(visual.to_color().vertex_colors if pictured else visual.material.main_color)[..., :3]
    return np.array(np.broadcast_to(colours, (len(given.vertices), 3))), ("texture coordinates", "materials")


def _of_scene(given: Any) -> Mesh:
    """A trimesh.Scene as one mesh, every part where the scene has put it."""
    meshes = [_of_trimesh(part) for part in given.dump() if type(part).__name__ == "Trimesh"]
    if not meshes:
        raise InputError("mesh: expected a scene with triangles, got one without: export one with meshes")
    first = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    painted = [m.colors for m in meshes if m.colors is not None]
    colours = np.concatenate(painted) if len(painted) == len(meshes) else None
    vertices = np.concatenate([m.vertices for m in meshes])
    faces = np.concatenate([m.faces + start for m, start in zip(meshes, first, strict=False)])
    unread = tuple(dict.fromkeys(what for m in meshes for what in m.unread))
    return Mesh(vertices, faces, colors=colours, unread=unread).labelled(UNITS.get(str(given.units)))


def _of_open3d(given: Any) -> Mesh:
    """Open3D's two classes have one name; that of its tensors keeps its places in `vertex`."""
    if ".t." in f"{type(given).__module__}.":
        colours = given.vertex.colors.cpu().numpy() if "colors" in given.vertex else None
        places, corners = given.vertex.positions.cpu().numpy(), given.triangle.indices.cpu().numpy()
    else:
        colours = np.asarray(given.vertex_colors) if given.has_vertex_colors() else None
        places, corners = np.asarray(given.vertices), np.asarray(given.triangles)
    if colours is not None and colours.dtype != np.uint8:
        colours = (np.clip(colours, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    normals = None
    if ".t." not in f"{type(given).__module__}." and given.has_vertex_normals():
        normals = np.array(given.vertex_normals)
    return replace(_made_of(places, corners, colours), normals=normals)


def _of_pyvista(given: Any) -> Mesh:
    """PolyData with polygons of any size: `faces` is a count, then so many corners, over and over."""
    flat = np.asarray(given.triangulate().faces)
    return _made_of(np.asarray(given.points), flat.reshape(-1, 4)[:, 1:])


_READERS: dict[tuple[str, str], Callable[[Any], Mesh]] = {
    ("trimesh", "Trimesh"): _of_trimesh,
    ("trimesh", "Scene"): _of_scene,
    ("open3d", "TriangleMesh"): _of_open3d,
    ("pyvista", "PolyData"): _of_pyvista,
}


def _made_of(vertices: Any, faces: Any, colours: np.ndarray | None = None, name: str = "mesh") -> Mesh:
    """A Mesh of copies of these. Raises UsageError for what is no (n, 3) numbers and (m, 3) whole ones."""
    try:
        places, corners = (np.array(_on_cpu(given)) for given in (vertices, faces))
        places = places.astype(np.float64)
    except (TypeError, ValueError):
        raise UsageError("mesh: expected vertices (n, 3) and faces (m, 3) of numbers, got something else") from None
    try:
        return Mesh(places, corners, colors=colours, name=name)
    except InputError as error:
        raise UsageError(str(error)) from None


def _on_cpu(given: Any) -> Any:
    """A torch tensor as what NumPy can read; anything else as it is."""
    return given.detach().cpu().numpy() if type(given).__module__.partition(".")[0] == "torch" else given
