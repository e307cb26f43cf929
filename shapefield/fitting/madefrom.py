"""Which input a `.field` was made from, so that two inputs of one stem do not overwrite each other's outputs."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from shapefield.errors import InputError, OutputError
from shapefield.storage.container import read_header
from shapefield.storage.files import is_ours


def input_id(source: Path, field: Path) -> str:
    """12 hex digits of the input's path as seen from the field's folder: both may be moved together."""
    place, folder = os.path.realpath(source), os.path.dirname(os.path.realpath(field))
    try:
        place = os.path.relpath(place, folder)
    except ValueError:  # another drive
        pass
    return hashlib.sha256(os.fsencode(Path(place).as_posix())).hexdigest()[:12]


def check_same_input(source: Path, field: Path, force: bool) -> str:
    """Raise OutputError where `field` was made from another input, unless `force`.

    Returns a line to tell where an older version has made it, which did not note its input; "" elsewhere.
    """
    if force or not is_ours(field):
        return ""
    try:
        made_from = read_header(field, "field").get("made_from")
    except InputError:  # damaged: there is nothing to lose
        return ""
    if not isinstance(made_from, str) or not made_from:
        return f"{field} does not say from which input it was made: it is replaced"
    if made_from != input_id(source, field):
        remedy = "give --out-dir or other names, or pass --force"
        raise OutputError(f"{field}: was made from another input than {source}, and would be lost: {remedy}")
    return ""
