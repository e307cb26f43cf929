"""One network for many shapes: members, shapes held out, halves made whole, beside screened Poisson.

`python -m benchmarks family [--data chairs|vases|gears|FOLDER] [--count 60] [--steps N | --budget 900] [--model grid]`

The project's own families are made for it. Errors are mean distances of surfaces both ways, in bounding radii, as mean
and worst over the shapes of a row. Seconds are the wall clock's, CPU seconds the process's own: on a machine that does
other work only the latter mean something, and the load stands beside them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import record
from shapefield.driving import finish
from shapefield.errors import NoSurfaceError
from shapefield.events import Done
from shapefield.families.config import DEFAULT_BUDGET, FamilyConfig
from shapefield.families.halves import Half, half_of
from shapefield.families.pipeline import FamilyJob, FamilyRun
from shapefield.mesh.model import Mesh

OWN = ("chairs", "vases", "gears")
DEPTHS = (7, 8, 9, 10)


def main(arguments: list[str]) -> int:
    """Train, measure, print rows, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks family", description=main.__doc__)
    parser.add_argument("--data", default="chairs", help="a family of our own, or a folder of meshes")
    parser.add_argument("--count", type=int, default=60, help="shapes of it")
    parser.add_argument("--model", default="grid")
    parser.add_argument("--steps", type=int, help="optimiser steps, instead of the budget")
    parser.add_argument("--budget", type=float, default=DEFAULT_BUDGET)
    parser.add_argument("--samples", type=int, default=FamilyConfig.samples)
    parser.add_argument("--resolution", type=int, default=128)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--family", type=Path, help="where the .family is kept; one that is there is not made again")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    settings = record.machine(options.seed, ("open3d",)) | vars(options)
    record.show(settings)
    with tempfile.TemporaryDirectory() as scratch:
        files = _files(options.data, options.count, Path(scratch))
        place = options.family or Path(scratch) / "benchmark.family"
        rows = [] if place.exists() else [_trained(files, place, options)]
        rows += _measured(place, files[0].parent, options.resolution)
    for row in rows:
        print(record.row_line(row))
    record.save("family", settings, rows, options.json)
    return 0


def _files(data: str, count: int, scratch: Path) -> list[Path]:
    if data not in OWN:
        from shapefield.families.gathering import mesh_files

        return mesh_files([data])[:count]
    import importlib.util

    source = Path(__file__).resolve().parents[1] / "sample_meshes" / "families.py"
    spec = importlib.util.spec_from_file_location("make_families", source)
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    return maker.make(data, scratch / data, count)


def _trained(files: list[Path], place: Path, options: argparse.Namespace) -> dict[str, Any]:
    budget = options.budget if options.steps is None else None
    config = FamilyConfig(
        model=options.model, steps=options.steps, budget=budget, samples=options.samples, holdout=0.1,
        device=options.device, seed=options.seed,
    )  # fmt: skip
    begun, spent = time.perf_counter(), time.process_time()
    for event in FamilyRun(FamilyJob(files, place), config).events():
        if isinstance(event, Done):
            run = event.result.run
            return {
                "row": "training", "members": len(event.result.members), "steps": run["steps_done"],
                "seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - spent,
                "bytes": place.stat().st_size, "residual": event.result.report["residual"]["mean"],
            }  # fmt: skip
    raise AssertionError("a run ends with Done")


def _measured(place: Path, folder: Path, resolution: int) -> list[dict[str, Any]]:
    """Rows of `family eval`, and of what Poisson makes of the same halves."""
    from shapefield.families.evaluation import evaluate
    from shapefield.families.family import Family
    from shapefield.families.gathering import solid_at

    family = Family.load(place)
    spent = time.process_time()
    found = finish(evaluate(family, [folder], resolution))
    named = [(row, found[row]) for row in ("members", "unseen") if row in found]
    named += [(f"half seen, {half} half", found["completion"][half]) for half in found.get("completion", {})]
    rows = [{"row": row, "mean": value["mean"], "worst": value["worst"]} for row, value in named]
    rows += [{"row": "interpolation", **pair} for pair in found["interpolation"]["pairs"]]
    rows.append({"row": "evaluation", "cpu_seconds": time.process_time() - spent})
    solids = [finish(solid_at(folder / Path(member.path).name)) for member in family.held]
    halves = [half_of(solid, number) for number, solid in enumerate(solids)]
    return rows + _poisson(halves)


def _poisson(halves: list[Half]) -> list[dict[str, Any]]:
    """Screened Poisson of each seen half, the depth that is best on its unseen half."""
    best = []
    for half in halves:
        errors = [half.errors(mesh, 20_000) for depth in DEPTHS if len((mesh := _of_poisson(half, depth)).faces)]
        best.append(min(errors, key=lambda pair: pair[1]))
    if not best:
        return []
    table = np.array(best)
    return [
        {"row": f"Poisson, {name} half", "mean": float(table[:, k].mean()), "worst": float(table[:, k].max())}
        for k, name in enumerate(("seen", "unseen"))
    ]


def _of_poisson(half: Half, depth: int) -> Mesh:
    import open3d

    partial = half.partial()
    if partial.normals is None:
        raise NoSurfaceError("a half without normals")
    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(partial.points))
    cloud.normals = open3d.utility.Vector3dVector(partial.normals)
    made, _ = open3d.geometry.TriangleMesh.create_from_point_cloud_poisson(cloud, depth=depth, n_threads=1)
    return Mesh(np.asarray(made.vertices), np.asarray(made.triangles).astype(np.int64))
