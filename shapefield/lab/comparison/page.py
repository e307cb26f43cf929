"""The comparison as one HTML page that needs nothing beside it: guide, tables, curves, pictures, how to repeat it."""

from __future__ import annotations

import base64
import io
import shlex

import numpy as np

from shapefield.escaping import escaped
from shapefield.htmlpage import document
from shapefield.lab.comparison.charts import curves_svg
from shapefield.lab.comparison.guide import guide
from shapefield.lab.comparison.plan import BUDGET, MESH, PARAMETERS, Input, Plan
from shapefield.lab.comparison.rows import FULL, Line, Row, figures, lines
from shapefield.lab.comparison.words import spread
from shapefield.machine.versions import versions
from shapefield.methods import method
from shapefield.storage.mark import MARK


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
    return document("Methods compared", "".join(parts), mark)


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
