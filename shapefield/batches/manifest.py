"""OUT/manifest.jsonl, and one such file a shard: read as one, added to line by line, merged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from shapefield.batches.record import Record, from_line
from shapefield.errors import InputError, UsageError
from shapefield.storage.files import lock, writing

NAME = "manifest.jsonl"
_ANY = re.compile(r"manifest(\.shard-\d+-of-\d+)?\.jsonl")


def manifest_of(out: Path, part: int, parts: int) -> Path:
    """Where the records of a part go: shards add to files of their own, for a shared folder knows no atomic appends."""
    return out / (NAME if parts == 1 else f"manifest.shard-{part + 1}-of-{parts}.jsonl")


def manifests(out: Path) -> list[Path]:
    """All manifests of a folder, the merged one first."""
    found = [path for path in out.iterdir() if _ANY.fullmatch(path.name)] if out.is_dir() else []
    return sorted(found, key=lambda path: (path.name != NAME, path.name))


def read(out: Path) -> dict[str, Record]:
    """The latest record of each name, of all manifests in the folder."""
    return latest(record for path in manifests(out) for record in records(path))


def latest(found: Iterable[Record]) -> dict[str, Record]:
    """By name; of two that ended in the same moment the later line."""
    last: dict[str, Record] = {}
    for record in found:
        earlier = last.get(record.name)
        if earlier is None or record.finished >= earlier.finished:
            last[record.name] = record
    return last


def records(path: Path) -> list[Record]:
    """All lines of a manifest. A last line without an end was torn by a kill, and counts for nothing.

    Raises InputError that names the line for anything else that is no record.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        why = (error.strerror or "an error").lower()
        raise InputError(f"{path}: expected a readable manifest, got {why}: check its permissions") from None
    found = []
    for number, line in enumerate(text.split(b"\n")[:-1], 1):
        try:
            found.append(from_line(line.decode("utf-8")))
        except (ValueError, RecursionError) as error:
            why = str(error) if str(error).startswith("expected") else "expected a JSON record, got another text"
            raise InputError(f"{path}, line {number}: {why}: mend that line, or name another folder") from None
    return found


def check_same(found: dict[str, Record], out: Path, job: str, common: str | None) -> None:
    """Raise UsageError where records are of another job, or (unless common is None) were made with other settings."""
    for record in found.values():
        if record.job != job:
            raise UsageError(
                f"{out}: expected the manifest of --job {job}, got that of --job {record.job}: name another folder"
            )
        if common is not None and record.common != common:
            raise UsageError(
                f"{out}: expected a manifest with the same settings, got one with others ({record.command[:200]}): "
                "give those, pass --redo changed to do all again with these, or name another folder"
            )


def merge(out: Path) -> dict[str, Record]:
    """Make one manifest of all in the folder, a line an input in the order of names; the shards' are removed then.

    Raises InputError for none, UsageError where they are of different jobs or settings, OutputError while one is
    being written.
    """
    paths = manifests(out)
    if not paths:
        raise InputError(f"{out}: expected a folder with manifests, got none in it: name what batch -o named")
    with lock(out / NAME, *(path for path in paths if path.name != NAME)):
        found = read(out)
        first = next(iter(found.values()), None)
        if first is not None:
            check_same(found, out, first.job, first.common)
        with writing(out / NAME) as file:
            file.write("".join(f"{found[name].as_line()}\n" for name in sorted(found)).encode())
        for path in paths:
            if path.name != NAME:
                path.unlink()
    return found
