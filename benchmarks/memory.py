"""Peak resident memory of whole processes: fits, and extractions of a stored field at several resolutions.

`python -m benchmarks memory [--mesh bunny] [--resolutions 256 512 1024]`. Each row is a process of its own.
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
from typing import Any

from benchmarks import meshes, record


def main(arguments: list[str]) -> int:
    """Fit once, extract at every resolution; print peaks, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks memory", description=main.__doc__)
    parser.add_argument("--mesh", default="bunny")
    parser.add_argument("--steps", default="300")
    parser.add_argument("--resolutions", type=int, nargs="+", default=[256, 512, 1024])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    settings = record.machine() | vars(options)
    record.show(settings)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        field, out = os.path.join(folder, "a.field"), os.path.join(folder, "a.ply")
        words = ["fit", str(meshes.find(options.mesh)), "--steps", options.steps, "--resolution", "256"]
        rows.append(_process("fit, 256", [*words, "--field", field, "-o", out, "--quiet", "--force"]))
        for resolution in options.resolutions:
            words = ["extract", field, "--resolution", str(resolution), "-o", out, "--force"]
            rows.append(_process(f"extract, {resolution}", words) | {"mesh_bytes": os.path.getsize(out)})
    record.save("memory", settings, rows, options.json)
    return 0 if all(row["exit"] == 0 for row in rows) else 1


_WATCHED = """
import resource, subprocess, sys, json
code = subprocess.run([sys.executable, "-m", "shapefield", *sys.argv[1:]], stdout=subprocess.DEVNULL).returncode
unit = 1 if sys.platform == "darwin" else 1024
print(json.dumps([code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit]))
"""


def _process(name: str, words: list[str]) -> dict[str, Any]:
    """Run `shapefield` with these words; its exit code, seconds and peak bytes."""
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", _WATCHED, *words], capture_output=True, text=True)
    code, peak = json.loads(done.stdout)
    row = {"name": name, "exit": code, "seconds": time.perf_counter() - begun, "peak_bytes": peak}
    print(record.row_line(row), flush=True)
    if code:
        print(done.stderr, file=sys.stderr)
    return row
