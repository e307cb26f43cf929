"""Quality against time: whole `shapefield fit` processes, one after the other, on one mesh; run nothing beside."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Fit by every method and budget asked for; prints a table and writes JSON with settings and versions."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fit", description=main.__doc__)
    parser.add_argument("mesh", help="for example bunny.obj of Debian's glmark2-data")
    parser.add_argument("--methods", nargs="+", default=["hybrid", "hashgrid"])
    parser.add_argument("--budgets", nargs="+", default=["10s", "20s", "60s"])
    parser.add_argument("--resolution", default="256")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--json", default="benchmarks/results/fit.json")
    options = parser.parse_args(arguments)
    rows = [one(options, method, budget) for method in options.methods for budget in options.budgets]
    Path(options.json).parent.mkdir(parents=True, exist_ok=True)
    Path(options.json).write_text(json.dumps({"settings": vars(options), "rows": rows}, indent=1))
    return 0 if all("report" in row for row in rows) else 1


def one(options: argparse.Namespace, method: str, budget: str) -> dict:
    """One process; prints its row."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["fit", os.path.abspath(options.mesh), "--method", method, "--budget", budget, "--json"]
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
