"""The report as one HTML page that needs nothing beside it: figures, pictures, and how to make it again."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from shapefield import __version__
from shapefield.reports.html import png_data, rendered
from shapefield.storage.mark import MARK
from shapefield.verdict import losses, share
from shapefield_gui.children.shading import viridis
from shapefield_gui.models import formatting
from shapefield_gui.models.scene import ErrorScale

_MOST_REPAIRS = 12
_LENGTHS = (
    ("mean", "Mean error"),
    ("rms", "Root mean square"),
    ("p95", "95 % are within"),
    ("max", "Largest error"),
)


def page(
    report: dict[str, Any],
    unit: str | None,
    commands: list[str],
    pictures: list[tuple[str, bytes]],
    when: float | None = None,
    faces: int | None = None,
    scale: ErrorScale | None = None,
) -> str:
    """report : a result's, as JSON has it;  commands : what gives it again;  pictures : caption and PNG bytes

    when  : it was made, Unix seconds;  faces : of its surface;  scale : what the colours of the pictures mean
    """
    quality = report.get("quality") or {}
    lengths = quality.get("input") or {}
    name = str(report.get("name", "mesh"))
    lead = (
        f"Closed surface, {formatting.length(lengths['mean'], unit)} mean error to the original."
        if lengths
        else "Closed surface; it was not compared with the original."
    )
    lost = "".join(f"{line}. " for line in losses(report.get("preservation"), unit))
    return rendered(
        "fit.html",
        title=f"{name}: shapefield report",
        mark=MARK,
        name=name,
        lead=formatting.spaced(lost) + lead,
        pictures=[(caption, png_data(png)) for caption, png in pictures],
        key=_key(scale, unit),
        tables=[
            ("Quality", _errors(quality, unit) + _kept(report.get("preservation") or {})),
            ("Repairs of the input", _mended(report.get("repairs") or {}, unit)),
            ("How it was made", _facts(report, when, faces)),
        ],
        commands=commands,
    )


def _errors(quality: dict[str, Any], unit: str | None) -> list[tuple[str, ...]]:
    lengths = quality.get("input") or {}
    rows = [
        (title, formatting.length(lengths[key], unit), f"{quality[key]:.2e} of the radius")
        for key, title in _LENGTHS
        if key in lengths
    ]
    return rows + [
        (title, f"{quality[key]:.4f}", "1 is perfect")
        for key, title in (
            ("normal_consistency", "Normals agree"),
            ("iou", "Volume overlap"),
            ("narrow_band_iou", "Overlap near the surface"),
        )
        if quality.get(key) is not None
    ]


def _kept(preservation: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (title, share(preservation[name]), note)
        for name, title, note in (
            ("lost", "Lost of the input", "of the surface one sees"),
            ("invented", "Added to it", "of the result's surface"),
        )
        if name in preservation
    ]


def _mended(repairs: dict[str, Any], unit: str | None) -> list[tuple[str, ...]]:
    """A line a repair, the largest of each kind first."""
    rows = []
    for one in (repairs.get("record") or [])[:_MOST_REPAIRS]:
        what, place = str(one["kind"]), ", ".join(formatting.significant(c) for c in one["place"])
        more = f", and {formatting.count(one['more'])} smaller" if one.get("more") else ""
        rows.append(
            (f"{what[:1].upper()}{what[1:]}{more}", f"{formatting.length(one['size'], unit)} across", f"at {place}")
        )
    return rows


def _facts(report: dict[str, Any], when: float | None, faces: int | None) -> list[tuple[str, ...]]:
    run = report.get("run") or {}
    found = [
        ("Method", f"{report.get('method', '–')} ({report.get('preset', '–')} preset)"),
        ("Resolution", f"{report.get('resolution', '–')}³ cells"),
        ("Faces", formatting.count(faces)),
        ("Training steps", formatting.count(run.get("steps_done"))),
        ("Time to the surface", formatting.seconds(run.get("wall"))),
        ("Field file", formatting.size(report.get("bytes"))),
        ("Peak memory", formatting.size(report.get("peak_memory"))),
        ("Date", "–" if when is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(when))),
        ("shapefield", __version__),
    ]
    return [row for row in found if row[1] != "–"]


def _key(scale: ErrorScale | None, unit: str | None) -> dict[str, Any] | None:
    """The colours of the distances with their values, as in the window's view."""
    if scale is None:
        return None
    beyond = "≥ " if scale.max > scale.top else ""
    middle, end = formatting.significant(scale.top / 2), f"{beyond}{formatting.length(scale.top, unit)}"
    return {
        "stops": ",".join(f"rgb({r},{g},{b})" for r, g, b in viridis(np.linspace(0, 1, 12))),
        "marks": (("left", "0"), ("center", middle), ("right", end)),
        "unit": unit or "units",
    }
