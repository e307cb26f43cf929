"""Radiance fields against the clock: the built-in scene and a photo-like one, the paper's model beside; nothing else
may run meanwhile. Every row is a whole process, or says what it leaves out."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.meshes import SAMPLES
from benchmarks.record import machine, save, show

GOALS = {"grid10": 27.0, "grid60": 33.0, "photo60": 25.0, "classic60": 22.0}
"""Held-out dB. Those of the photo-like scene and of the classic model, at a CPU's sizes, are set from measurement."""
FRAME_GOAL, MESH_GOAL = 0.3, 0.02


def main(arguments: list[str]) -> int:
    """Train, render and export; prints a table with the goals and writes JSON with settings, seeds and versions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks nerf", description=main.__doc__)
    parser.add_argument("--mesh", default=str(SAMPLES / "knot.ply"))
    parser.add_argument("--views", type=int, default=60)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", nargs="+", default=["grid10", "grid60", "photo60", "classic60", "paper60"])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    settings = vars(options) | machine(options.seed) | {"goals": GOALS}
    show(settings)
    rows: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = ("nerf", "train", scene(options, folder, False), "-o", folder / "warm", "--steps", 3)
        shapefield(*words)  # the very first run of an installation compiles its kernels: not a row's time
        for row in options.rows:
            try:
                rows[row] = _ROWS[row](options, folder)
                print(_line(row, rows[row]), flush=True)
            except FailedCommand as error:
                print(f"{row:10} {error}", flush=True)
    if "grid60" in rows and "classic60" in rows:
        gap = rows["grid60"]["psnr"] - rows["classic60"]["psnr"]
        print(f"gap of the classic model at the same 60 s: {gap:.2f} dB")
    save("nerf", settings, [{"row": row} | figures for row, figures in rows.items()], options.json)
    return 0


class FailedCommand(Exception):
    """A command ended with an error; its message is the command's own."""


def shapefield(*words: Any) -> tuple[dict[str, Any], float]:
    """One command as a process of its own: (its JSON report, wall seconds)."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "shapefield", *map(str, words), "--json", "--quiet"], capture_output=True, text=True
    )
    wall = time.perf_counter() - begun
    if done.returncode:
        raise FailedCommand(f"shapefield {' '.join(map(str, words))}: {done.stderr.strip()}")
    return json.loads(done.stdout), wall


def scene(options: argparse.Namespace, folder: Path, photo: bool) -> Path:
    """The dataset, made once."""
    place = folder / ("photo" if photo else "clean")
    if not place.exists():
        words = ["nerf", "dataset", options.mesh, "-o", place, "--views", options.views, "--size", options.size]
        shapefield(*words, "--seed", options.seed, *(["--photo"] if photo else []))
    return place


def trained(options: argparse.Namespace, folder: Path, seconds: int, photo: bool, *more: Any) -> dict[str, Any]:
    """`nerf train` for so many seconds, and its figures on all held-out views."""
    data, run = scene(options, folder, photo), folder / f"run{len(list(folder.iterdir()))}"
    words = ["nerf", "train", data, "-o", run, "--budget", f"{seconds}s", "--seed", options.seed, *more]
    report, wall = shapefield(*words)
    figures, _ = shapefield("nerf", "eval", run)
    return {"wall": wall, "steps": report["run"]["steps_done"], "run": str(run), "size": figures["size"],
            "psnr": figures["psnr"], "ssim": figures["ssim"], "depth_error": figures.get("depth_error"),
            "views": figures["count"]}  # fmt: skip


def grid(options: argparse.Namespace, folder: Path, seconds: int) -> dict[str, Any]:
    """The default model on the clean scene; a frame's time and the mesh's error with it."""
    row = trained(options, folder, seconds, False)
    return row | frame_time(row["run"]) | mesh_error(options, row["run"], folder)


def frame_time(run: str) -> dict[str, Any]:
    """Seconds for a picture of a held-out camera, the median of nine after one that is not counted."""
    from shapefield.nerf import datasets
    from shapefield.nerf.result import load
    from shapefield.nerf.views import picture

    result = load(run)
    camera = datasets.read(result.source).test[0].camera
    times = []
    for _ in range(10):
        begun = time.perf_counter()
        picture(result, camera)
        times.append(time.perf_counter() - begun)
    return {"frame": statistics.median(times[1:]), "frame_size": f"{camera.width}x{camera.height}"}


def mesh_error(options: argparse.Namespace, run: str, folder: Path) -> dict[str, Any]:
    """Mean distances of the exported mesh to the truth and back, as a share of the truth's box diagonal; and the mean
    cosine between the normals of both there."""
    from shapefield.distance.signed import SurfaceDistance
    from shapefield.mesh.reading import read
    from shapefield.mesh.surface_points import on_surface

    try:
        report, wall = shapefield("nerf", "export", run, "-o", folder / "export.ply", "--force")
    except FailedCommand as error:
        return {"mesh": str(error)}
    truth, made = read(options.mesh), read(str(folder / "export.ply"))
    diagonal = float(np.linalg.norm(truth.bounds[1] - truth.bounds[0]))
    generator = np.random.default_rng(options.seed)
    shares, cosines = [], []
    for one, other in ((made, truth), (truth, made)):
        points, face = on_surface(one, 50_000, generator)
        closest = SurfaceDistance(other.vertices, other.faces).closest(points)
        shares.append(float(closest.distance.mean()) / diagonal)
        cosines.append(np.einsum("ij,ij->i", one.normals_of(face), other.normals_of(closest.face)).mean())
    return {"mesh_accuracy": shares[0], "mesh_completeness": shares[1], "normal_consistency": float(np.mean(cosines)),
            "faces": report["faces"], "export_wall": wall}  # fmt: skip


def paper(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """A plain reading of the paper, 60 seconds of training alone (opening pictures and figures not counted)."""
    from benchmarks.paper_nerf import PaperNerf, rays_of
    from shapefield.nerf import datasets
    from shapefield.nerf.framing import frame_of
    from shapefield.nerf.scene import pixels
    from shapefield.picturemetrics import psnr

    found = datasets.read(scene(options, folder, False))
    opened, held = [pixels(v) for v in found.train], [pixels(v) for v in found.test]
    similarity = frame_of(found, opened).similarity
    away = float(np.median([np.linalg.norm(similarity.to_unit(p.camera.position)) for p in opened]))
    model = PaperNerf(away - 1.75, away + 1.75, options.seed)
    begun = time.perf_counter()
    steps = model.train(opened, *rays_of(opened, similarity), 60.0)
    wall = time.perf_counter() - begun
    white, values = np.ones(3, dtype=np.float32), []
    for view in held:  # every 16th pixel: whole pictures of this model take minutes
        truth = view.over(white).reshape(-1, 3)[::16]
        values.append(psnr(model.picture(*(r[::16] for r in rays_of([view], similarity))), truth))
    return {"wall": wall, "steps": steps, "psnr": float(np.mean(values)), "views": len(held)}


_ROWS = {
    "grid10": lambda options, folder: grid(options, folder, 10),
    "grid60": lambda options, folder: grid(options, folder, 60),
    "photo60": lambda options, folder: trained(options, folder, 60, True),
    "classic60": lambda options, folder: trained(options, folder, 60, False, "--model", "classic", "--preset", "cpu"),
    "paper60": paper,
}


def _line(name: str, row: dict[str, Any]) -> str:
    goal = GOALS.get(name)
    text = f"{name:10} {row['psnr']:6.2f} dB" + (f" (goal {goal:g})" if goal else "")
    text += f"  SSIM {row['ssim']:.4f}" if row.get("ssim") else ""
    text += f"  {row['steps']} steps, {row['wall']:.1f} s, {row['views']} views"
    if "frame" in row:
        text += f"  frame {row['frame']:.3f} s (goal {FRAME_GOAL:g})"
    if "mesh" in row:
        text += f"  {row['mesh']}"
    if "mesh_accuracy" in row:
        text += f"  mesh {100 * row['mesh_accuracy']:.2f} % / {100 * row['mesh_completeness']:.2f} % of the diagonal"
        text += f" (goal {100 * MESH_GOAL:g}), normals agree to {row['normal_consistency']:.3f}"
    return text
