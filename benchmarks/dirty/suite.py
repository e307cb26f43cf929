"""The run: every defect, severity and clean mesh, by every repairer; a row is written as it ends, and never twice."""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import meshes, record
from benchmarks.dirty import environment, ours
from benchmarks.dirty.defects import DEFECTS, refined
from benchmarks.dirty.ours import OURS
from benchmarks.dirty.peers import PEERS
from benchmarks.dirty.scoring import score
from benchmarks.dirty.table import markdown, page
from benchmarks.dirty.worker import LIMIT, Worker
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read
from shapefield.mesh.writing import write
from shapefield.surface import simplify

TUNED = ("knot", "bracket", "gyroid")
HELD_OUT = ("bear", "femur", "anchor", "bull", "camel", "dino", "coupling")
"""Clean meshes; on the second nothing here was tuned."""
FOR_PEERS = ("knot", "bracket", "bear", "femur", "anchor")
SHARES = (0.01, 0.1, 0.3)
MOST = 20_000
"""Faces of a clean mesh."""


def main(arguments: list[str]) -> int:
    """Damage clean meshes in twelve ways and count who gives a closed manifold near the clean one back."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks dirty", description=main.__doc__)
    known = [*OURS, *PEERS]
    parser.add_argument("--defects", nargs="+", default=list(DEFECTS), choices=list(DEFECTS))
    parser.add_argument("--repairers", nargs="+", default=known, choices=known)
    parser.add_argument("--shares", nargs="+", type=float, default=list(SHARES), help="severities, 0.01 to 0.3")
    parser.add_argument("--meshes", nargs="+", default=[*TUNED, *HELD_OUT], help="clean closed meshes, by name or path")
    parser.add_argument("--rows", type=Path, default=record.FOLDER / "dirty.jsonl", help="rows there are not run again")
    parser.add_argument("--markdown", help="write the table there as well, for example docs/dirty-meshes.md")
    parser.add_argument("--keep", type=Path, help="a folder for the damaged and repaired meshes")
    options = parser.parse_args(arguments)
    asked = [name for name in options.repairers if name in PEERS]
    lacking = environment.made(asked) if asked else {}
    for line in lacking.values():
        print(line)
    names = [name for name in options.repairers if name not in lacking]
    settings = _settings([name for name in names if name in PEERS])
    cases = _run(options, names)
    print(markdown(cases))
    if options.markdown:
        Path(options.markdown).write_text(page(cases, settings))
    return 0


def _run(options: argparse.Namespace, names: list[str]) -> list[dict[str, Any]]:
    """All rows of the file, after those that are asked for and were not in it were run."""
    options.rows.parent.mkdir(parents=True, exist_ok=True)
    done = {_key(case): case for case in _rows(options.rows)}
    with tempfile.TemporaryDirectory() as temporary, options.rows.open("a") as file:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        workers = {name: Worker(name, _warm(folder, name)) for name in names}
        try:
            for name in options.meshes:
                clean = None
                for defect in options.defects:
                    for share in options.shares:
                        what = {"defect": defect, "share": share, "mesh": Path(name).stem}
                        left = [w for n, w in workers.items() if _wanted(n, name) and (n, *what.values()) not in done]
                        if not left:
                            continue
                        clean = clean or _clean(name)
                        for case in _cases(clean, what, left, folder):
                            done[_key(case)] = case
                            file.write(json.dumps(case) + "\n")
                            file.flush()
                            if not case["success"]:
                                print("failed", {k: v for k, v in case.items() if k != "success"}, flush=True)
        finally:
            for worker in workers.values():
                worker.close()
    return list(done.values())


def _rows(place: Path) -> list[dict[str, Any]]:
    """The rows of a file; a last line that was cut short is none."""
    found = []
    for line in place.read_text().splitlines() if place.exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _key(case: dict[str, Any]) -> tuple:
    return case["repairer"], case["defect"], case["share"], case["mesh"]


def _wanted(repairer: str, mesh: str) -> bool:
    """Peers get five of the meshes, and any that is none of the ten."""
    return repairer in OURS or mesh in FOR_PEERS or mesh not in (*TUNED, *HELD_OUT)


def _clean(name: str) -> Mesh:
    mesh = read(meshes.find(name))
    return refined(simplify(mesh, MOST) if len(mesh.faces) > MOST else mesh)


def _cases(clean: Mesh, what: dict[str, Any], workers: list[Worker], folder: Path):
    """The mesh damaged once, and given to every repairer."""
    seed = zlib.crc32(f"{what['defect']} {what['share']:g} {what['mesh']}".encode())
    damaged, truth = DEFECTS[what["defect"]](clean, what["share"], np.random.Generator(np.random.PCG64(seed)))
    label = f"{what['mesh']}-{what['defect']}-{what['share']:g}".replace(" ", "-")
    source = _saved(damaged, folder / label)
    for worker in workers:
        place = folder / f"{label}.{worker.name.replace(' ', '-')}.{'ply' if worker.ours else 'npz'}"
        place.unlink(missing_ok=True)
        answer, seconds = worker.repair(source.with_suffix(place.suffix), place)
        case = {"repairer": worker.name, **what, "success": False, "seconds": round(seconds, 3)}
        yield case | (_judged(place, truth) if answer == "ok" else {"why": answer})


def _saved(mesh: Mesh, place: Path) -> Path:
    """As a mesh file for ours, and as arrays for the peers."""
    source = place.parent / f"{place.name}.ply"
    write(mesh, source, force=True)
    np.savez(source.with_suffix(".npz"), vertices=mesh.vertices, faces=mesh.faces)
    return source


def _warm(folder: Path, name: str) -> tuple[Path, Path]:
    """A clean sample, and where its repair goes."""
    source = folder / "warm.ply"
    if not source.exists():
        source = _saved(read(meshes.find("sponge")), folder / "warm")
    suffix = ".ply" if name in OURS else ".npz"
    return source.with_suffix(suffix), folder / f"warm.{name.replace(' ', '-')}{suffix}"


def _judged(place: Path, truth: Mesh) -> dict[str, Any]:
    try:
        found = score(_loaded(place), truth)
    except Exception as error:  # what came out is no mesh: that too is a result
        return {"why": f"unusable: {' '.join(str(error).split())[:160]}"}
    told = {"closed": found.closed, "manifold": found.manifold, "outward": found.outward, "error": found.error}
    return told | {"success": found.success}


def _loaded(place: Path) -> Mesh:
    if place.suffix == ".ply":
        return read(place)
    with np.load(place) as given:
        return Mesh(given["vertices"], given["faces"])


def _settings(peers: list[str]) -> dict[str, Any]:
    fit = {"steps": ours.STEPS, "samples": ours.SAMPLES, "resolution": ours.RESOLUTION}
    return record.machine() | {"fit": fit, "limit": LIMIT} | (environment.versions(peers) if peers else {})
