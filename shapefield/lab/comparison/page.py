"""The comparison as one HTML page that needs nothing beside it: guide, tables, curves, pictures, how to repeat it."""

from __future__ import annotations

import base64
import io
import shlex

import numpy as np

from shapefield.escaping import escaped
from shapefield.lab.comparison.charts import curves_svg
from shapefield.lab.comparison.guide import guide
from shapefield.lab.comparison.plan import BUDGET, MESH, PARAMETERS, Input, Plan
from shapefield.lab.comparison.rows import FULL, Line, Row, figures, lines
from shapefield.lab.comparison.words import spread
from shapefield.machine.versions import versions
from shapefield.methods import method
from shapefield.storage.mark import MARK

_STYLE = """
:root{color-scheme:light dark;--ink:#1c2026;--soft:#5b6470;--line:#e3e6ea;--page:#fff;--card:#f5f6f8;--accent:#2b6cb0}
@media(prefers-color-scheme:dark){
:root{--ink:#e6e8eb;--soft:#9aa3ae;--line:#33383f;--page:#17191c;--card:#202328;--accent:#7cb3ea}}
body{font:15px/1.55 system-ui,sans-serif;margin:2.5rem auto;max-width:80rem;padding:0 1.25rem;color:var(--ink);
background:var(--page)}
h1{font-size:1.6rem;margin:0}h2{font-size:1.25rem;margin:2.75rem 0 .5rem;border-top:1px solid var(--line);
padding-top:1.5rem}h3{font-size:1rem;margin:1.75rem 0 .4rem}p.lead,figcaption,.note{color:var(--soft)}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{font-size:.92rem;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);
text-align:right;white-space:nowrap}
th{color:var(--soft);font-weight:500}th:first-child,td:first-child{text-align:left}td.best{font-weight:650;
color:var(--accent)}td.why{text-align:left;white-space:normal;color:var(--soft)}
ul.guide{background:var(--card);border-radius:8px;padding:.8rem 1rem .8rem 2rem;margin:.75rem 0}
figure{margin:0}figcaption{font-size:.85rem;margin-top:.25rem}.grid{display:grid;gap:1rem;
grid-template-columns:repeat(auto-fill,minmax(11rem,1fr))}img{width:100%;border-radius:6px;background:#fff;display:block}
img.pixels{image-rendering:pixelated}svg{max-width:100%;height:auto}
.bar{height:.6rem;width:16rem;border-radius:4px;
background:linear-gradient(90deg,#440154,#3b528b,#21918c,#5ec962,#fde725)}
pre{background:var(--card);padding:.75rem 1rem;border-radius:8px;overflow-x:auto;font-size:.9rem}
"""


def page(plan: Plan, rows: list[Row], toml_name: str, mark: str = MARK) -> str:
    """The page; toml_name is the file beside it that repeats the comparison."""
    missing = len(plan.cases) - len(rows)
    lead = f"{len(rows)} fits, {_budget(plan)} each, {_seeds(plan)}; every fit in a process of its own."
    if missing:
        lead += f" Interrupted: {missing} of {len(plan.cases)} are missing."
    parts = [f"<h1>Methods compared</h1><p class='lead'>{lead}</p>"]
    for source in plan.inputs:
        parts.append(_input(plan, rows, source))
    libraries = ", ".join(f"{name} {version}" for name, version in versions().items())
    again = shlex.join(["shapefield", "compare", "--config", toml_name, "-o", "again.html"])
    parts.append(f"<h2>The same again</h2><pre>{escaped(again)}</pre><p class='note'>{escaped(libraries)}</p>")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><!-- {mark} --><title>Methods compared</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body>{''.join(parts)}</body></html>\n"
    )


def _input(plan: Plan, rows: list[Row], source: Input) -> str:
    usual = lines(rows, source.name, BUDGET)
    parts = [f"<h2>{escaped(source.name)}</h2>"]
    if advice := guide(rows, source.name):
        parts.append("<ul class='guide'>" + "".join(f"<li>{escaped(a)}</li>" for a in advice) + "</ul>")
    parts.append(f"<h3>Each method as it is, {_budget(plan)}</h3>{_table(usual)}")
    equal = lines(rows, source.name, PARAMETERS)
    if equal:
        parts.append(f"<h3>At equal size, at most {plan.config.parameters:,} parameters</h3>{_table(equal)}")
    parts.append(_aids(usual))
    for title, found in (("Error over time", usual), ("Error over time, at equal size", equal)):
        if svg := curves_svg(found):
            parts.append(f"<h3>{title if source.kind == MESH else title.replace('Error', 'PSNR')}</h3>{svg}")
    parts.append(_pictures(usual, source))
    return "".join(parts)


def _budget(plan: Plan) -> str:
    return f"{plan.config.steps:,} steps" if plan.config.steps else f"{plan.config.seconds:g} s"


def _seeds(plan: Plan) -> str:
    count = plan.config.seeds
    return "one seed" if count == 1 else f"{count} seeds (mean ± standard deviation)"


def _table(found: list[Line]) -> str:
    if not found:
        return "<p class='note'>No fit was finished.</p>"
    shown = figures(found[0].first.case.input.kind)
    best = {}
    for figure in shown:
        values = [line.spreads[figure.name].mean for line in found if figure.name in line.spreads]
        if figure.better and len(values) > 1:
            best[figure.name] = max(values) if figure.better > 0 else min(values)
    head = "".join(f"<th>{escaped(f.title)}</th>" for f in shown)
    body = []
    for line in found:
        name = f"<td>{escaped(line.method)}{'*' if method(line.method).aid else ''}</td>"
        if not line.spreads:
            body.append(f"<tr>{name}<td class='why' colspan='{len(shown)}'>{escaped(line.failed)}</td></tr>")
            continue
        cells = []
        for figure in shown:
            value = line.spreads.get(figure.name)
            mark = " class='best'" if value is not None and best.get(figure.name) == value.mean else ""
            cells.append(f"<td{mark}>{escaped(spread(value, figure))}</td>")
        body.append(f"<tr>{name}{''.join(cells)}</tr>")
    return f"<div class='scroll'><table><tr><th>method</th>{head}</tr>{''.join(body)}</table></div>"


def _aids(found: list[Line]) -> str:
    helped = [line.method for line in found if method(line.method).aid]
    return "".join(f"<p class='note'>* {escaped(name)} has {escaped(method(name).aid)}.</p>" for name in helped)


def _pictures(found: list[Line], source: Input) -> str:
    drawn = [line for line in found if line.first.pictures]
    if not drawn:
        return ""
    truth = drawn[0].first.pictures["truth"]
    rows = ["<h3>Side by side</h3><div class='grid'>", _figure(truth, source.name, source)]
    rows += [_figure(line.first.pictures["field"], line.method, source) for line in drawn]
    rows.append("</div>")
    if source.kind == MESH:
        rows.append(f"<h3>Where they are wrong</h3><div class='bar'></div><p class='note'>0 to {FULL:g} R</p>")
        rows.append("<div class='grid'>")
        rows += [_figure(line.first.pictures["error"], line.method, source) for line in drawn]
        rows.append("</div>")
    return "".join(rows)


def _figure(pixels: np.ndarray, caption: str, source: Input) -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, format="PNG", optimize=True)
    data, text = base64.b64encode(out.getvalue()).decode(), escaped(caption)
    style = "" if source.kind == MESH or max(pixels.shape) > 200 else " class='pixels'"
    return (
        f"<figure><img{style} alt='{text}' src='data:image/png;base64,{data}'><figcaption>{text}</figcaption></figure>"
    )
