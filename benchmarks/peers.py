"""Programs a user could take instead, for one piece of the work each. None is a dependency of shapefield.

A peer that is not installed raises Missing, whose text is the line that installs it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from shapefield.mesh.model import Mesh


class Missing(Exception):
    """A peer is not here; the text says how to install it."""


def wanted(module: str, package: str) -> Any:
    """The module, or Missing."""
    try:
        return importlib.import_module(module)
    except Exception as error:  # a peer may fail to import in its own ways, without OpenGL for example
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Missing(f"not here ({why}): pip install {package}") from None


def poisson_open3d(points: np.ndarray, normals: np.ndarray, depth: int = 9) -> Mesh:
    """Screened Poisson reconstruction of points (n, 3) with outward normals (n, 3), by Open3D."""
    o3d = wanted("open3d", "open3d")
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points))
    cloud.normals = o3d.utility.Vector3dVector(normals)
    found, _ = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(cloud, depth=depth)
    return Mesh(np.asarray(found.vertices), np.asarray(found.triangles))


def poisson_pymeshlab(points: np.ndarray, normals: np.ndarray, depth: int = 9) -> Mesh:
    """The same by MeshLab."""
    lab = wanted("pymeshlab", "pymeshlab")
    work = lab.MeshSet(verbose=False)
    work.add_mesh(lab.Mesh(vertex_matrix=points, v_normals_matrix=normals))
    work.generate_surface_reconstruction_screened_poisson(depth=depth)
    found = work.current_mesh()
    return Mesh(found.vertex_matrix(), found.face_matrix())


Query = Callable[[np.ndarray], np.ndarray]
"""(n, 3) points → (n,) signed distances, negative inside."""


def signed_mesh_to_sdf(mesh: Mesh) -> Query:
    """mesh_to_sdf by points sampled on the surface, ten million as it does by itself: the way without OpenGL."""
    library = wanted("mesh_to_sdf", "mesh_to_sdf")
    cloud = library.get_surface_point_cloud(_trimesh(mesh), "sample", sample_point_count=10_000_000)
    return lambda points: cloud.get_sdf_in_batches(points, use_depth_buffer=False)


def signed_mesh_to_sdf_scan(mesh: Mesh) -> Query:
    """mesh_to_sdf as it is by itself: a hundred scans of 400² by OpenGL, of which there may be one in software."""
    library = wanted("mesh_to_sdf", "mesh_to_sdf")
    try:
        cloud = library.get_surface_point_cloud(_trimesh(mesh), bounding_radius=1.0)
    except Exception as error:  # each platform's OpenGL fails in its own way
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise Missing(f"no OpenGL ({why}): run it under `xvfb-run -a`") from None
    return lambda points: cloud.get_sdf_in_batches(points, use_depth_buffer=False)


def signed_trimesh(mesh: Mesh) -> Query:
    """trimesh's signed distance, which needs rtree and is positive inside."""
    proximity = wanted("trimesh.proximity", "trimesh")
    wanted("rtree", "rtree")
    given = _trimesh(mesh)
    return lambda points: -proximity.signed_distance(given, points)


def signed_open3d(mesh: Mesh) -> Query:
    """Open3D's ray casting, five rays a sign."""
    o3d = wanted("open3d", "open3d")
    scene = o3d.t.geometry.RaycastingScene()
    vertices, faces = mesh.vertices.astype(np.float32), mesh.faces.astype(np.uint32)
    scene.add_triangles(o3d.core.Tensor(vertices), o3d.core.Tensor(faces))
    return lambda points: scene.compute_signed_distance(o3d.core.Tensor(points.astype(np.float32)), nsamples=5).numpy()


def draco(mesh: Mesh, bits: int) -> tuple[int, Mesh]:
    """(bytes, decoded mesh) of Draco at so many bits a coordinate, positions and faces alone, strongest packing."""
    library = wanted("DracoPy", "DracoPy")
    data = library.encode(mesh.vertices, mesh.faces.astype(np.uint32), quantization_bits=bits, compression_level=10)
    found = library.decode(data)
    return len(data), Mesh(np.asarray(found.points, dtype=np.float64), np.asarray(found.faces))


def _trimesh(mesh: Mesh) -> Any:
    return wanted("trimesh", "trimesh").Trimesh(mesh.vertices, mesh.faces, process=False)


SIGNED: dict[str, Callable[[Mesh], Query]] = {
    "open3d": signed_open3d,
    "mesh_to_sdf": signed_mesh_to_sdf,
    "mesh_to_sdf_scan": signed_mesh_to_sdf_scan,
    "trimesh": signed_trimesh,
}
POISSON = {"open3d poisson": poisson_open3d, "pymeshlab poisson": poisson_pymeshlab}
