"""One network for many shapes: members, shapes held out, halves made whole, beside screened Poisson.

`python -m benchmarks family [--data chairs|vases|gears|furniture|FOLDER] [--count 60] [--steps N | --budget 900]
[--model grid] [--cache DIR] [--json OUT.json]`

The project's own families are made for it; furniture are the chairs of Debian's `sweethome3d-furniture`, fetched by
name. With `--json` every row is written as it ends, the family and the files lie beside it, and the same line again
makes only what is missing. Errors are mean distances of surfaces both ways, in bounding radii, as mean
and worst over the shapes of a row. Seconds are the wall clock's, CPU seconds the process's own: on a machine that does
other work only the latter mean something, and the load stands beside them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import record
from benchmarks.real.sources import DEBIAN, fetched
from benchmarks.real.suite import CACHE
from shapefield.driving import finish
from shapefield.errors import NoSurfaceError
from shapefield.events import Done
from shapefield.families.config import DEFAULT_BUDGET, FamilyConfig
from shapefield.families.evaluation import ROWS
from shapefield.families.halves import Half, half_of
from shapefield.families.pipeline import FamilyJob, FamilyRun
from shapefield.mesh.model import Mesh

OWN = ("chairs", "vases", "gears")
FURNITURE = "furniture"
PACKAGE = "sweethome3d-furniture"
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
    parser.add_argument("--cache", type=Path, default=CACHE, help="where furniture is fetched to, outside of the tree")
    parser.add_argument("--json", type=Path, default=record.FOLDER / "family.json", help="rows, as they end")
    options = parser.parse_args(arguments)
    settings = record.machine(options.seed, ("open3d",)) | vars(options)
    record.show(settings)
    rows, beside = _known(options.json), options.json.with_suffix("")
    beside.mkdir(parents=True, exist_ok=True)
    files = _files(options, beside)
    place = beside / f"{options.data.replace('/', '-')}-{options.model}.family"
    for name, measure in _wanted(files, place, options).items():
        if any(row.get("of") == name for row in rows):
            continue
        for row in measure():
            rows.append({"of": name, **row})
            print(record.row_line(rows[-1]), flush=True)
        record.save("family", settings, rows, options.json)
    return 0


def _known(place: Path) -> list[dict[str, Any]]:
    """The rows of an earlier run."""
    return json.loads(place.read_text())["rows"] if place.exists() else []


def _wanted(
    files: list[Path], place: Path, options: argparse.Namespace
) -> dict[str, Callable[[], list[dict[str, Any]]]]:
    """What makes the rows of each measurement, in order, by a name that tells data and model."""
    head = f"{options.data}, {options.model}"
    found: dict[str, Callable[[], list[dict[str, Any]]]] = {
        f"{head}: training": lambda: [_trained(files, place, options)]
    }
    for row in ROWS:
        found[f"{head}: {row}"] = lambda row=row: _measured(row, place, files, options.resolution)
    found[f"{options.data}: Poisson"] = lambda: _poisson(_halves(place, files))
    return found


def _files(options: argparse.Namespace, beside: Path) -> list[Path]:
    if options.data == FURNITURE:
        meshes = fetched(options.cache, {PACKAGE: DEBIAN})[PACKAGE]
        return [mesh for mesh in meshes if "chair" in mesh.stem.lower()][: options.count]
    if options.data not in OWN:
        from shapefield.families.gathering import mesh_files

        return mesh_files([options.data])[: options.count]
    import importlib.util

    source = Path(__file__).resolve().parents[1] / "sample_meshes" / "families.py"
    spec = importlib.util.spec_from_file_location("make_families", source)
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    return maker.make(options.data, beside / options.data, options.count)


def _trained(files: list[Path], place: Path, options: argparse.Namespace) -> dict[str, Any]:
    budget = options.budget if options.steps is None else None
    config = FamilyConfig(
        model=options.model, steps=options.steps, budget=budget, samples=options.samples, holdout=0.1,
        device=options.device, seed=options.seed,
    )  # fmt: skip
    begun, spent = time.perf_counter(), time.process_time()
    for event in FamilyRun(FamilyJob(files, place, resume=True), config).events():
        if isinstance(event, Done):
            run = event.result.run
            return {
                "row": "training", "members": len(event.result.members), "steps": run["steps_done"],
                "seconds": time.perf_counter() - begun, "cpu_seconds": time.process_time() - spent,
                "bytes": place.stat().st_size, "residual": event.result.report["residual"]["mean"],
            }  # fmt: skip
    raise AssertionError("a run ends with Done")


def _measured(row: str, place: Path, files: list[Path], resolution: int) -> list[dict[str, Any]]:
    """A row of `family eval`, mean and worst over its shapes; none where the family has no such."""
    from shapefield.families.evaluation import evaluate
    from shapefield.families.family import Family

    family, spent = Family.load(place), time.process_time()
    found = finish(evaluate(family, sorted({file.parent for file in files}), resolution, [row])).get(row)
    told = {"cpu_seconds": time.process_time() - spent, "file": place.name}
    if found is None:
        return [told | {"row": f"{row}: none"}]
    if row == "interpolation":
        return [told | {"row": row, **pair} for pair in found["pairs"]]
    named = {f"half seen, {half} half": value for half, value in found.items()} if row == "completion" else {row: found}
    return [
        told | {"row": name, "shapes": len(value["shapes"]), "mean": value["mean"], "worst": value["worst"]}
        for name, value in named.items()
    ]


def _halves(place: Path, files: list[Path]) -> list[Half]:
    """Of the shapes held out, as `family eval` sees them."""
    from shapefield.families.family import Family
    from shapefield.families.gathering import solid_at

    by_name = {file.name: file for file in files}
    held = [by_name[Path(member.path).name] for member in Family.load(place).held]
    return [half_of(finish(solid_at(file)), number) for number, file in enumerate(held)]


def _poisson(halves: list[Half]) -> list[dict[str, Any]]:
    """Screened Poisson of each seen half, the depth that is best on its unseen half."""
    best = []
    for half in halves:
        errors = [half.errors(mesh, 20_000) for depth in DEPTHS if len((mesh := _of_poisson(half, depth)).faces)]
        best.append(min(errors, key=lambda pair: pair[1]))
    if not best:
        return [{"row": "Poisson: none"}]
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
