"""The command line of the benchmark: fetch, choose, mend, judge, write each row as it ends, and a table at the end."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.real.choosing import chosen, screened
from benchmarks.real.judging import judged
from benchmarks.real.sources import fetched
from benchmarks.real.table import markdown
from benchmarks.real.worker import mended
from benchmarks.record import machine, show

CACHE = Path.home() / ".cache" / "shapefield" / "real-meshes"


def main(arguments: list[str] | None = None) -> int:
    """Run what has no row yet; print the table."""
    parser = argparse.ArgumentParser(prog="benchmarks real", description=main.__doc__)
    parser.add_argument("--cache", type=Path, default=CACHE, help="where packages are fetched to, outside of the tree")
    parser.add_argument("--rows", type=Path, default=Path("benchmarks/results/real.jsonl"), help="rows, as they end")
    parser.add_argument("--count", type=int, default=300, help="files that are chosen, trouble first")
    parser.add_argument("--limit", type=int, help="run at most this many now; the next run goes on")
    parser.add_argument("--only", help="files with this in their name, run again whatever rows there are")
    parser.add_argument("--keep", type=Path, help="a folder for inputs, results and what was told, one folder a file")
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of the worst thirty; needs --keep")
    options = parser.parse_args(arguments)
    show(machine())
    files = _choice(options.cache, options.count)
    options.rows.parent.mkdir(parents=True, exist_ok=True)
    rows = _known(options.rows)
    waiting = [one for one in files if _name(one, options.cache) not in rows]
    if options.only:
        waiting = [one for one in files if options.only in _name(one, options.cache)]
    for one in waiting[: options.limit]:
        row = _row(one, options.cache, options.keep)
        rows[row["name"]] = row
        with options.rows.open("a") as place:
            place.write(json.dumps(row) + "\n")
        print(_line(row), flush=True)
    listed = {_name(one, options.cache) for one in files}
    ended = [row for name, row in rows.items() if name in listed]
    print(markdown(ended))
    if options.pictures and options.keep:
        from benchmarks.real.pictures import draw_worst

        draw_worst(ended, options.keep, options.pictures)
    return 0


def _choice(cache: Path, count: int) -> list[dict[str, Any]]:
    """The files to run; screened once a package, and remembered beside it."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for package, places in fetched(cache).items():
        rows[package] = screened(places, cache / f"{package.strip('@').replace('/', '-')}.jsonl")
    return chosen(rows, count)


def _known(place: Path) -> dict[str, dict[str, Any]]:
    """Rows by name, the last of each."""
    if not place.exists():
        return {}
    return {row["name"]: row for row in map(json.loads, place.read_text().splitlines())}


def _name(one: dict[str, Any], cache: Path) -> str:
    return Path(one["file"]).relative_to(cache).as_posix()


def _row(one: dict[str, Any], cache: Path, keep: Path | None) -> dict[str, Any]:
    """Mend one file, and judge it."""
    row = {"name": _name(one, cache), **{name: one[name] for name in ("faces", "open", "crowded", "turned", "parts")}}
    folder = Path(tempfile.mkdtemp()) if keep is None else keep / row["name"].replace("/", "_")
    try:
        told = mended(Path(one["file"]), folder)
        if "failed" in told or "refused" in told:
            return row | {name: told[name] for name in ("failed", "refused", "cpu", "notices") if name in told}
        given, result = (_arrays(folder / name) for name in ("input.npz", "result.npz"))
        return row | judged(given, result) | _told(told) | {"result_faces": len(result[1])}
    finally:
        if keep is None:
            shutil.rmtree(folder)


def _told(told: dict[str, Any]) -> dict[str, Any]:
    """What the report said, as far as the table asks for it."""
    repairs, kept = told["repairs"], told["preservation"]
    return {
        "told_lost": kept["lost"],
        "told_added": kept["added"],
        "invented": kept["invented"],
        "grid": bool(repairs["resampled"]),
        "thickened": bool(repairs["thickened_by"]),
        "holes": repairs["holes_closed"],
        "ready": told["ready"],
        "reasons": told["reasons"],
        "notices": told["notices"],
        "why": repairs["reason"],
        "cpu": round(told["cpu"], 2),
    }


def _arrays(place: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(place) as found:
        return found["vertices"], found["faces"]


def _line(row: dict[str, Any]) -> str:
    if "lost" not in row:
        return f"{row['name']}: {row.get('failed') or row.get('refused')}"
    kind = "grid" if row["grid"] else "thickened" if row["thickened"] else "exact"
    lost = f"lost {row['lost']:.4f} (told {row['told_lost']:.4f}), added {row['added']:.4f}"
    return f"{row['name']}: {lost}, {kind}, {row['cpu']:.1f} s"
