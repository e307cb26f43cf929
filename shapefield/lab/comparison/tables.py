"""The rows as files for other programs: results.csv and table.tex."""

from __future__ import annotations

import csv
import io
import math

from shapefield.lab.comparison.plan import BUDGET, ComparisonPlan
from shapefield.lab.comparison.rows import QUALITY, Figure, Row, Spread, figures, lines
from shapefield.storage.mark import MARK

_TEX = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"} | {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"})


def csv_text(rows: list[Row], mark: str = MARK) -> str:
    """A line a fit, every figure in base units (R, dB, bytes, seconds); a first line of comment carries our mark."""
    out = io.StringIO()
    names = ["input", "kind", "table", "method", "seed"]
    kinds = dict.fromkeys(r.case.input.kind for r in rows)
    columns = [*names, *dict.fromkeys(f.name for kind in kinds for f in figures(kind)), "failed"]
    out.write(f"# {mark}; error in bounding radii, psnr in dB, bytes, seconds of training, peak memory in bytes\n")
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(row.as_dict())
    return out.getvalue()


def tex_text(plan: ComparisonPlan, rows: list[Row], mark: str = MARK) -> str:
    """One booktabs table an input and kind of table: mean ± standard deviation over the seeds."""
    parts = [f"% {mark}; \\usepackage{{booktabs}}"]
    for source in plan.inputs:
        for table in dict.fromkeys(r.case.table for r in rows):
            found = lines(rows, source.name, table)
            if not found:
                continue
            shown = [*QUALITY[source.kind], Figure("bytes", "kB", -1, "kB"), Figure("seconds", "seconds", -1, "s")]
            parts.append(f"% {source.name}, {_caption(plan, table)}".replace("\n", " "))
            parts.append(f"\\begin{{tabular}}{{l{'r' * len(shown)}}}\n\\toprule")
            parts.append("method & " + " & ".join(_title(f) for f in shown) + r" \\" + "\n\\midrule")
            for line in found:
                cells = [_cell(line.spreads.get(f.name), f) for f in shown]
                parts.append(f"{line.method.translate(_TEX)} & " + " & ".join(cells) + r" \\")
            parts.append("\\bottomrule\n\\end{tabular}\n")
    return "\n".join(parts)


def _caption(plan: ComparisonPlan, table: str) -> str:
    limit = f"{plan.config.steps} steps" if plan.config.steps else f"{plan.config.seconds:g} s a fit"
    return limit if table == BUDGET else f"{limit}, at most {plan.config.parameters:,} parameters"


def _title(figure: Figure) -> str:
    if figure.unit == "R":
        return f"{figure.title} / $10^{{-4}} R$"
    return figure.title + (f" / {figure.unit}" if figure.unit == "dB" else "")


def _cell(found: Spread | None, figure: Figure) -> str:
    if found is None or not math.isfinite(found.mean):
        return "--"
    factor = {"R": 1e4, "kB": 1e-3}.get(figure.unit, 1.0)
    digits = {"R": 2, "kB": 1, "s": 1, "dB": 2}.get(figure.unit, 4)
    text = f"{factor * found.mean:.{digits}f}"
    if found.deviation is None or figure.unit == "kB":
        return f"${text}$"
    return f"${text} \\pm {factor * found.deviation:.{digits}f}$"
