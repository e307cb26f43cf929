"""A comparison's files: report.html, and results.csv, table.tex and compare.toml beside it."""

from __future__ import annotations

from pathlib import Path

from shapefield.errors import UsageError
from shapefield.lab.comparison.page import page
from shapefield.lab.comparison.running import Comparison
from shapefield.lab.comparison.tables import csv_text, tex_text
from shapefield.storage.files import check_outputs, writing
from shapefield.storage.mark import Inputs, marked

BESIDE = ("results.csv", "table.tex", "compare.toml")


def places(report: str | Path) -> list[Path]:
    """The four files' places. UsageError for another suffix."""
    target = Path(report)
    if target.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{report}: expected a name ending in .html, got {target.suffix or 'none'}")
    return [target, *(target.parent / name for name in BESIDE)]


def write(found: Comparison, report: str | Path, force: bool = False, inputs: Inputs = None) -> list[Path]:
    """Write the four files, each whole or not at all; returns their places. Raises OutputError.

    inputs : the files that were compared, whose id the four carry
    """
    where = places(report)
    check_outputs(where, force, inputs)
    mark = marked(where[0], inputs)
    texts = (
        page(found.plan, found.rows, str(where[3]), mark),
        csv_text(found.rows, mark),
        tex_text(found.plan, found.rows, mark),
        found.plan.toml(mark),
    )
    for place, text in zip(where, texts, strict=True):
        with writing(place) as file:
            file.write(text.encode("utf-8", "backslashreplace"))  # a name may be bytes that are no text
    return where
