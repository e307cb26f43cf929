"""OUT/index.html and its next pages: totals, failures by reason, how errors are spread, every input, worst first."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from shapefield.batches.jobs import JobKind
from shapefield.batches.locations import is_remote
from shapefield.batches.pictures import pictures_of
from shapefield.batches.record import Record, Status
from shapefield.escaping import escaped
from shapefield.reports.html import rendered
from shapefield.storage.files import check_replaceable, writing
from shapefield.storage.mark import MARK, is_ours

A_PAGE = 60
"""Inputs of a page."""
REASONS = 30
"""Reasons that are listed; others are summed up."""
BINS = 24
_PAGES = re.compile(r"index-(\d+)\.html")


def write_pages(out: Path, kind: JobKind, records: Sequence[Record], force: bool = False) -> None:
    """Write the pages; those of an earlier, longer report are removed. Raises OutputError."""
    ordered = worst_first(kind, records)
    count = max(1, math.ceil(len(ordered) / A_PAGE))
    for number in range(count):
        part = ordered[number * A_PAGE : (number + 1) * A_PAGE]
        body = _pages(number, count) + _gallery(out, kind, part) + _pages(number, count)
        head = f"<h1>{len(ordered):,} meshes, {escaped(kind.name)}</h1>"
        if number == 0:
            head += _totals(ordered) + _reasons(ordered) + _spread(kind, ordered)
        place = out / _name(number)
        check_replaceable(place, force)
        with writing(place) as file:
            page = rendered("plain.html", title=f"batch {kind.name}", mark=MARK, body=head + body)
            file.write(page.encode("utf-8", "backslashreplace"))
    for place in out.glob("index-*.html"):
        found = _PAGES.fullmatch(place.name)
        if found and int(found[1]) > count and is_ours(place):
            place.unlink()


def worst_first(kind: JobKind, records: Sequence[Record]) -> list[Record]:
    """What has no result, then what is below what was asked, then what has a flaw, then by the job's figure."""
    rank = {Status.BELOW: 1, Status.DONE: 3, Status.SKIPPED: 4}

    def key(record: Record) -> tuple[int, float, str]:
        place = rank.get(record.status, 0) - (record.status == Status.DONE and bool(record.reasons))
        return place, -float(record.figures.get(kind.worst, -math.inf)), record.name

    return sorted(records, key=key)


def reason_of(record: Record) -> str:
    """How it ended, without its own name and numbers, so that like ones count together."""
    said = record.told
    for name in (os.path.basename(record.path), record.name):
        said = said.replace(name, "…")
    return re.sub(r"[0-9](?:[0-9,.e+-]*[0-9])?", "n", said)[:160]


def _name(number: int) -> str:
    return "index.html" if number == 0 else f"index-{number + 1}.html"


def _totals(records: Sequence[Record]) -> str:
    counts = Counter(record.status for record in records)
    rows = "".join(f"<tr><td>{s.value}</td><td>{counts[s]:,}</td></tr>" for s in Status if counts[s])
    hours = sum(record.cpu_seconds for record in records) / 3600
    return f"<table>{rows}</table><p class='note'>{hours:.2f} hours of CPU time</p>"


def _reasons(records: Sequence[Record]) -> str:
    found = Counter(reason_of(record) for record in records if record.against).most_common()
    if not found:
        return ""
    rows = [f"<tr><td class='why'>{escaped(why)}</td><td>{number:,}</td></tr>" for why, number in found[:REASONS]]
    if len(found) > REASONS:
        rest = sum(number for _, number in found[REASONS:])
        rows.append(f"<tr><td class='why'>other reasons</td><td>{rest:,}</td></tr>")
    return f"<h2>Not done, or with a flaw, by reason</h2><table>{''.join(rows)}</table>"


def _spread(kind: JobKind, records: Sequence[Record]) -> str:
    """A histogram of the job's figure on a logarithmic axis; what is 0 has a bar of its own."""
    values = [float(record.figures[kind.worst]) for record in records if kind.worst in record.figures]
    positive = [math.log10(value) for value in values if value > 0]
    if not positive:
        return ""
    low, high = math.floor(min(positive)), max(math.ceil(max(positive)), math.floor(min(positive)) + 1)
    bins = Counter(min(int((value - low) / (high - low) * BINS), BINS - 1) for value in positive)
    most = max(bins.values())
    bars = "".join(
        f"<rect x='{20 * k}' y='{100 - 96 * n / most:.1f}' width='18' height='{96 * n / most:.1f}'>"
        f"<title>{n:,} about {10 ** (low + (k + 0.5) * (high - low) / BINS):.1e}</title></rect>"
        for k, n in sorted(bins.items())
    )
    title = escaped(kind.worst.replace("_", " "))
    axis = f"<text x='0' y='114'>1e{low}</text><text x='{20 * BINS}' y='114' text-anchor='end'>1e{high}</text>"
    svg = (
        f"<svg viewBox='0 0 {20 * BINS} 118' width='{20 * BINS}' fill='currentColor' font-size='12'>{bars}{axis}</svg>"
    )
    zero = len(values) - len(positive)
    return f"<h2>How the {title} is spread</h2>{svg}<p class='note'>{zero:,} of {len(values):,} have 0</p>"


def _pages(number: int, count: int) -> str:
    if count == 1:
        return ""
    shown = sorted({0, count - 1, *range(max(0, number - 3), min(count, number + 4))})
    links = [f"<b>{k + 1}</b>" if k == number else f"<a href='{_name(k)}'>{k + 1}</a>" for k in shown]
    return f"<p>page {' '.join(links)} of {count}</p>"


def _gallery(out: Path, kind: JobKind, records: Sequence[Record]) -> str:
    return f"<h2>Worst first</h2><div class='grid'>{''.join(_card(out, kind, record) for record in records)}</div>"


def _card(out: Path, kind: JobKind, record: Record) -> str:
    """Input and result side by side, the status, the reason, links to the files."""
    pictures = [path for path in pictures_of(record.name).values() if (out / path).is_file()]
    images = "".join(f"<img loading='lazy' style='width:49%;display:inline' src='{_link(p)}' alt=''>" for p in pictures)
    figure = record.figures.get(kind.worst)
    said = f"{record.status}" + ("" if figure is None else f", {escaped(kind.worst.replace('_', ' '))} {figure:.2e}")
    own = record.path if is_remote(record.path) else os.path.relpath(record.path, out)
    links = [f"<a href='{_link(own)}'>input</a>"]
    links += [f"<a href='{_link(o.path)}'>{escaped(Path(o.path).suffix)}</a>" for o in record.outputs]
    why = f"<br>{escaped(record.against)}" if record.against else ""
    caption = f"<b>{escaped(record.name)}</b><br>{said}{why}<br>{' '.join(links)}"
    return f"<figure>{images}<figcaption>{caption}</figcaption></figure>"


def _link(path: str) -> str:
    """A path as an address, for an attribute: no letter of it ends one, or begins a scheme of its own."""
    found = quote(Path(path).as_posix(), safe="/", errors="surrogateescape") if "://" not in path else quote(path, ":/")
    return escaped(found)
