"""Whose a file is: the mark that every output carries, and the id of the input that it was made from."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path

MARK = "made by shapefield"
"""What every file of ours carries in its first 4 KiB (a comment, a header, metadata) or its last 256 bytes."""
Inputs = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
"""The file or folder that an output is made from, several of them, or None for no file."""

_HEAD, _TAIL = 4096, 256
_FROM = re.compile(rb"\bfrom\W{1,8}([0-9a-f]{12})")


def marked(path: str | os.PathLike[str], source: Inputs = None) -> str:
    """The mark of an output at `path`: `made by shapefield`, and ` from ID` where it is made from a file."""
    found = input_id(source, path)
    return f"{MARK} from {found}" if found else MARK


def input_id(source: Inputs, output: str | os.PathLike[str]) -> str:
    """12 hex digits of the input's path as seen from the output's folder, so that both may be moved together.

    Of several inputs the order does not matter; "" for none. What is made from a `.field` or `.family` that lies
    beside it counts as made from its own input.
    """
    folder = os.path.dirname(os.path.realpath(output))
    places = [os.path.realpath(one) if os.path.exists(one) else os.fspath(one) for one in sources(source)]
    if len(places) == 1 and places[0].endswith((".field", ".family")) and os.path.dirname(places[0]) == folder:
        if own := made_from(places[0]):
            return own
    seen = sorted({_seen_from(folder, place) for place in places})
    return hashlib.sha256(b"\0".join(map(os.fsencode, seen))).hexdigest()[:12] if seen else ""


def sources(source: Inputs) -> list[str | os.PathLike[str]]:
    """One, several or no inputs as a list."""
    if source is None:
        return []
    return [source] if isinstance(source, str | os.PathLike) else list(source)


def _seen_from(folder: str, place: str) -> str:
    """The path relative to the folder; a name that is no path of this system, such as sample:camera, as it is."""
    if not os.path.isabs(place):
        return place
    try:
        place = os.path.relpath(place, folder)
    except ValueError:  # another drive
        pass
    return Path(place).as_posix()


def is_ours(path: str | os.PathLike[str]) -> bool:
    """Whether the file at `path` carries `MARK` near its beginning or end; False if it cannot be read."""
    return any(MARK.encode() in part for part in _ends(path))


def made_from(path: str | os.PathLike[str]) -> str:
    """The id of its input that a file of ours carries; "" where it has none, and for other files."""
    ends = _ends(path)
    if not any(MARK.encode() in part for part in ends):
        return ""
    found = next(filter(None, map(_FROM.search, ends)), None)
    return found[1].decode() if found else ""


def opened_from(path: str | os.PathLike[str]) -> Path | None:
    """The source of what is read from a file of ours: that file, or None where it was itself made from no file."""
    return Path(path) if made_from(path) else None


def _ends(path: str | os.PathLike[str]) -> tuple[bytes, bytes]:
    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            return head, file.read(_TAIL)
    except OSError:
        return b"", b""
