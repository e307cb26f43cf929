"""`shapefield gui [FILE …]`: start the desktop program in a process of its own; nothing of it is imported here."""

from __future__ import annotations

import argparse
import importlib.util
import subprocess

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_plugin
from shapefield.errors import ResourceError
from shapefield.machine.interpreters import python


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything is passed on to the program."""
    parser.add_argument(
        "file",
        nargs="*",
        metavar="FILE",
        type=source,
        help="meshes, a .field, a checkpoint, posed pictures or a RUN folder to open",
    )
    add_plugin(parser)
    parser.add_argument("--screenshot", metavar="OUT.png", type=target, help="draw the window into a picture and leave")
    parser.add_argument("--force", action="store_true", help="with --screenshot: replace a file that is not ours")


def run(arguments: argparse.Namespace) -> int:
    """Run `python -m shapefield_gui` and pass its exit code on."""
    for name, remedy in (("PyQt6", "PyQt6"), ("shapefield_gui", "shapefield")):
        if importlib.util.find_spec(name) is None:
            raise ResourceError(f"gui: expected {name} to be installed, got none: pip install {remedy}")
    words = list(arguments.file)
    words += ["--screenshot", arguments.screenshot] if arguments.screenshot else []
    words += ["--force"] if arguments.force else []
    return subprocess.run(python("-m", "shapefield_gui", *words), check=False).returncode
