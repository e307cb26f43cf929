"""Signed samples of a large mesh: ours beside Open3D, mesh_to_sdf and trimesh.

`python -m benchmarks sample [--mesh bunny] [--faces 1000000] [--samples 500000]`

Ours is everything from the mesh in memory: repair and checks, hierarchies, points, distances, signs. A peer gets the
finished query points, a share of them where it is slow, and the time of its answers is scaled; its preparation (a
tree, a cloud of ten million points) is added as it is.
Each is compared with the exact distance and the winding number's sign. `mesh_to_sdf_scan` needs OpenGL, for which
`xvfb-run -a` will do.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import meshes, peers, record
from shapefield.config import SamplingConfig
from shapefield.driving import finish
from shapefield.mesh.reading import read
from shapefield.sampling import draw
from shapefield.solid import Solid, solid_of

SHARES = {"open3d": 1.0, "mesh_to_sdf": 0.02, "mesh_to_sdf_scan": 0.02, "trimesh": 0.0004}
"""The share of the queries each peer is asked, so that a row takes less than about a minute."""


def main(arguments: list[str]) -> int:
    """Time them one after the other; print rows and ratios, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks sample", description=main.__doc__)
    parser.add_argument("--mesh", default="bunny")
    parser.add_argument("--faces", type=int, default=1_000_000)
    parser.add_argument("--samples", type=int, default=500_000)
    parser.add_argument("--peers", nargs="*", default=list(peers.SIGNED), choices=list(peers.SIGNED))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    settings = record.machine(options.seed, ("open3d", "mesh-to-sdf", "trimesh", "rtree")) | vars(options)
    record.show(settings)
    small = read(meshes.find("knot"))
    finish(draw(solid_of(small), SamplingConfig(samples=2000), 0))  # compiled code is loaded, libraries imported
    mesh = meshes.at_faces(read(meshes.find(options.mesh)), options.faces)
    begun, spent = time.perf_counter(), time.process_time()
    solid = solid_of(mesh)
    prepared = time.perf_counter()
    samples = finish(draw(solid, SamplingConfig(samples=options.samples), options.seed))
    ended, spent = time.perf_counter(), time.process_time() - spent
    row: dict[str, Any] = {"name": "shapefield", "faces": len(mesh.faces), "samples": len(samples)}
    row |= {
        "check_seconds": prepared - begun,
        "seconds": ended - prepared,
        "all_seconds": ended - begun,
        "all_cpu_seconds": spent,
    }
    rows = [row]
    print(record.row_line(row))
    queries = np.concatenate([samples.near, samples.uniform]).astype(np.float64)
    exact = np.concatenate([samples.near_distance, samples.uniform_distance])
    for name in options.peers:
        peer = _peer(name, solid, queries, exact, options.seed)
        if "seconds" in peer:
            peer["times_ours"] = peer["seconds"] / row["seconds"]
            peer["times_ours_with_check"] = peer["seconds"] / row["all_seconds"]
        rows.append(peer)
        print(record.row_line(peer))
    record.save("sample", settings, rows, options.json)
    return 0


def _peer(name: str, solid: Solid, queries: np.ndarray, exact: np.ndarray, seed: int) -> dict[str, Any]:
    """Its time for all the queries, scaled from a share, and how far it is from exact."""
    chosen = np.random.default_rng(seed).permutation(len(queries))[: max(50, int(SHARES[name] * len(queries)))]
    unit = solid.mesh.transformed(solid.similarity)
    try:
        begun = time.perf_counter()
        signed = peers.SIGNED[name](unit)
        signed(queries[chosen[:2]])  # what is built at the first question belongs to the preparation
        prepared = time.perf_counter() - begun
        begun = time.perf_counter()
        found = signed(queries[chosen])
        spent = time.perf_counter() - begun
    except peers.Missing as missing:
        return {"name": name, "missing": str(missing)}
    seconds = prepared + spent * len(queries) / len(chosen)
    truth = exact[chosen]
    return {
        "name": name,
        "asked": len(chosen),
        "prepare_seconds": prepared,
        "seconds": seconds,
        "mean_error": float(np.abs(np.abs(found) - np.abs(truth)).mean()),
        "wrong_sign": float(((found < 0) != (truth < 0)).mean()),
    }
