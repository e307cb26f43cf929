"""Lists of inputs: one path a line, or a CSV or JSON-lines file with a path and options for each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shapefield.errors import InputError

LISTS = (".txt", ".list", ".lst")
TABLES = (".csv", ".jsonl", ".ndjson")
PATH = "path"

Line = tuple[int, str, dict[str, Any]]
"""The line's number from 1, the path on it, and the options beside it."""


def listed(name: str, data: bytes, suffix: str) -> Iterator[Line]:
    """What a list names, line by line. name : what errors call it;  suffix : out of LISTS or TABLES

    Raises InputError that names the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(f"{name}, line {line}: expected UTF-8 text, got other bytes: save it as UTF-8") from None
    if suffix == ".csv":
        yield from _of_csv(name, text)
    elif suffix in TABLES:
        yield from _of_json(name, text)
    else:
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip() and not line.startswith("#"):
                yield number, line.strip(), {}


def beside(folder: str | Path, path: str) -> str:
    """A path of a list, as seen from where the list lies; an address stays as it is."""
    return path if "://" in path or str(folder) in ("", ".") else str(Path(folder) / path)


def _of_csv(name: str, text: str) -> Iterator[Line]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [word.strip() for word in next(rows, [])]
        if PATH not in head:
            raise InputError(f"{name}, line 1: expected a head with a column {PATH!r}, got {', '.join(head)[:80]!r}")
        for row in rows:
            if not any(row):
                continue
            if len(row) != len(head):
                raise InputError(f"{name}, line {rows.line_num}: expected {len(head)} fields, got {len(row)}")
            given = {_option(word): value.strip() for word, value in zip(head, row, strict=True) if value.strip()}
            yield rows.line_num, *_split(name, rows.line_num, given)
    except csv.Error as error:
        raise InputError(f"{name}, line {rows.line_num}: expected CSV, got {error}: mend that line") from None


def _of_json(name: str, text: str) -> Iterator[Line]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise InputError(
                f"{name}, line {number}: expected a JSON object, got {line[:40]!r}: mend that line"
            ) from None
        if not isinstance(found, dict):
            raise InputError(f"{name}, line {number}: expected a JSON object, got {line[:40]!r}: mend that line")
        yield number, *_split(name, number, {_option(key): value for key, value in found.items()})


def _option(word: str) -> str:
    """A column's name as that of a setting: `--min-part` is min_part, `as` is as_."""
    word = word.strip().lstrip("-").replace("-", "_")
    return "as_" if word == "as" else word


def _split(name: str, number: int, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    path = given.pop(PATH, None)
    if not isinstance(path, str) or not path:
        raise InputError(f"{name}, line {number}: expected a path, got {path!r}: mend that line")
    for key, value in given.items():
        if not isinstance(value, str | int | float | bool | list):
            raise InputError(f"{name}, line {number}: {key}: expected a number, text or a list, got {value!r:.40}")
    return path, given
