"""How soon something can be seen: seconds from process start to each preview of a fit, and how exact it is.

`python -m benchmarks preview [--mesh bunny] [--until 6]`. Each preview is measured after the clock has stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import meshes, record


def main(arguments: list[str]) -> int:
    """Fit in a fresh process, as the window does; print when each preview came and its exact mean error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks preview", description=main.__doc__)
    parser.add_argument("--mesh", default="bunny")
    parser.add_argument("--budget", type=float, default=10.0, help="seconds")
    parser.add_argument("--until", type=float, default=6.0, help="previews later than so many seconds are not measured")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        return _child(options)
    settings = record.machine() | {"mesh": options.mesh, "budget": options.budget}
    record.show(settings)
    words = [sys.executable, "-m", "benchmarks", "preview", "--child", "--mesh", str(meshes.find(options.mesh))]
    words += ["--budget", str(options.budget), "--until", str(options.until)]
    environment = os.environ | {"BENCHMARK_START": repr(time.time())}
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        return 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for row in rows:
        print(record.row_line(row))
    record.save("preview", settings, rows, options.json)
    return 0


def _child(options: argparse.Namespace) -> int:
    """Print one JSON line an event, then one a preview."""
    from shapefield.machine.threads import wait_briefly

    wait_briefly()
    born = float(os.environ["BENCHMARK_START"])
    import threading

    from shapefield.events import Preview, Stage
    from shapefield.fitting.pipeline import reconstruct
    from shapefield.settings import fit_config

    threading.Thread(target=lambda: __import__("torch"), daemon=True).start()
    found = []
    config = fit_config(budget=options.budget)
    started = time.perf_counter() - (time.time() - born)
    job = reconstruct(options.mesh, config, started=started, previews=0.2)
    for event in job:
        at = time.time() - born
        if isinstance(event, Stage):
            print(json.dumps({"at": at, "stage": event.name}))
        if isinstance(event, Preview):
            found.append((at, event))
        if at > options.until:
            break
    job.close()
    from shapefield.driving import finish
    from shapefield.mesh.model import Mesh
    from shapefield.mesh.reading import read
    from shapefield.metrics import compare
    from shapefield.solid import solid_of
    from shapefield.solid.topology import edges_of

    solid = solid_of(read(options.mesh))
    for at, preview in found:
        report = finish(compare(Mesh(preview.vertices, preview.faces), solid)).as_dict()
        row = {"at": at, "step": preview.step, "resolution": preview.resolution}
        row |= {"mean": report["mean"], "iou": report["iou"], "closed": bool(edges_of(preview.faces).closed)}
        print(json.dumps(row))
    return 0
