"""`shapefield doctor`: what this machine has, and how to install what is missing."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.events import counted
from shapefield.machine.interpreters import python

LIBRARIES = ("torch", "numpy", "trimesh", "scikit-image", "libigl", "numba", "open3d", "PyQt6", "safetensors", "rich")
SYSTEM = "apt-get install libusb-1.0-0 libgl1 libegl1 libx11-6 libudev1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of doctor."""
    add_voice(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look around and print; 0 when fits can run here, 4 when they cannot."""
    found = examine()
    voice.report(found, _lines(found))
    return 0 if found["devices"] and not found["checks"]["distances"] else 4


def _lines(found: dict[str, Any]) -> list[str]:
    lines = [f"shapefield on Python {found['python']}"]
    lines += [f"  {name:14} {text or 'missing: pip install ' + name}" for name, text in found["versions"].items()]
    lines += [f"  {'devices':14} {', '.join(found['devices']) or 'none'}, {counted(found['threads'], 'thread')}"]
    lines += [
        f"  {'grid kernel':14} {found['kernel']}",
        f"  {'compiled loops':14} {_kept(found['compiled loops'])}",
    ]
    lines += [f"  {what:14} {'works' if not why else why}" for what, why in found["checks"].items()]
    return lines


def examine() -> dict[str, Any]:
    """Versions, devices, and for each thing that can fail either "" or one line on why and what to do."""
    found: dict[str, Any] = {"python": sys.version.split()[0], "versions": {n: _version(n) for n in LIBRARIES}}
    found |= {"devices": [], "threads": 0, "kernel": "none", "compiled loops": _loops_folder()}
    if found["versions"]["torch"]:
        import torch

        from shapefield.machine.devices import present
        from shapefield.nn.gridlookup import kernel

        devices = present()
        found |= {"devices": devices, "threads": torch.get_num_threads(), "kernel": kernel(devices[0].split(":")[0])}
        if torch.version.cuda is None:
            found["versions"]["torch"] += " (CPU build; the CUDA one comes from pytorch.org's index)"
    found["checks"] = {
        "distances": _tried("import igl", "pip install libigl"),
        "Open3D view": _tried("import open3d", SYSTEM),
        "window": _tried("import PyQt6.QtWidgets", "pip install PyQt6; " + SYSTEM + " libxcb-cursor0"),
    }
    return found


def _loops_folder() -> str:
    """Where compiled loops are kept, or "" where they cannot be."""
    if importlib.util.find_spec("numba") is None:
        return ""
    from shapefield.machine.compiling import kept_in

    return str(kept_in() or "")


def _kept(folder: str) -> str:
    anew = "compiled anew by every process, for the user's cache folder cannot be written: set NUMBA_CACHE_DIR"
    return f"kept in {folder}" if folder else anew


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _tried(code: str, remedy: str) -> str:
    """Run an import in a process of its own, for a failed one may take the interpreter with it."""
    if importlib.util.find_spec(code.split()[1].split(".")[0]) is None:
        return f"not installed: {remedy}"
    done = subprocess.run(python("-c", code), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    last = (done.stderr.strip().splitlines() or ["it crashed"])[-1]
    return f"does not load ({last}): {remedy}"
