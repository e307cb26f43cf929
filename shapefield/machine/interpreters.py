"""Python interpreters that the program starts: none of them imports what lies in the current folder, beside a mesh."""

from __future__ import annotations

import os
import sys


def python(*words: str) -> list[str]:
    """The command line of one more interpreter like this, which does not look for modules in the current folder."""
    return [sys.executable, "-P", *words]


def guard_children() -> None:
    """The same for every interpreter that a library starts for this process from now on, such as multiprocessing."""
    os.environ["PYTHONSAFEPATH"] = "1"
