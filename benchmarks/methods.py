"""Every method on every mesh, as whole `shapefield fit` processes; nothing may run beside. Writes docs/methods.md too.

`python -m benchmarks methods --meshes unseen --budget 60s`      meshes on which nothing was tuned
`python -m benchmarks methods --page docs/methods.md`            the page again, from the figures measured last
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.meshes import SAMPLES, UNSEEN, find, sources
from benchmarks.record import FOLDER, machine, show

LIMIT = 1e-2
"""Mean error in bounding radii that every method is asked to stay below."""


def main(arguments: list[str]) -> int:
    """Fit every mesh by every method; prints one line a fit and a table, writes JSON; 1 if a fit missed its goal."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks methods", description=main.__doc__)
    parser.add_argument("--meshes", nargs="+", default=["unseen", "bunny"], help="names, paths, unseen, samples")
    parser.add_argument("--methods", nargs="+", default=["all"])
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--budget", default="60s")
    length.add_argument("--steps")
    parser.add_argument("--resolution", default="256")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, nargs="+", default=[FOLDER / "methods.json"], help="the first is written")
    parser.add_argument("--page", type=Path, help="only write this page, from the JSON of earlier runs, a table each")
    options = parser.parse_args(arguments)
    if options.page:
        from benchmarks.methodpage import page

        options.page.write_text(page([_read(place) for place in options.json]), encoding="utf-8")
        return 0
    from shapefield.methods import METHODS

    methods = list(METHODS) if options.methods == ["all"] else options.methods
    length = {"steps": options.steps} if options.steps else {"budget": options.budget}
    settings = length | {"resolution": options.resolution} | machine(options.seed)
    show(settings)
    rows = []
    for name, path in meshes(options.meshes).items():
        for method in methods:
            rows.append(row := one(name, path, method, options))
            print(line(row), flush=True)
            place = options.json[0]
            place.parent.mkdir(parents=True, exist_ok=True)  # after every fit: Ctrl-C loses no hour's work
            place.write_text(json.dumps({"settings": settings, "rows": rows}, indent=1))
    print(table(rows))
    return 0 if all(row["good"] for row in rows) else 1


def meshes(words: list[str]) -> dict[str, Path]:
    """Name → file of all that is asked for; what is not installed is skipped, with the line that says how to get it."""
    groups = {"unseen": list(UNSEEN), "samples": [n for n, s in sources().items() if s.place.startswith(str(SAMPLES))]}
    found, missing = {}, {}
    for word in words:
        for name in groups.get(word, [word]):
            known = sources().get(name)
            if known is not None and known.path is None:
                missing.setdefault(known.remedy, []).append(name)
            else:
                found[Path(name).stem] = find(name).resolve()
    for remedy, names in missing.items():
        print(f"skipped, not installed: {', '.join(names)}: {remedy}")
    return found


def one(name: str, path: Path, method: str, options: argparse.Namespace) -> dict[str, Any]:
    """One fit in a process of its own: the figures of its report, and whether it reached its goal."""
    words = ["fit", str(path), "--method", method, "--resolution", options.resolution, "--seed", str(options.seed)]
    words += ["--steps", options.steps] if options.steps else ["--budget", options.budget]
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        command = [sys.executable, "-m", "shapefield", *words, "--json"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        wall = time.perf_counter() - begun
        surface = Path(folder) / f"{path.stem}.shapefield.ply"
        closed = surface.exists() and is_closed(surface)
    row: dict[str, Any] = {"mesh": name, "method": method, "whole_seconds": wall, "closed": closed}
    if done.returncode:
        return row | {"error": done.stderr.strip(), "good": False}
    report = json.loads(done.stdout)
    quality, run = report["quality"], report["run"]
    row |= {"mean": quality["mean"], "narrow_band_iou": quality["narrow_band_iou"], "bytes": report["bytes"]}
    row |= {
        "steps": run["steps_done"],
        "wall": run["wall"],
        "speed": run["steps_done"] / run["seconds"],
        "memory": report["peak_memory"],
    }
    if "without_network" in report:
        row["without_network"] = report["without_network"]["mean"]
    return row | {"good": closed and quality["mean"] <= LIMIT}


def is_closed(path: Path) -> bool:
    """Every directed edge has exactly one opposite: closed, manifold along edges, consistently oriented."""
    import numpy as np

    from shapefield.mesh.reading import read

    mesh = read(path)
    half = mesh.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    forth = half[:, 0] * len(mesh.vertices) + half[:, 1]
    back = half[:, 1] * len(mesh.vertices) + half[:, 0]
    return len(np.unique(forth)) == len(forth) and np.array_equal(np.sort(forth), np.sort(back))


def line(row: dict[str, Any]) -> str:
    """One fit on one line."""
    head = f"{row['mesh']:12} {row['method']:10} "
    if "error" in row:
        return head + f"failed: {row['error']}"
    alone = f"  without its network {row['without_network']:.2e}" if "without_network" in row else ""
    return (
        head + f"mean {row['mean']:.2e} R  narrow-band IoU {row['narrow_band_iou']:.3f}  {row['steps']:>6} steps  "
        f"{row['wall']:5.1f} s  {'closed' if row['closed'] else 'NOT CLOSED'}{alone}"
        f"{'' if row['good'] else '  MISSED'}"
    )


def table(rows: list[dict[str, Any]]) -> str:
    """Mean errors, a mesh a row and a method a column."""
    methods = list(dict.fromkeys(row["method"] for row in rows))
    cells = {(row["mesh"], row["method"]): f"{row['mean']:.1e}" if "mean" in row else "failed" for row in rows}
    lines = [" " * 12 + "".join(f"{m:>11}" for m in methods)]
    for mesh in dict.fromkeys(row["mesh"] for row in rows):
        lines.append(f"{mesh:12}" + "".join(f"{cells.get((mesh, m), ''):>11}" for m in methods))
    return "\n".join(lines)


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise SystemExit(f"benchmarks: expected the figures of an earlier run in {path}, got no file: run it first")
    return json.loads(path.read_text())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
