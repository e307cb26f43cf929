"""Where a command writes: `--out-dir` and `--force`, and what may be replaced, the same for every command."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

from shapefield.cli.hints import target
from shapefield.cli.voice import voice
from shapefield.errors import OutputError
from shapefield.storage.files import check_outputs
from shapefield.storage.mark import Inputs

FORCE = "replace files that are not ours, or that were made from another input"


def add_force(parser: argparse.ArgumentParser) -> None:
    """`--force`, for every command that writes."""
    parser.add_argument("--force", action="store_true", help=FORCE)


def add_out_dir(parser: argparse.ArgumentParser, default: str = "the working directory") -> None:
    """`--out-dir`, for the commands that name their outputs themselves."""
    text = f"folder for what has no name of yours, made if it is not there (default: {default})"
    parser.add_argument("--out-dir", metavar="DIR", type=target, help=text)


def place(arguments: argparse.Namespace, given: str | None, name: str) -> Path:
    """The path that was given, or `name` in the folder of `--out-dir`. Raises OutputError for no such folder."""
    return Path(given) if given else made_folder(arguments.out_dir or ".") / name


def made_folder(name: str) -> Path:
    """The folder to write to, made if only its last part is missing. Raises OutputError."""
    folder = Path(name)
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        raise OutputError(f"{name}: expected a folder to write to, got a file: name a folder") from None
    except OSError as error:
        why = (error.strerror or "an error").lower()
        raise OutputError(f"{name}: expected a folder that can be made, got {why}: choose another") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        fixed = hasattr(os, "statvfs") and os.statvfs(folder).f_flag & os.ST_RDONLY
        found = "a read-only file system" if fixed else "one that is not"
        raise OutputError(f"{name}: expected a writable folder, got {found}: choose another")
    return folder


def require_free(paths: Iterable[str | Path], arguments: argparse.Namespace, source: Inputs = None) -> None:
    """Tell of files that do not say what they were made from; OutputError for one that may not be replaced."""
    for line in check_outputs(paths, arguments.force, source):
        voice.note(line)
