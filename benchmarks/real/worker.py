"""One file mended in a process of its own: `python -m benchmarks.real.worker FILE FOLDER SECONDS BYTES`.

Writes `input.npz` (vertices, faces, as they were read), `result.npz` and `told.json` (what the report said, notices,
CPU seconds) into the folder.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

SECONDS, BYTES = 60, 6 << 30
"""Limits of one file: of its processor time, and of its addresses."""
WAIT = 6
"""How many times its processor time a file may take by the clock, on a machine with other work."""


def mended(place: Path, folder: Path) -> dict[str, Any]:
    """Mend a file in a child; → what it told, or {"failed": why}."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("input.npz", "result.npz", "told.json"):
        (folder / name).unlink(missing_ok=True)
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "benchmarks.real.worker",
        str(place),
        str(folder),
        str(SECONDS),
        str(BYTES),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT * SECONDS)
    except subprocess.TimeoutExpired:
        return {"failed": f"no end in {WAIT * SECONDS} s"}
    if (folder / "told.json").exists():
        return json.loads((folder / "told.json").read_text())
    if done.returncode == -signal.SIGXCPU:
        return {"failed": f"past {SECONDS} s of processor time"}
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return {"failed": f"exit {done.returncode}: {last[:200]}"}


def work(place: Path, folder: Path) -> dict[str, Any]:
    """Read, mend, save; a refusal is told as one."""
    from shapefield.errors import ShapefieldError
    from shapefield.events import Done, Notice
    from shapefield.mending.config import mending_config
    from shapefield.mending.job import repairing
    from shapefield.mesh.reading import read

    notices, found = [], None
    begun = time.process_time()
    try:
        mesh = read(place)
        np.savez(folder / "input.npz", vertices=mesh.vertices, faces=mesh.faces)
        for event in repairing(mesh, mending_config()):
            if isinstance(event, Notice):
                notices.append(event.message)
            elif isinstance(event, Done):
                found = event.result
    except ShapefieldError as error:
        return {"refused": str(error), "cpu": time.process_time() - begun, "notices": notices}
    cpu = time.process_time() - begun
    assert found is not None
    np.savez(folder / "result.npz", vertices=found.mesh.vertices, faces=found.mesh.faces)
    report = found.report
    report["repairs"].pop("record", None)
    names = ("ready", "reasons", "mode", "faces", "repairs", "preservation", "surface", "thinnest_wall")
    return {"cpu": cpu, "notices": notices, **{name: report[name] for name in names}}


def main() -> None:
    """Under the limits of the command line."""
    place, folder, seconds, size = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    told = work(place, folder)
    (folder / "told.json").write_text(json.dumps(told, default=str))


if __name__ == "__main__":
    main()
