"""The peers, each one function (vertices, faces) → (vertices, faces), and the process that they run in.

`python peers.py NAME` in an environment of the peers' own (environment.py makes it): this file imports nothing of
shapefield, and some of what it calls is under the GPL. Lines `source<TAB>place`, both .npz, are read from stdin and
answered `ok` or with what went wrong. Each peer at its defaults where it has any.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import numpy as np

Arrays = tuple[np.ndarray, np.ndarray]
POINTS = 50_000
"""Oriented points for those that want some: of the damaged surface, with the normals of its faces as they are."""


def meshlib_mend(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    """Vertices split until it is manifold, degeneracies and self-intersections mended, every hole filled."""
    import meshlib.mrmeshpy as mr

    mesh = _of_meshlib(vertices, faces)
    for edge in mesh.topology.findHoleRepresentiveEdges():
        settings = mr.FillHoleParams()
        settings.metric = mr.getUniversalMetric(mesh)
        mr.fillHole(mesh, edge, settings)
    settings = mr.FixSelfIntersectionSettings()
    settings.method = mr.FixSelfIntersectionMethod.CutAndFill
    mr.localFixSelfIntersections(mesh, settings)
    return _from_meshlib(mesh)


def meshlib_offset(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    """Resampled at an offset of 0, signs by its hole winding rule, voxels of a 400th of the diagonal."""
    import meshlib.mrmeshpy as mr

    mesh = _of_meshlib(vertices, faces)
    settings = mr.GeneralOffsetParameters()
    settings.voxelSize = mesh.computeBoundingBox().diagonal() / 400
    settings.signDetectionMode = mr.SignDetectionMode.HoleWindingRule
    return _from_meshlib(mr.generalOffsetMesh(mr.MeshPart(mesh), 0.0, settings))


def _of_meshlib(vertices: np.ndarray, faces: np.ndarray):
    from meshlib import mrmeshnumpy

    return mrmeshnumpy.meshFromFacesVerts(
        faces.astype(np.int32), vertices.astype(np.float32), duplicateNonManifoldVertices=True
    )


def _from_meshlib(mesh) -> Arrays:
    from meshlib import mrmeshnumpy

    return mrmeshnumpy.getNumpyVerts(mesh), mrmeshnumpy.getNumpyFaces(mesh.topology)


def alpha_wrap(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    """CGAL's alpha wrapping through pymeshlab, alpha a hundredth of the diagonal, offset a thirtieth of alpha."""
    import pymeshlab

    work = pymeshlab.MeshSet(verbose=False)
    work.add_mesh(pymeshlab.Mesh(vertex_matrix=vertices, face_matrix=faces))
    work.generate_alpha_wrap(alpha=pymeshlab.PercentageValue(1.0), offset=pymeshlab.PercentageValue(1 / 30))
    return work.current_mesh().vertex_matrix(), work.current_mesh().face_matrix()


def mesh_fix(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    """MeshFix (Attene 2010), small components kept."""
    import pymeshfix

    return pymeshfix.clean_from_arrays(vertices, faces.astype(np.int32), remove_smallest_components=False)


def tetwild(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    """The boundary of fTetWild's tetrahedra (Hu et al. 2020), defaults."""
    import pytetwild

    places, tetrahedra = pytetwild.tetrahedralize(vertices, faces.astype(np.int32))
    sides = np.concatenate([tetrahedra[:, c] for c in ([1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1])])
    _, first, number = np.unique(np.sort(sides, axis=1), axis=0, return_index=True, return_counts=True)
    rim = sides[first[number == 1]]
    a, b, c = (places[rim[:, k]] for k in range(3))
    outward = np.einsum("ij,ij->i", a - places.mean(axis=0), np.cross(b - a, c - a)).sum() > 0
    return places, rim if outward else rim[:, ::-1]


def watertight(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    """point-cloud-utils' `make_mesh_watertight` (Huang et al. 2018) at its default resolution."""
    import point_cloud_utils

    return point_cloud_utils.make_mesh_watertight(vertices, faces)


def open3d_poisson(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    """Poisson reconstruction, depth 8, of sampled oriented points."""
    import open3d as o3d

    points, normals = _oriented_points(vertices, faces)
    cloud = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(points))
    cloud.normals = o3d.utility.Vector3dVector(normals)
    found, _ = o3d.geometry.TriangleMesh.create_from_point_cloud_poisson(cloud, depth=8, n_threads=1)
    return np.asarray(found.vertices), np.asarray(found.triangles)


def pymeshlab_poisson(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    """Screened Poisson (Kazhdan and Hoppe 2013), depth 8, of sampled oriented points."""
    import pymeshlab

    points, normals = _oriented_points(vertices, faces)
    work = pymeshlab.MeshSet(verbose=False)
    work.add_mesh(pymeshlab.Mesh(vertex_matrix=points, v_normals_matrix=normals))
    work.generate_surface_reconstruction_screened_poisson(depth=8, threads=1)
    return work.current_mesh().vertex_matrix(), work.current_mesh().face_matrix()


def trimesh_repair(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    """Welding, duplicates, degenerate faces, holes, winding, inversion: all that its `repair` module offers."""
    import trimesh

    mesh = trimesh.Trimesh(vertices, faces, process=True)
    mesh.update_faces(mesh.unique_faces() & mesh.nondegenerate_faces())
    trimesh.repair.fix_winding(mesh)
    trimesh.repair.fill_holes(mesh)
    trimesh.repair.fix_inversion(mesh)
    trimesh.repair.fix_normals(mesh)
    return mesh.vertices, mesh.faces


def _oriented_points(vertices: np.ndarray, faces: np.ndarray) -> Arrays:
    generator = np.random.Generator(np.random.PCG64(0))
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    vectors = np.cross(b - a, c - a)
    lengths = np.linalg.norm(vectors, axis=1)
    row = generator.choice(len(faces), POINTS, p=lengths / lengths.sum())
    weights = generator.dirichlet(np.ones(3), POINTS)
    points = weights[:, :1] * a[row] + weights[:, 1:2] * b[row] + weights[:, 2:] * c[row]
    return points, vectors[row] / lengths[row, None]


PEERS: dict[str, tuple[Callable[[np.ndarray, np.ndarray], Arrays], tuple[str, ...]]] = {
    "meshlib mend": (meshlib_mend, ("meshlib",)),
    "meshlib offset": (meshlib_offset, ("meshlib",)),
    "CGAL alpha wrap": (alpha_wrap, ("pymeshlab",)),
    "pymeshfix": (mesh_fix, ("pymeshfix",)),
    "pytetwild": (tetwild, ("pytetwild", "pyvista")),
    "point-cloud-utils": (watertight, ("point-cloud-utils",)),
    "Open3D Poisson": (open3d_poisson, ("open3d",)),
    "pymeshlab Poisson": (pymeshlab_poisson, ("pymeshlab",)),
    "trimesh repair": (trimesh_repair, ("trimesh", "scipy", "networkx")),
}
"""Name → the function, and the packages that it needs."""


def serve(name: str) -> None:
    """Answer on the real stdout; whatever a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    repair = PEERS[name][0]
    for line in sys.stdin:
        source, place = line.rstrip("\n").split("\t")
        try:
            with np.load(source) as given:
                vertices, faces = repair(given["vertices"], given["faces"])
            np.savez(place, vertices=np.asarray(vertices, dtype=np.float64), faces=np.asarray(faces, dtype=np.int64))
            answer = "ok"
        except Exception as error:
            answer = f"error: {type(error).__name__}: {' '.join(str(error).split())[:160]}"
        answers.write(answer + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
