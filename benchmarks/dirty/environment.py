"""The peers' own environment: a virtual environment of their packages alone, made when it is first needed.

Nothing of shapefield is installed there, and nothing of theirs where shapefield runs.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.dirty.peers import PEERS

FOLDER = Path(__file__).resolve().parents[1] / "packages" / "peers"


def python() -> Path:
    """Its interpreter."""
    return FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def made(names: list[str]) -> dict[str, str]:
    """The environment with what those peers need, and of each that cannot be had one line that says why."""
    if not python().exists():
        venv.create(FOLDER, with_pip=True)
    lacking = {}
    for name in names:
        packages = PEERS[name][1]
        command = [str(python()), "-m", "pip", "install", "--quiet", "numpy", *packages]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lacking[name] = f"{name}: skipped, {done.stderr.strip().splitlines()[-1][:160]}"
    return lacking


def versions(names: list[str]) -> dict[str, str]:
    """What is installed there of those peers' packages."""
    asked = sorted({package for name in names for package in PEERS[name][1]})
    code = "import sys, importlib.metadata as m; print('\\n'.join(m.version(name) for name in sys.argv[1:]))"
    done = subprocess.run([str(python()), "-c", code, *asked], capture_output=True, text=True)
    return dict(zip(asked, done.stdout.split(), strict=False))
