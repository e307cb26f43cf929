"""The run: every defect, severity and clean mesh, by every repairer; a table, and JSON beside it."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import zlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from benchmarks.dirty.defects import DEFECTS, refined
from benchmarks.dirty.repairers import REPAIRERS, RESOLUTION, SAMPLES, STEPS, available
from benchmarks.dirty.scoring import score
from benchmarks.dirty.table import markdown, page
from benchmarks.dirty.worker import Worker
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read
from shapefield.mesh.writing import write

SAMPLES_FOLDER = Path(__file__).parents[2] / "sample_meshes"
CLEAN = ("knot.ply", "gyroid.ply", "impeller.obj", "bracket.stl", "sponge.glb")
BUNNY = Path("/usr/share/glmark2/models/bunny.obj")  # of Debian's glmark2-data, used where it is installed
SHARES = (0.01, 0.1, 0.3)
PACKAGES = (
    "numpy",
    "torch",
    "libigl",
    "manifold3d",
    "open3d",
    "trimesh",
    "point-cloud-utils",
    "pymeshlab",
)


def main(arguments: list[str]) -> int:
    """Damage clean meshes in twelve ways and count who gives a closed manifold near the clean one back."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks dirty", description=main.__doc__)
    parser.add_argument("--defects", nargs="+", default=list(DEFECTS), choices=list(DEFECTS))
    parser.add_argument(
        "--repairers", nargs="+", default=[n for n in REPAIRERS if n != "solid"], choices=list(REPAIRERS)
    )
    parser.add_argument("--shares", nargs="+", type=float, default=list(SHARES), help="severities, 0.01 to 0.3")
    parser.add_argument("--meshes", nargs="+", default=None, help="clean closed meshes; default: samples and the bunny")
    parser.add_argument("--json", default="benchmarks/results/dirty.json", help="every case; rows of other runs stay")
    parser.add_argument("--markdown", help="write the table there as well, for example docs/dirty-meshes.md")
    parser.add_argument("--keep", help="a folder for the damaged and repaired meshes")
    options = parser.parse_args(arguments)
    names = []
    for name in options.repairers:
        missing = available(name)
        if missing:
            print(missing)
        else:
            names.append(name)
    cases = _run(options, names)
    text = markdown(cases, _settings())
    print(text)
    if options.markdown:
        Path(options.markdown).write_text(page(cases, _settings()))
    return 0


def _run(options: argparse.Namespace, names: list[str]) -> list[dict]:
    """All cases, those of an earlier run in the same JSON kept where they are not run again; prints what fails."""
    place = Path(options.json)
    place.parent.mkdir(parents=True, exist_ok=True)
    known = {_key(case): case for case in json.loads(place.read_text())["cases"]} if place.exists() else {}
    workers = {name: Worker(name) for name in names}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.keep or temporary)
        folder.mkdir(exist_ok=True)
        for mesh, clean in _clean_meshes(options.meshes):
            for defect in options.defects:
                for share in options.shares:
                    for case in _case(clean, {"defect": defect, "share": share, "mesh": mesh}, workers, folder):
                        known[_key(case)] = case
                        if not case["success"]:
                            print("failed", {k: v for k, v in case.items() if k != "success"}, flush=True)
                place.write_text(json.dumps({"settings": _settings(), "cases": list(known.values())}, indent=1))
    for worker in workers.values():
        worker.close()
    return list(known.values())


def _key(case: dict) -> tuple:
    return case["repairer"], case["defect"], case["share"], case["mesh"]


def _case(clean: Mesh, what: dict, workers: dict[str, Worker], folder: Path) -> list[dict]:
    """The mesh damaged once, and given to every repairer."""
    seed = zlib.crc32(f"{what['defect']} {what['share']:g} {what['mesh']}".encode())
    damaged, truth = DEFECTS[what["defect"]](clean, what["share"], np.random.Generator(np.random.PCG64(seed)))
    label = f"{what['mesh']}-{what['defect']}-{what['share']:g}".replace(" ", "-")
    source = folder / f"{label}.ply"
    write(damaged, source, force=True)
    cases = []
    for name, worker in workers.items():
        place = folder / f"{label}.{name.replace(' ', '-')}.ply"
        place.unlink(missing_ok=True)
        cases.append({"repairer": name, **what, **_outcome(worker, source, place, truth)})
    return cases


def _outcome(worker: Worker, source: Path, place: Path, truth: Mesh) -> dict:
    answer, seconds = worker.repair(source, place)
    if answer != "ok":
        return {"success": False, "seconds": round(seconds, 3), "why": answer}
    found = score(read(place), truth)
    return {
        "success": found.success,
        "seconds": round(seconds, 3),
        "closed": found.closed,
        "manifold": found.manifold,
        "outward": found.outward,
        "error": found.error,
    }


def _clean_meshes(paths: list[str] | None) -> list[tuple[str, Mesh]]:
    places = [Path(p) for p in paths] if paths else [SAMPLES_FOLDER / n for n in CLEAN] + [BUNNY] * BUNNY.exists()
    return [(place.stem, refined(read(place))) for place in places]


def _settings() -> dict:
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = None
    return {
        "shapefield": {"method": "hybrid", "steps": STEPS, "samples": SAMPLES, "resolution": RESOLUTION},
        "versions": versions,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
    }
