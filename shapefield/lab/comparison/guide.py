"""Which method for what, derived from the figures of this very comparison."""

from __future__ import annotations

import math

from shapefield.lab.comparison.curves import time_to
from shapefield.lab.comparison.formatting import told
from shapefield.lab.comparison.plan import BUDGET, MESH, PARAMETERS
from shapefield.lab.comparison.rows import Figure, Line, Row, figures, lines
from shapefield.methods import method

SMALL = 100_000
"""Bytes; what is called a small file."""
NEARLY = 1.1
"""A method within a tenth of the best error (or within 0.5 dB) is as good."""
NEARLY_DB = 0.5


def guide(rows: list[Row], name: str) -> list[str]:
    """Sentences on one input; [] where no fit has an outcome."""
    usual = [line for line in lines(rows, name, BUDGET) if line.spreads]
    if not usual:
        return []
    deciding = figures(usual[0].first.case.input.kind)[0]
    found = [_best(usual, deciding)]
    plain = [line for line in usual if not method(line.method).aid]
    if plain and method(usual[0].method).aid:
        aid = method(usual[0].method).aid
        found.append(f"without {aid}: {_named(plain[0], deciding)}")
    small = [line for line in usual if line.spreads["bytes"].mean <= SMALL]
    if small and small[0] is not usual[0]:
        found.append(f"under {told(SMALL, 'B')}: {_named(small[0], deciding)}")
    elif not small:
        least = min(usual, key=lambda line: line.spreads["bytes"].mean)
        found.append(f"smallest file: {least.method} ({told(least.spreads['bytes'].mean, 'B')})")
    found += _quickest(usual, deciding)
    if usual[0].first.case.input.kind == MESH:
        smooth = max(usual, key=lambda line: line.spreads["normals"].mean)
        if smooth is not usual[0]:
            found.append(f"truest normals: {smooth.method} ({smooth.spreads['normals'].mean:.4f})")
    equal = [line for line in lines(rows, name, PARAMETERS) if line.spreads]
    if equal:
        count = equal[0].first.case.config.parameters
        found.append(f"at {count:,} parameters: {_named(equal[0], deciding)}")
    return found


def _best(usual: list[Line], deciding: Figure) -> str:
    top = usual[0].spreads[deciding.name].mean
    close = [line.method for line in usual[1:] if _as_good(line.spreads[deciding.name].mean, top, deciding)]
    text = f"most exact: {_named(usual[0], deciding)}"
    return text + (f", and {' and '.join(close)} as good" if close else "")


def _as_good(value: float, top: float, deciding: Figure) -> bool:
    return value >= top - NEARLY_DB if deciding.better > 0 else value <= NEARLY * top


def _named(line: Line, deciding: Figure) -> str:
    return f"{line.method} ({told(line.spreads[deciding.name].mean, deciding.unit)})"


def _quickest(usual: list[Line], deciding: Figure) -> list[str]:
    """Who is first within a factor of two (3 dB) of the best end of all curves."""
    ends = [line.curve[-1][1] for line in usual if line.curve]
    if not ends:
        return []
    best = max(ends) if deciding.better > 0 else min(ends)
    target = best - 3.0 if deciding.better > 0 else 2.0 * best
    times = {line.method: time_to(line.curve, target, deciding.better) for line in usual if line.curve}
    reached = {m: t for m, t in times.items() if t is not None}
    first = min(reached, key=lambda m: reached[m], default=None)
    if first is None or not math.isfinite(reached[first]):
        return []
    return [f"first to {told(target, deciding.unit)}: {first}, after {reached[first]:.1f} s of training"]
