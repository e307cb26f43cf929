"""The report as one HTML page that needs nothing beside it: figures, pictures, and how to make it again."""

from __future__ import annotations

import base64
import time
from typing import Any

import numpy as np

from shapefield import __version__
from shapefield.escaping import escaped
from shapefield.verdict import losses, share
from shapefield_gui.children.shading import viridis
from shapefield_gui.models import words
from shapefield_gui.models.scene import ErrorScale

_STYLE = """:root{color-scheme:light dark;--page:#fff;--ink:#1c2026;--quiet:#5b6470;--line:#e3e6ea;--card:#f0f2f5;
--sky:#f7f9fb;--ground:#d6dce4}
@media(prefers-color-scheme:dark){:root{--page:#191b1f;--ink:#e6e8eb;--quiet:#a1a9b4;--line:#3a3f47;--card:#2d3138;
--sky:#3a4049;--ground:#15171a}}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:68rem;padding:0 1rem;color:var(--ink);
background:var(--page)}h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}
p.lead{color:var(--quiet);margin:.2rem 0 1.5rem}
table{border-collapse:collapse}td{padding:.2rem 0;border-bottom:1px solid var(--line)}
td.n{text-align:right;font-variant-numeric:tabular-nums;padding-left:1.5rem}
div.pictures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));gap:1rem}
figure{margin:0;max-width:32rem}figcaption{color:var(--quiet);font-size:.9rem}
img{width:100%;background:linear-gradient(var(--sky),var(--ground));border-radius:6px}
div.key{position:relative;max-width:32rem;height:2.2rem;margin:1rem 0 0}
div.key i{position:absolute;inset:0 0 auto 0;height:.7rem;border-radius:3px}
div.key span{position:absolute;top:.8rem;transform:translateX(-50%);font-size:.85rem;color:var(--quiet);
white-space:nowrap}div.key span:nth-of-type(1){transform:none}div.key span:nth-of-type(3){transform:translateX(-100%)}
code+code{margin-top:.5rem}
code{background:var(--card);padding:.5rem .75rem;display:block;border-radius:6px;overflow-x:auto}"""

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
    name = escaped(report.get("name", "mesh"))
    shown = "".join(
        f'<figure><img alt="{escaped(c)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        f"<figcaption>{escaped(c)}</figcaption></figure>"
        for c, png in pictures
    )
    gallery = f'<div class="pictures">{shown}</div>' if shown else ""
    rows = _errors(quality, unit) + _kept(report.get("preservation") or {})
    quality_table = f"<h2>Quality</h2>{_table(rows)}" if rows else ""
    mended = _mended(report.get("repairs") or {}, unit)
    repairs = f"<h2>Repairs of the input</h2>{_table(mended)}" if mended else ""
    lead = (
        f"Closed surface, {words.length(lengths['mean'], unit)} mean error to the original."
        if lengths
        else "Closed surface; it was not compared with the original."
    )
    lost = "".join(f"{line}. " for line in losses(report.get("preservation"), unit))
    again = "".join(f"<code>{escaped(line)}</code>" for line in commands)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}: shapefield report</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<!-- made by shapefield --><style>{_STYLE}</style></head><body><h1>{name}</h1>"
        f'<p class="lead">{escaped(words.spaced(lost) + lead)}</p>{gallery}{_key(scale, unit)}'
        f"{quality_table}{repairs}<h2>How it was made</h2>{_table(_facts(report, when, faces))}"
        + (f"<h2>The same again</h2>{again}" if again else "")
        + "</body></html>\n"
    )


def _errors(quality: dict[str, Any], unit: str | None) -> list[tuple[str, ...]]:
    lengths = quality.get("input") or {}
    rows = [
        (title, words.length(lengths[key], unit), f"{quality[key]:.2e} of the radius")
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
        what, place = str(one["kind"]), ", ".join(words.significant(c) for c in one["place"])
        more = f", and {words.count(one['more'])} smaller" if one.get("more") else ""
        rows.append((f"{what[:1].upper()}{what[1:]}{more}", f"{words.length(one['size'], unit)} across", f"at {place}"))
    return rows


def _facts(report: dict[str, Any], when: float | None, faces: int | None) -> list[tuple[str, ...]]:
    run = report.get("run") or {}
    found = [
        ("Method", f"{report.get('method', '–')} ({report.get('preset', '–')} preset)"),
        ("Resolution", f"{report.get('resolution', '–')}³ cells"),
        ("Faces", words.count(faces)),
        ("Training steps", words.count(run.get("steps_done"))),
        ("Time to the surface", words.seconds(run.get("wall"))),
        ("Field file", words.size(report.get("bytes"))),
        ("Peak memory", words.size(report.get("peak_memory"))),
        ("Date", "–" if when is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(when))),
        ("shapefield", __version__),
    ]
    return [row for row in found if row[1] != "–"]


def _key(scale: ErrorScale | None, unit: str | None) -> str:
    """The colours of the distances with their values, as in the window's view."""
    if scale is None:
        return ""
    stops = ",".join(f"rgb({r},{g},{b})" for r, g, b in viridis(np.linspace(0, 1, 12)))
    marks = "".join(
        f'<span style="left:{100 * at:.1f}%">{escaped(text)}</span>'
        for at, text in ((0.0, "0"), (0.5, words.significant(scale.top / 2)), (1.0, _end(scale, unit)))
    )
    return (
        f'<div class="key"><i style="background:linear-gradient(90deg,{stops})"></i>{marks}</div>'
        f'<p class="lead">Colours: distance to the original, in {escaped(unit or "units")}.</p>'
    )


def _end(scale: ErrorScale, unit: str | None) -> str:
    beyond = "≥ " if scale.max > scale.top else ""
    return f"{beyond}{words.length(scale.top, unit)}"


def _table(rows: list[tuple[str, ...]]) -> str:
    def cells(row: tuple[str, ...]) -> str:
        first, *rest = (escaped(c) for c in row)
        return f"<td>{first}</td>" + "".join(f'<td class="n">{c}</td>' for c in rest)

    return "<table>" + "".join(f"<tr>{cells(r)}</tr>" for r in rows) + "</table>"
