"""Sparse extraction beside dense evaluation with scikit-image: time, evaluations, memory, distance between them.

`python -m benchmarks extract [--resolutions 128 256 512] [--fields sphere net] [--field bunny.field] [--mesh bunny]`

Dense evaluation asks every node, in chunks of the quickest size, and marches with scikit-image or PyMCubes; above
WHOLE it asks some planes and scales the time, marching left out, unless --whole. Both use the same threads.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import meshes, record
from shapefield.surface import Surface, extract

WHOLE = 256  # up to this resolution dense evaluation is run whole; above it some planes are, and the time scaled
PLANES = 12


def sphere(points: np.ndarray) -> np.ndarray:
    return np.sqrt(np.einsum("ij,ij->i", points, points)) - np.float32(0.8)


def torus(points: np.ndarray) -> np.ndarray:
    return np.hypot(np.hypot(points[:, 0], points[:, 1]) - np.float32(0.6), points[:, 2]) - np.float32(0.25)


def gyroid(points: np.ndarray) -> np.ndarray:
    x, y, z = (8 * points).T
    wave = np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)
    return np.maximum(wave / 8, np.abs(points).max(axis=1) - np.float32(0.9))


def network() -> Callable[[np.ndarray], np.ndarray]:
    """A sphere plus a random sine network of two layers of 64: as bumpy and as dear as a small trained field."""
    import torch

    generator = torch.Generator().manual_seed(0)
    layers = [torch.randn(shape, generator=generator) / shape[0] ** 0.5 for shape in ((3, 64), (64, 64), (64, 1))]

    def value(points: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            x = torch.from_numpy(points)
            hidden = torch.sin(torch.sin(8 * x @ layers[0]) @ layers[1])
            return (x.norm(dim=1) - 0.6 + 0.06 * (hidden @ layers[2])[:, 0]).numpy()

    return value


def exact(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """The signed distance of a mesh in the unit frame, by Open3D."""
    import open3d as o3d

    mesh = o3d.io.read_triangle_mesh(path)
    points = np.asarray(mesh.vertices)
    points = points - 0.5 * (points.min(axis=0) + points.max(axis=0))
    points *= 0.95 / np.linalg.norm(points, axis=1).max()
    mesh.vertices = o3d.utility.Vector3dVector(points)
    scene = o3d.t.geometry.RaycastingScene()
    scene.add_triangles(o3d.t.geometry.TriangleMesh.from_legacy(mesh))
    return lambda p: scene.compute_signed_distance(o3d.core.Tensor.from_numpy(p), nsamples=5).numpy()


def run_sparse(value: Callable, resolution: int, refine: bool) -> tuple[Surface, float, float]:
    """The surface, wall seconds and CPU seconds."""
    start, spent = time.perf_counter(), time.process_time()
    job = extract(value, resolution, refine=refine)
    while True:
        try:
            next(job)
        except StopIteration as stop:
            return stop.value, time.perf_counter() - start, time.process_time() - spent


def dense_chunk(value: Callable) -> int:
    """The chunk at which the field is quickest."""
    points = np.random.default_rng(0).uniform(-1, 1, (1 << 18, 3)).astype(np.float32)
    seconds = {}
    for chunk in (1 << 13, 1 << 15, 1 << 17):
        start = time.perf_counter()
        for first in range(0, len(points), chunk):
            value(points[first : first + chunk])
        seconds[chunk] = time.perf_counter() - start
    return min(seconds, key=seconds.__getitem__)


def run_dense(value: Callable, resolution: int, whole: bool) -> tuple[dict[str, object], np.ndarray | None]:
    """Seconds of evaluating every node and of marching, and the vertices; scaled, without the rest, if not whole."""
    axis = np.linspace(-1, 1, resolution + 1).astype(np.float32)
    chunk = dense_chunk(value)
    planes = range(resolution + 1) if whole else np.linspace(0, resolution, PLANES).astype(int)
    plane = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    volume = np.empty((len(planes), resolution + 1, resolution + 1), dtype=np.float32)
    start, spent = time.perf_counter(), time.process_time()
    for row, index in enumerate(planes):
        points = np.column_stack([np.full(len(plane), axis[index]), plane]).astype(np.float32)
        parts = [value(points[first : first + chunk]) for first in range(0, len(points), chunk)]
        volume[row] = np.concatenate(parts).reshape(volume.shape[1:])
    scale = (resolution + 1) / len(planes)
    seconds, cpu = (time.perf_counter() - start) * scale, (time.process_time() - spent) * scale
    row: dict[str, object] = {"dense_chunk": chunk, "dense_scaled": not whole, "dense_field_seconds": seconds}
    row["dense_field_cpu_seconds"] = cpu
    if not whole:
        return row, None
    from skimage.measure import marching_cubes

    start = time.perf_counter()
    vertices = marching_cubes(volume, 0.0)[0] * (2 / resolution) - 1
    row["skimage_seconds"] = time.perf_counter() - start
    try:
        import mcubes
    except ImportError:
        row["pymcubes_seconds"] = "not here: pip install PyMCubes"
    else:
        start = time.perf_counter()
        mcubes.marching_cubes(volume, 0.0)
        row["pymcubes_seconds"] = time.perf_counter() - start
    return row, vertices


def hausdorff(a: np.ndarray, b: np.ndarray) -> float:
    """Greatest distance from a vertex of either to the nearest of the other."""
    from scipy.spatial import KDTree

    return float(max(KDTree(a).query(b)[0].max(), KDTree(b).query(a)[0].max()))


def measure(name: str, value: Callable, resolution: int, dense: bool, whole: bool) -> dict[str, object]:
    run_sparse(value, 32, False)  # imports and warm-up
    surface, refined_seconds, _ = run_sparse(value, resolution, True)
    plain, seconds, cpu = run_sparse(value, resolution, False)
    row: dict[str, object] = {
        "field": name,
        "resolution": resolution,
        "faces": len(plain.mesh.faces),
        "evaluations": plain.evaluations,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "bookkeeping": plain.other_seconds,
        "refined_seconds": refined_seconds,
        "residual": float(np.abs(value(plain.mesh.vertices.astype(np.float32))).mean()),
        "refined_residual": float(np.abs(value(surface.mesh.vertices.astype(np.float32))).mean()),
        "peak_bytes": record.peak_bytes(),
    }
    if dense:
        more, vertices = run_dense(value, resolution, whole)
        total = float(str(more["dense_field_seconds"])) + float(str(more.get("skimage_seconds", 0.0)))
        row |= more | {"dense_seconds": total, "ratio": total / seconds, "ratio_refined": total / refined_seconds}
        row["cpu_ratio"] = float(str(more["dense_field_cpu_seconds"])) / cpu
        if vertices is not None:
            row["hausdorff_voxels"] = hausdorff(plain.mesh.vertices, vertices) * resolution / 2
    return row


def stored(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    """The field in a `.field` file, unit frame."""
    import shapefield as sf

    return sf.load(path).frozen.value


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks extract", description="Sparse extraction beside dense evaluation."
    )
    parser.add_argument("--resolutions", type=int, nargs="+", default=[128, 256, 512])
    parser.add_argument("--fields", nargs="*", default=["sphere", "torus", "gyroid", "net"])
    parser.add_argument("--field", type=Path, help="a .field file, as `shapefield fit` writes it")
    parser.add_argument("--mesh", help="a watertight mesh whose exact distance is a field too: a name or a path")
    parser.add_argument("--no-dense", action="store_true")
    parser.add_argument("--whole", action="store_true", help=f"evaluate densely in whole above {WHOLE} too: minutes")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    fields: dict[str, Callable] = {"sphere": sphere, "torus": torus, "gyroid": gyroid}
    if "net" in options.fields:
        fields["net"] = network()
    chosen = {name: fields[name] for name in options.fields}
    if options.mesh:
        chosen[options.mesh] = exact(meshes.find(options.mesh))
    if options.field:
        chosen[options.field.name] = stored(options.field)
    settings = record.machine(peers=("PyMCubes",))
    record.show(settings)
    rows = []
    for name, value in chosen.items():
        for resolution in options.resolutions:
            row = measure(name, value, resolution, not options.no_dense, options.whole or resolution <= WHOLE)
            rows.append(row)
            print(record.row_line(row))
    place = record.save("extract", settings, rows, options.json)
    curves = {
        f"{name}, {label}": (
            [r["resolution"] for r in rows if r["field"] == name],
            [r[key] for r in rows if r["field"] == name],
        )
        for name in chosen
        for label, key in (("sparse", "seconds"), ("dense", "dense_seconds"))
        if all(key in r for r in rows)
    }
    record.plot(place, curves, ("resolution", "seconds"), "Sparse and dense extraction")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
