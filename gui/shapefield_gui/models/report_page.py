"""The report as one HTML page that needs nothing beside it: figures, pictures, and how to make it again."""

from __future__ import annotations

import base64
from typing import Any

from shapefield.escaping import escaped
from shapefield.verdict import losses, share
from shapefield_gui.models import words

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
code{background:var(--card);padding:.5rem .75rem;display:block;border-radius:6px;overflow-x:auto}"""

_LENGTHS = (
    ("mean", "Mean error"),
    ("rms", "Root mean square"),
    ("p95", "95 % are within"),
    ("max", "Largest error"),
)


def page(report: dict[str, Any], unit: str | None, command: str, pictures: list[tuple[str, bytes]]) -> str:
    """report : a fit's, as JSON has it;  pictures : caption and PNG bytes"""
    quality = report.get("quality") or {}
    lengths = quality.get("input") or {}
    name = escaped(report.get("name", "mesh"))
    run = report.get("run") or {}
    rows = [
        (title, words.length(lengths[key], unit), f"{quality[key]:.2e} of the radius")
        for key, title in _LENGTHS
        if key in lengths
    ]
    rows += [
        (title, f"{quality[key]:.4f}", "1 is perfect")
        for key, title in (
            ("normal_consistency", "Normals agree"),
            ("iou", "Volume overlap"),
            ("narrow_band_iou", "Overlap near the surface"),
        )
        if quality.get(key) is not None
    ]
    kept = report.get("preservation") or {}
    rows += [
        (title, share(kept[key]), note)
        for key, title, note in (
            ("lost", "Lost of the input", "of the surface one sees"),
            ("invented", "Added to it", "of the result's surface"),
        )
        if key in kept
    ]
    facts = [
        ("Method", f"{report.get('method', '–')} ({report.get('preset', '–')} preset)"),
        ("Resolution", f"{report.get('resolution', '–')}³ cells"),
        ("Training steps", words.count(run.get("steps_done"))),
        ("Time to the surface", words.seconds(run.get("wall"))),
        ("Field file", words.size(report.get("bytes"))),
        ("Peak memory", words.size(report.get("peak_memory"))),
    ]
    shown = "".join(
        f'<figure><img alt="{escaped(c)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
        f"<figcaption>{escaped(c)}</figcaption></figure>"
        for c, png in pictures
    )
    gallery = f'<div class="pictures">{shown}</div>' if shown else ""
    quality_table = f"<h2>Quality</h2>{_table(rows)}" if rows else ""
    lead = (
        f"Closed surface, {words.length(lengths['mean'], unit)} mean error to the original."
        if lengths
        else "Closed surface; it was not compared with the original."
    )
    lost = "".join(f"{line}. " for line in losses(kept, unit))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}: shapefield report</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<!-- made by shapefield --><style>{_STYLE}</style></head><body><h1>{name}</h1>"
        f'<p class="lead">{escaped(lost + lead)}</p>{gallery}'
        f"{quality_table}<h2>How it was made</h2>{_table(facts)}"
        f"<h2>The same again</h2><code>{escaped(command)}</code></body></html>\n"
    )


def _table(rows: list[tuple[str, ...]]) -> str:
    def cells(row: tuple[str, ...]) -> str:
        first, *rest = (escaped(c) for c in row)
        return f"<td>{first}</td>" + "".join(f'<td class="n">{c}</td>' for c in rest)

    return "<table>" + "".join(f"<tr>{cells(r)}</tr>" for r in rows) + "</table>"
