"""Figures as words, in the units of their columns."""

from __future__ import annotations

import math

from shapefield.lab.comparison.rows import Figure, Spread


def told(value: float, unit: str) -> str:
    """A value with its unit: bytes as kB and MB, errors in powers of ten, shares with four digits, whole counts."""
    if not math.isfinite(value):
        return "–"
    if unit == "B":
        for name in ("B", "kB", "MB"):
            if abs(value) < 999.5 or name == "MB":
                return f"{value:.3g} {name}" if abs(value) < 999.5 else f"{value:,.0f} {name}"
            value /= 1000
    if unit == "R":
        return f"{value:.2e} R"
    if unit in ("s", "dB"):
        return f"{value:.1f} {unit}"
    return f"{value:,.0f}" if unit == "count" else f"{value:.4f}"


def spread(found: Spread | None, figure: Figure) -> str:
    """Mean ± deviation; the deviation is left out where there is one fit, or where it rounds to nothing."""
    if found is None:
        return "–"
    text = told(found.mean, figure.unit)
    if not found.deviation or figure.name in ("bytes", "parameters", "memory"):
        return text
    number, _, unit = text.partition(" ")
    deviation = told(found.deviation, figure.unit).partition(" ")[0]
    return f"{number} ± {deviation} {unit}".rstrip()
