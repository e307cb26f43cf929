"""How time and memory grow: a fit's with the mesh's faces, the number of samples, and the resolution of extraction;
a repair's with the faces, the parts and the crossings of what it is given, clean and damaged.

`python -m benchmarks growth [--mesh bunny] [--only faces samples resolution repair damage parts crossings]`

The same shape decimated and subdivided; the exponent is the slope of a straight line through the logarithms. Each
row runs in a process of its own, whose peak memory is told; CPU seconds are kept beside wall seconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import meshes, record

STEPS: dict[str, list[int]] = {
    "faces": [1_000, 10_000, 100_000, 1_000_000, 5_000_000],
    "samples": [10_000, 100_000, 1_000_000, 5_000_000],
    "resolution": [64, 128, 256, 512, 1024],
    "repair": [1_000, 10_000, 100_000, 1_000_000, 5_000_000],
    "damage": [1_000, 10_000, 100_000, 1_000_000],
    "parts": [1, 10, 100, 1_000, 10_000],
    "crossings": [100, 1_000, 10_000, 100_000],
}
"""What is given in each row. "repair" and "damage" are faces of a clean mesh, and of one with holes, turned faces and
duplicates; "parts" closed balls that touch nothing; "crossings" faces, about, of balls that cross in a row."""


def main(arguments: list[str]) -> int:
    """Print a table for each axis with its exponents; write JSON and a plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks growth", description=main.__doc__)
    parser.add_argument("--mesh", default="bunny")
    parser.add_argument("--only", nargs="+", default=list(STEPS), choices=list(STEPS))
    parser.add_argument("--most", type=int, default=5_000_000, help="leave out larger steps")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    path = str(meshes.find(options.mesh))
    if options.child:
        axis, size = options.child
        print(json.dumps(MEASURES[axis](path, int(size))))
        return 0
    settings = record.machine() | vars(options)
    record.show(settings)
    rows: list[dict[str, Any]] = []
    for axis in options.only:
        for size in (s for s in STEPS[axis] if s <= options.most):
            words = [sys.executable, "-m", "benchmarks", "growth", "--mesh", path, "--child", axis, str(size)]
            done = subprocess.run(words, capture_output=True, text=True)
            found = json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr.strip()[-300:]}
            rows.append({"axis": axis, "size": size} | found)
            print(record.row_line(rows[-1]), flush=True)
        some = [r for r in rows if r["axis"] == axis and "error" not in r]
        for key in ("seconds", "cpu_seconds", "peak_bytes"):
            upper = _exponent(some[len(some) // 2 :], key)
            print(f"{key} grow as {axis}^{_exponent(some, key):.2f}, over the larger half as ^{upper:.2f}")
    place = record.save("growth", settings, rows, options.json)
    curves = {}
    for axis in options.only:
        some = [r for r in rows if r["axis"] == axis and "error" not in r]
        curves[axis] = ([r["size"] for r in some], [r["cpu_seconds"] for r in some])
    record.plot(place, curves, ("faces, samples, or cells along an edge", "CPU seconds"), options.mesh)
    return 0


def _exponent(rows: list[dict[str, Any]], key: str) -> float:
    """Slope of log(key) against log(size); NaN below two rows."""
    if len(rows) < 2:
        return float("nan")
    return float(np.polyfit(np.log([r["size"] for r in rows]), np.log([r[key] for r in rows]), 1)[0])


def _timed(work: Callable[[], object]) -> dict[str, Any]:
    begun, spent = time.perf_counter(), time.process_time()
    work()
    seconds, cpu = time.perf_counter() - begun, time.process_time() - spent
    return {"seconds": seconds, "cpu_seconds": cpu, "peak_bytes": record.peak_bytes()}


def _warm() -> None:
    """Libraries imported and compiled code loaded, so that small rows do not measure that."""
    from shapefield.config import SamplingConfig
    from shapefield.driving import finish
    from shapefield.mesh.reading import read
    from shapefield.sampling import draw
    from shapefield.solid import solid_of
    from shapefield.surface import extract

    solid = solid_of(read(meshes.find("sponge")))
    finish(draw(solid, SamplingConfig(samples=1000), 0))
    finish(extract(solid.exact.signed, 16))


def _faces(path: str, size: int) -> dict[str, Any]:
    """Checks, hierarchies and 100 000 signed samples of a mesh with about `size` faces."""
    from shapefield.config import SamplingConfig
    from shapefield.driving import finish
    from shapefield.mesh.reading import read
    from shapefield.sampling import draw
    from shapefield.solid import solid_of

    _warm()
    mesh = meshes.at_faces(read(path), size)
    row = _timed(lambda: finish(draw(solid_of(mesh), SamplingConfig(samples=100_000), 0)))
    return {"faces": len(mesh.faces)} | row


def _samples(path: str, size: int) -> dict[str, Any]:
    """Signed samples of the mesh as it is."""
    from shapefield.config import SamplingConfig
    from shapefield.driving import finish
    from shapefield.mesh.reading import read
    from shapefield.sampling import draw
    from shapefield.solid import solid_of

    _warm()
    solid = solid_of(read(path))
    return _timed(lambda: finish(draw(solid, SamplingConfig(samples=size), 0)))


def _resolution(path: str, size: int) -> dict[str, Any]:
    """Extraction of an untrained default field over the mesh's base grid: a field's price, and the mesh's shape."""
    import torch

    from shapefield.driving import finish
    from shapefield.fields import build
    from shapefield.fields.inference import Inference
    from shapefield.mesh.reading import read
    from shapefield.methods import METHODS
    from shapefield.sampling import coarse_grid
    from shapefield.solid import solid_of
    from shapefield.surface import extract

    _warm()
    method = METHODS["hybrid"]
    options = method.options()
    module: Any = build(method, options, seed=0)
    module.set_base(torch.from_numpy(finish(coarse_grid(solid_of(read(path)), options.base))))
    value = Inference(module).value
    finish(extract(value, 32))
    return _timed(lambda: finish(extract(value, size)))


def _repair(path: str, size: int) -> dict[str, Any]:
    """A clean mesh of about `size` faces through `sf.repair`, report included."""
    from shapefield.mesh.reading import read

    return _mended(meshes.at_faces(read(path), size))


def _damage(path: str, size: int) -> dict[str, Any]:
    """The same with a tenth of the faces turned, a hundredth stored twice, and a hole."""
    from shapefield.mesh.model import Mesh
    from shapefield.mesh.reading import read

    mesh, generator = meshes.at_faces(read(path), size), np.random.default_rng(0)
    faces = mesh.faces[len(mesh.faces) // 100 :]  # faces that are stored one after the other lie together, as a rule
    over = generator.random(len(faces)) < 0.1
    faces = np.where(over[:, None], faces[:, ::-1], faces)
    again = faces[generator.random(len(faces)) < 0.01]
    return _mended(Mesh(mesh.vertices, np.concatenate([faces, again])))


def _parts(path: str, size: int) -> dict[str, Any]:
    """So many closed balls of 80 faces on a grid."""
    side = int(np.ceil(size ** (1 / 3)))
    places = np.stack(np.meshgrid(*[np.arange(side)] * 3), axis=-1).reshape(-1, 3)[:size] * 3.0
    return {"parts": size} | _mended(_balls(places, 1))


def _crossings(path: str, size: int) -> dict[str, Any]:
    """Balls of 1 280 faces in a row, each crossing the next along about 100 faces."""
    places = np.arange(max(2, size // 100))[:, None] * np.array([1.7, 0.03, 0.01])
    return _mended(_balls(places, 3))


def _balls(places: np.ndarray, subdivisions: int) -> Any:
    import trimesh

    from shapefield.mesh.model import Mesh

    ball = trimesh.creation.icosphere(subdivisions=subdivisions)
    vertices = (places[:, None] + np.asarray(ball.vertices)).reshape(-1, 3)
    faces = (np.arange(len(places))[:, None, None] * len(ball.vertices) + np.asarray(ball.faces)).reshape(-1, 3)
    return Mesh(vertices, faces)


def _mended(mesh: Any) -> dict[str, Any]:
    """A repair's row; what is imported and compiled was so before."""
    import shapefield as sf
    from shapefield.mesh.reading import read

    sample = read(meshes.find("sponge"))
    sf.repair(sample)
    sf.repair(sf.Mesh(sample.vertices, sample.faces[1:]))
    found: list[Any] = []
    row = _timed(lambda: found.append(sf.repair(mesh)))
    repairs = found[0].report["repairs"]
    return {"faces": len(mesh.faces), "cut": repairs["crossings_cut"], "ready": found[0].report["ready"]} | row


MEASURES: dict[str, Callable[[str, int], dict[str, Any]]] = {
    "faces": _faces,
    "samples": _samples,
    "resolution": _resolution,
    "repair": _repair,
    "damage": _damage,
    "parts": _parts,
    "crossings": _crossings,
}
