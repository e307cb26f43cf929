"""Where inputs may lie: on this machine's disks, or in any store that fsspec opens (`s3://…`)."""

from __future__ import annotations

import os


def is_remote(path: str) -> bool:
    """Whether it is an address; a file that really has such a name is none."""
    return "://" in path and not os.path.exists(path)


def kind(path: str) -> str:
    """The store's kind, such as "s3"; "" for this machine."""
    return path.partition("://")[0] if is_remote(path) else ""


def absolute(path: str) -> str:
    """A path from the root, or that of an address within all stores of its kind; no link is followed."""
    return f"/{path.partition('://')[2]}" if is_remote(path) else os.path.abspath(path)
