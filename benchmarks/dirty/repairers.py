"""The programs that are compared: each takes a damaged PLY and writes a repaired one, at its defaults where it has any.

Those that want oriented points get 50 000 of the damaged surface, with the normals of the faces as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.mesh.writing import write

POINTS = 50_000
STEPS, SAMPLES, RESOLUTION = 200, 60_000, 128
Repairer = Callable[[Path, Path], None]


def shapefield(source: Path, place: Path) -> None:
    """A whole fit, hybrid, of few steps: what `shapefield fit` does, without its report."""
    import torch

    from shapefield.events import Stage
    from shapefield.fitting.pipeline import Job, reconstruct
    from shapefield.settings import fit_config

    torch.set_num_threads(1)
    config = fit_config(steps=STEPS, samples=SAMPLES, resolution=RESOLUTION, checkpoint_every=0)
    for event in reconstruct(Job(source, mesh=place, force=True), config):
        if isinstance(event, Stage) and event.name == "report":
            return


def solid(source: Path, place: Path) -> None:
    """shapefield's repair alone, no field: what the fit is held against."""
    from shapefield.mesh.reading import read
    from shapefield.solid import solid_of

    write(solid_of(read(source)).mesh, place, force=True)


def point_cloud_utils(source: Path, place: Path) -> None:
    """`make_mesh_watertight` (Huang et al. 2018) at its default resolution of 20 000."""
    import point_cloud_utils as pcu

    vertices, faces = _arrays(source)
    _save(*pcu.make_mesh_watertight(vertices, faces), place)


def open3d_poisson(source: Path, place: Path) -> None:
    """Poisson reconstruction, depth 8, of sampled oriented points."""
    import open3d as o3d

    points, normals = _oriented_points(source)
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points))
    cloud.normals = o3d.utility.Vector3dVector(normals)
    found, _ = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(cloud, depth=8, n_threads=1)
    _save(np.asarray(found.vertices), np.asarray(found.triangles), place)


def pymeshlab_poisson(source: Path, place: Path) -> None:
    """Screened Poisson (Kazhdan and Hoppe 2013), depth 8, of sampled oriented points."""
    import pymeshlab

    points, normals = _oriented_points(source)
    work = pymeshlab.MeshSet(verbose=False)
    work.add_mesh(pymeshlab.Mesh(vertex_matrix=points, v_normals_matrix=normals))
    work.generate_surface_reconstruction_screened_poisson(depth=8, threads=1)
    found = work.current_mesh()
    _save(found.vertex_matrix(), found.face_matrix(), place)


def trimesh_repair(source: Path, place: Path) -> None:
    """Welding, duplicates, degenerate faces, holes, winding, inversion: all that its `repair` module offers."""
    import trimesh

    vertices, faces = _arrays(source)
    mesh = trimesh.Trimesh(vertices, faces, process=True)
    mesh.update_faces(mesh.unique_faces() & mesh.nondegenerate_faces())
    trimesh.repair.fix_winding(mesh)
    trimesh.repair.fill_holes(mesh)
    trimesh.repair.fix_inversion(mesh)
    trimesh.repair.fix_normals(mesh)
    _save(mesh.vertices, mesh.faces, place)


REPAIRERS: dict[str, tuple[Repairer, str]] = {
    "shapefield": (shapefield, "torch"),
    "solid": (solid, "igl"),
    "point-cloud-utils": (point_cloud_utils, "point_cloud_utils"),
    "Open3D Poisson": (open3d_poisson, "open3d"),
    "pymeshlab Poisson": (pymeshlab_poisson, "pymeshlab"),
    "trimesh repair": (trimesh_repair, "trimesh"),
}
"""Name → the function, and the module that has to be there."""


def available(name: str) -> str | None:
    """None, or the line that says how to install what is missing."""
    module = REPAIRERS[name][1]
    return None if find_spec(module) else f"{name}: skipped, pip install {module.replace('_', '-')}"


def _arrays(source: Path) -> tuple[np.ndarray, np.ndarray]:
    import trimesh

    mesh = trimesh.load(source, process=False, force="mesh")
    return np.ascontiguousarray(mesh.vertices, dtype=np.float64), np.ascontiguousarray(mesh.faces, dtype=np.int64)


def _oriented_points(source: Path) -> tuple[np.ndarray, np.ndarray]:
    from shapefield.sampling import on_surface

    mesh = Mesh(*_arrays(source))
    points, face = on_surface(mesh, POINTS, np.random.Generator(np.random.PCG64(0)))
    return points, mesh.normals_of(face)


def _save(vertices: np.ndarray, faces: np.ndarray, place: Path) -> None:
    write(Mesh(vertices, faces), place, force=True)
