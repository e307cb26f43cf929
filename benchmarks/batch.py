"""`shapefield batch` over public sets: killed and run again, what it costs a mesh, how much a worker grows.

`python -m benchmarks batch [--cache DIR] [--limit 100] [--job repair] [--kills 10] [options of the job]`: the OBJ of
PyPI's `pybullet` (random_urdfs) and of Debian's `sweethome3d-furniture`, fetched by name. Each set is done once
undisturbed by one worker that is never replaced; then, with two, killed (-9) at random moments, every other time with
its workers, and run again until it ends. Outputs are compared byte by byte, manifests but for what each run has of its
own. Costs are CPU seconds, so that a busy machine does not count.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.real.sources import DEBIAN, PYPI, fetched
from benchmarks.record import machine, save

SETS = {"random_urdfs": ("pybullet", PYPI), "sweethome3d-furniture": ("sweethome3d-furniture", DEBIAN)}
OWN = ("seconds", "cpu_seconds", "memory", "machine", "finished", "command", "line")
"""Fields of a record that each run has of its own; the last two name the output folder."""


def main(words: list[str]) -> int:
    """Run it; 1 where a killed batch ends otherwise than one that was left alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks batch", description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("batch-sets"))
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--job", default="repair")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    options, others = parser.parse_known_args(words)
    rows = []
    for name, (package, fetch) in SETS.items():
        files = fetched(options.cache, {package: fetch})[package]
        wanted = [place for place in files if place.suffix == ".obj" and (package != "pybullet" or name in place.parts)]
        rows.append(_measured(name, wanted[: options.limit], options, others))
        print(json.dumps(rows[-1], indent=1))
    save("batch", {"job": options.job, "options": others} | machine(options.seed), rows)
    return 0 if all(row["same_bytes"] and row["same_records"] for row in rows) else 1


def _measured(name: str, files: list[Path], options: argparse.Namespace, others: list[str]) -> dict[str, Any]:
    work = options.cache / f"{name}-{options.job}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "list.txt").write_text("".join(f"{place.resolve()}\n" for place in files))
    line = [sys.executable, "-m", "shapefield", "batch", "list.txt", "--job", options.job, "-q", *others]
    alone = [*line, "-o", "alone", "--jobs", "1", "--memory-each", "64G"]
    subprocess.run(alone, cwd=work, check=False)
    kills = _killed([*line, "-o", "killed", "--jobs", "2", "--memory-each", "64G"], work, options, len(files))
    first, second = _records(work / "alone"), _records(work / "killed")
    records = list(first.values())
    done = [record for record in records if record["status"] == "done"]
    return {
        "set": name,
        "meshes": len(records),
        "statuses": dict(Counter(record["status"] for record in records)),
        "closed_manifold_outward": sum(map(_sound, done)),
        "cpu_seconds_each": sum(record["cpu_seconds"] for record in records) / max(1, len(records)),
        "median_cpu_seconds": sorted(record["cpu_seconds"] for record in records)[len(records) // 2],
        "memory_50th_and_last": [record["memory"] for record in (records[min(49, len(records) - 1)], records[-1])],
        "kills": kills,
        "same_bytes": _bytes(work / "alone") == _bytes(work / "killed"),
        "same_records": {n: _lasting(r) for n, r in first.items()} == {n: _lasting(r) for n, r in second.items()},
        "lines_of_killed": len((work / "killed/manifest.jsonl").read_text().splitlines()),
    }


def _killed(line: list[str], work: Path, options: argparse.Namespace, count: int) -> int:
    """Run and kill until the kills are used up, then run to the end; returns how often it was killed."""
    chance, manifest, kills = random.Random(options.seed), work / "killed/manifest.jsonl", 0
    while kills < options.kills:
        before = _lines(manifest)
        process = subprocess.Popen(line, cwd=work)
        while process.poll() is None and _lines(manifest) < before + max(1, count // (options.kills + 2)):
            time.sleep(0.02)
        time.sleep(0.5 * chance.random())
        if process.poll() is not None:
            break
        _end(process, workers_too=kills % 2 == 1)
        kills += 1
    subprocess.run(line, cwd=work, check=False)
    return kills


def _end(process: subprocess.Popen, workers_too: bool) -> None:
    import psutil

    children = psutil.Process(process.pid).children() if workers_too else []
    os.kill(process.pid, signal.SIGKILL)
    for child in children:
        child.kill()
    process.wait()


def _lines(manifest: Path) -> int:
    return manifest.read_bytes().count(b"\n") if manifest.exists() else 0


def _records(out: Path) -> dict[str, dict[str, Any]]:
    found = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    return {record["name"]: record for record in found}


def _lasting(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in OWN}


def _bytes(out: Path) -> dict[str, bytes]:
    files = [place for place in out.rglob("*") if place.is_file() and not place.name.startswith("manifest")]
    return {str(place.relative_to(out)): place.read_bytes() for place in files}


def _sound(record: dict[str, Any]) -> bool:
    figures = record["figures"]
    return bool(figures.get("closed") and figures.get("manifold") and figures.get("volume", 0.0) > 0.0)
