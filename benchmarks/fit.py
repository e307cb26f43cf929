"""Quality against time: whole `shapefield fit` processes, one after the other, on one mesh; run nothing beside.

`python -m benchmarks fit [--mesh bunny] [--methods hybrid hashgrid] [--budgets 10s 20s] [--peers]`

With --peers, Open3D's and MeshLab's screened Poisson reconstruct the mesh from the surface samples that a fit draws;
their time is that of the call alone. `curves` has error over training time, and the reference configurations.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import meshes, peers, record
from shapefield.config import SamplingConfig
from shapefield.driving import finish
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read
from shapefield.metrics import compare
from shapefield.sampling import draw
from shapefield.solid import solid_of


def main(arguments: list[str]) -> int:
    """Fit by every method and budget asked for; prints a table and writes JSON with settings and versions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fit", description=main.__doc__)
    parser.add_argument("--mesh", default="bunny", help="a name that `python -m benchmarks meshes` lists, or a path")
    parser.add_argument("--methods", nargs="+", default=["hybrid", "hashgrid"])
    parser.add_argument("--budgets", nargs="+", default=["10s", "20s", "60s"])
    parser.add_argument("--resolution", default="256")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--samples", type=int, default=300_000, help="what the peers get their surface points from")
    parser.add_argument("--peers", action="store_true", help="screened Poisson from the same samples as well")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    settings = record.machine(int(options.seed), ("open3d", "pymeshlab")) | vars(options)
    record.show(settings)
    rows = [one(options, method, budget) for method in options.methods for budget in options.budgets]
    others = poisson(options) if options.peers else []
    place = record.save("fit", settings, rows + others, options.json)
    good = [row for row in rows if "report" in row]
    curves = {
        method: (
            [row["report"]["run"]["wall"] for row in good if row["method"] == method],
            [row["report"]["quality"]["mean"] for row in good if row["method"] == method],
        )
        for method in options.methods
    } | {row["method"]: ([row["seconds"]], [row["mean"]]) for row in others if "mean" in row}
    record.plot(place, curves, ("seconds to the mesh", "mean error / R"), options.mesh)
    return 0 if len(good) == len(rows) else 1


def poisson(options: argparse.Namespace) -> list[dict]:
    """One row a peer: seconds of its call on the surface samples with normals, and the exact errors of its mesh."""
    solid = solid_of(read(meshes.find(options.mesh)))
    samples = finish(draw(solid, SamplingConfig(samples=options.samples), int(options.seed)))
    rows = []
    for name, reconstruct in peers.POISSON.items():
        try:
            begun = time.perf_counter()
            found = reconstruct(samples.surface.astype(float), samples.normals.astype(float))
            seconds = time.perf_counter() - begun
        except peers.Missing as missing:
            rows.append({"method": name, "missing": str(missing)})
        else:
            placed = Mesh(solid.similarity.to_input(found.vertices), found.faces)
            report = finish(compare(placed, solid)).as_dict()
            rows.append({"method": name, "points": len(samples.surface), "seconds": seconds, "mean": report["mean"]})
            rows[-1]["narrow_band_iou"] = report["narrow_band_iou"]
        print(record.row_line(rows[-1]), flush=True)
    return rows


def one(options: argparse.Namespace, method: str, budget: str) -> dict:
    """One process; prints its row."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["fit", os.path.abspath(meshes.find(options.mesh)), "--method", method, "--budget", budget, "--json"]
        words += ["--resolution", options.resolution, "--seed", options.seed]
        begun = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "shapefield", *words], cwd=folder, capture_output=True, text=True)
        wall = time.perf_counter() - begun
    if done.returncode:
        print(f"{method:10} {budget:>5}  failed: {done.stderr.strip()}")
        return {"method": method, "budget": budget, "error": done.stderr}
    report = json.loads(done.stdout)
    quality = report["quality"]
    print(
        f"{method:10} {budget:>5}  mean {quality['mean']:.2e} R  narrow-band IoU {quality['narrow_band_iou']:.4f}  "
        f"{report['run']['steps_done']:>6} steps  {report['run']['wall']:.1f} s to the mesh, {wall:.1f} s in all"
    )
    return {"method": method, "budget": budget, "wall": wall, "report": report}
