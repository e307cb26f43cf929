"""The comparison as one HTML page that needs nothing beside it: guide, tables, curves, pictures, how to repeat it."""

from __future__ import annotations

import shlex
from typing import Any

import numpy as np

from shapefield.lab.comparison.charts import curves_svg
from shapefield.lab.comparison.formatting import spread
from shapefield.lab.comparison.guide import guide
from shapefield.lab.comparison.plan import BUDGET, MESH, PARAMETERS, ComparisonPlan, Input
from shapefield.lab.comparison.rows import FULL, Line, Row, figures, lines
from shapefield.machine.versions import versions
from shapefield.methods import method
from shapefield.reports.html import png_data, rendered
from shapefield.storage.mark import MARK


def page(plan: ComparisonPlan, rows: list[Row], toml_name: str, mark: str = MARK) -> str:
    """The page; toml_name is the file beside it that repeats the comparison."""
    missing = len(plan.cases) - len(rows)
    lead = f"{len(rows)} fits, {_budget(plan)} each, {_seeds(plan)}; every fit in a process of its own."
    if missing:
        lead += f" Interrupted: {missing} of {len(plan.cases)} are missing."
    return rendered(
        "comparison.html",
        title="Methods compared",
        mark=mark,
        lead=lead,
        inputs=[_input(plan, rows, source) for source in plan.inputs],
        command=shlex.join(["shapefield", "compare", "--config", toml_name, "-o", "again.html"]),
        libraries=", ".join(f"{name} {version}" for name, version in versions().items()),
    )


def _input(plan: ComparisonPlan, rows: list[Row], source: Input) -> dict[str, Any]:
    usual, equal = (lines(rows, source.name, table) for table in (BUDGET, PARAMETERS))
    tables = [_table(f"Each method as it is, {_budget(plan)}", usual)]
    if equal:
        tables.append(_table(f"At equal size, at most {plan.config.parameters:,} parameters", equal))
    over_time = "Error over time" if source.kind == MESH else "PSNR over time"
    charts = [
        {"title": title, "svg": svg}
        for title, found in ((over_time, usual), (f"{over_time}, at equal size", equal))
        if (svg := curves_svg(found))
    ]
    drawn = [line for line in usual if line.first.pictures]
    shown = [_picture(drawn[0].first.pictures["truth"], source.name, source)] if drawn else []
    shown += [_picture(line.first.pictures["field"], line.method, source) for line in drawn]
    wrong = drawn if source.kind == MESH else []
    return {
        "name": source.name,
        "guide": guide(rows, source.name),
        "tables": tables,
        "charts": charts,
        "pictures": shown,
        "errors": [_picture(line.first.pictures["error"], line.method, source) for line in wrong],
        "full": f"{FULL:g}",
    }


def _budget(plan: ComparisonPlan) -> str:
    return f"{plan.config.steps:,} steps" if plan.config.steps else f"{plan.config.seconds:g} s"


def _seeds(plan: ComparisonPlan) -> str:
    count = plan.config.seeds
    return "one seed" if count == 1 else f"{count} seeds (mean ± standard deviation)"


def _table(title: str, found: list[Line]) -> dict[str, Any]:
    shown = figures(found[0].first.case.input.kind) if found else []
    best = {}
    for figure in shown:
        values = [line.spreads[figure.name].mean for line in found if figure.name in line.spreads]
        if figure.better and len(values) > 1:
            best[figure.name] = max(values) if figure.better > 0 else min(values)
    rows = []
    for line in found:
        values = [(f, line.spreads.get(f.name)) for f in shown] if line.spreads else []
        cells = [{"text": spread(v, f), "best": v is not None and best.get(f.name) == v.mean} for f, v in values]
        rows.append({"method": line.method, "aid": method(line.method).aid, "cells": cells, "failed": line.failed})
    return {"title": title, "heads": [figure.title for figure in shown], "rows": rows}


def _picture(pixels: np.ndarray, caption: str, source: Input) -> dict[str, Any]:
    small = source.kind != MESH and max(pixels.shape) <= 200
    return {"address": png_data(pixels), "caption": caption, "pixels": small}
