"""A comparison's files: report.html, and results.csv, table.tex and compare.toml beside it."""

from __future__ import annotations

from pathlib import Path

from shapefield.errors import UsageError
from shapefield.lab.comparison.page import page
from shapefield.lab.comparison.running import Comparison
from shapefield.lab.comparison.tables import csv_text, tex_text
from shapefield.storage.files import check_replaceable, writing

BESIDE = ("results.csv", "table.tex", "compare.toml")


def places(report: str | Path, force: bool = False) -> list[Path]:
    """The four files' places, each free or ours (or `force`); OutputError, UsageError otherwise."""
    target = Path(report)
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{report}: expected a name ending in .html, got {target.suffix or 'none'}")
    found = [target, *(target.parent / name for name in BESIDE)]
    for place in found:
        check_replaceable(place, force)
    return found


def write(found: Comparison, report: str | Path, force: bool = False) -> list[Path]:
    """Write the four files, each whole or not at all; returns their places. Raises OutputError."""
    where = places(report, force)
    texts = (
        page(found.plan, found.rows, str(where[3])),
        csv_text(found.rows),
        tex_text(found.plan, found.rows),
        found.plan.toml(),
    )
    for place, text in zip(where, texts, strict=True):
        with writing(place) as file:
            file.write(text.encode("utf-8", "backslashreplace"))  # a name may be bytes that are no text
    return where
