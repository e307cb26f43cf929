"""Two hundred small fits in one process: memory must stay flat.

`python -m benchmarks soak [--fits 200]`: fits of different sizes and methods in turn, through the API, each written,
opened again and dropped. Prints resident memory along the way and the slope of the second half by least squares; 1 if
it grows by more than 100 kB a fit, or threads or open files become more.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

import shapefield as sf
from shapefield.errors import InterruptedRun, ShapefieldError
from shapefield.events import Progress
from shapefield.fitting.pipeline import reconstruct
from shapefield.settings import fit_config

GROWTH = 100_000.0
"""Bytes a fit from which on memory counts as growing."""
METHODS = ("hybrid", "hashgrid", "siren", "occupancy")
MESHES = ["vase.obj", "twist.obj", "bracket.stl", "geode.ply", "chain.obj"]
SMALL = {"samples": 20_000, "resolution": 48, "batch": 1024, "steps": 20}


def one(number: int, meshes: list[sf.Mesh], folder: Path) -> None:
    """A fit, its files, and the field opened again; every tenth is interrupted, every eleventh fails."""
    settings = SMALL | {"method": METHODS[number % len(METHODS)], "seed": number}
    mesh, place = meshes[number % len(meshes)], folder / "out.field"
    if number % 10 == 9:
        events = reconstruct(mesh, fit_config(**settings | {"steps": 5000}), field=place, force=True)
        for event in events:
            if isinstance(event, Progress) and event.stage == "training":
                break
        try:
            events.throw(InterruptedRun("stop", 2))
        except InterruptedRun:
            return
    if number % 11 == 10:
        settings["level"] = 1e9
    try:
        result = sf.fit(mesh, mesh_path=folder / "out.ply", **settings)
    except ShapefieldError:
        return
    result.save(place)
    sf.load(place).field(mesh.vertices[:100])


def main(arguments: list[str]) -> int:
    """Fit, fit, fit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks soak", description=main.__doc__)
    parser.add_argument("--fits", type=int, default=200)
    parser.add_argument(
        "--meshes", nargs="+", default=["vase.obj", "twist.obj", "bracket.stl", "geode.ply", "chain.obj"]
    )
    options = parser.parse_args(arguments)
    samples = Path(__file__).parents[1] / "sample_meshes"
    meshes = [sf.read_mesh(m if Path(m).exists() else samples / m) for m in options.meshes]
    process, seen, began = psutil.Process(), [], time.monotonic()
    threads = files = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(options.fits):
            one(number, meshes, Path(folder))
            seen.append(process.memory_info().rss)
            if number == options.fits // 2:
                threads, files = process.num_threads(), process.num_fds() if hasattr(process, "num_fds") else 0
            if number % 10 == 0:
                print(f"{number:4} fits  {seen[-1] / 1e6:7.1f} MB  {process.num_threads()} threads", flush=True)
    half = np.array(seen[len(seen) // 2 :], dtype=np.float64)
    slope = float(np.polyfit(np.arange(len(half)), half, 1)[0])
    more_threads = process.num_threads() - threads
    more_files = (process.num_fds() if hasattr(process, "num_fds") else 0) - files
    print(
        f"{options.fits} fits in {time.monotonic() - began:.0f} s: {seen[0] / 1e6:.1f} MB after the first, "
        f"{half[0] / 1e6:.1f} at half, {half[-1] / 1e6:.1f} at the end; {slope / 1e3:+.1f} kB a fit over the second "
        f"half; {more_threads:+d} threads, {more_files:+d} open files"
    )
    return 1 if slope > GROWTH or more_threads > 0 or more_files > 0 else 0
