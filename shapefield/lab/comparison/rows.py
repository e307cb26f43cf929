"""The outcome of one fit, and what several fits of one method say together."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shapefield.lab.comparison.plan import MESH, PICTURE, Case

FULL = 2e-3
"""Distance, in bounding radii, that pictures of the error draw in their last colour; the same for every method."""


@dataclass(frozen=True)
class Figure:
    """One column.

    better : -1 where less is better, 1 where more is, 0 where neither
    unit   : "R" (bounding radii), "dB", "B", "kB", "s", "count", or "" for a share
    """

    name: str
    title: str
    better: int
    unit: str = ""


QUALITY = {
    MESH: (
        Figure("error", "mean error", -1, "R"),
        Figure("iou", "IoU", 1),
        Figure("narrow_band_iou", "narrow-band IoU", 1),
        Figure("normals", "normal consistency", 1),
    ),
    PICTURE: (Figure("psnr", "PSNR", 1, "dB"), Figure("ssim", "SSIM", 1)),
}
COST = (
    Figure("bytes", "file", -1, "B"),
    Figure("parameters", "parameters", 0, "count"),
    Figure("seconds", "training", -1, "s"),
    Figure("memory", "peak memory", -1, "B"),
    Figure("steps", "steps", 0, "count"),
)


def figures(kind: str) -> tuple[Figure, ...]:
    """The columns of that kind of input, the one that decides first."""
    return (*QUALITY[kind], *COST)


@dataclass(eq=False)
class Row:
    """values : by a Figure's name;  curve : (k, 2) seconds and error (mesh, in R) or PSNR (picture, dB)

    pictures : captions and (h, w, 3) uint8, of the first seed only;  failed : why there is no outcome, or ""
    """

    case: Case
    values: dict[str, float] = field(default_factory=dict)
    curve: list[tuple[float, float]] = field(default_factory=list)
    pictures: dict[str, np.ndarray] = field(default_factory=dict)
    failed: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON and CSV; pictures left out."""
        case = self.case
        head = {"input": case.input.name, "kind": case.input.kind, "table": case.table, "method": case.method}
        values = {f.name: self.values.get(f.name) for f in figures(case.input.kind)}
        return head | {"seed": case.seed} | values | {"failed": self.failed, "curve": self.curve}


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (n - 1 in the denominator) of n fits; the deviation of one is not known."""

    mean: float
    deviation: float | None

    @staticmethod
    def of(values: list[float]) -> Spread:
        """Of at least one value."""
        mean = sum(values) / len(values)
        if len(values) < 2:
            return Spread(mean, None)
        return Spread(mean, math.sqrt(sum((v - mean) ** 2 for v in values) / (len(values) - 1)))


@dataclass(frozen=True, eq=False)
class Line:
    """A method's line in a table: the spread of every figure over its seeds, and the first seed's row."""

    method: str
    spreads: dict[str, Spread]
    first: Row
    failed: str = ""

    @property
    def curve(self) -> list[tuple[float, float]]:
        """The first seed's."""
        return self.first.curve


def lines(rows: list[Row], name: str, table: str) -> list[Line]:
    """The lines of one input's table, best first, failures last."""
    chosen = [r for r in rows if r.case.input.name == name and r.case.table == table]
    found = []
    for method in dict.fromkeys(r.case.method for r in chosen):
        own = [r for r in chosen if r.case.method == method]
        good = [r for r in own if not r.failed]
        if not good:
            found.append(Line(method, {}, own[0], own[0].failed))
            continue
        spreads = {
            f.name: Spread.of([r.values[f.name] for r in good])
            for f in figures(own[0].case.input.kind)
            if all(f.name in r.values for r in good)
        }
        found.append(Line(method, spreads, good[0], next((r.failed for r in own if r.failed), "")))
    if not found:
        return []
    deciding = figures(found[0].first.case.input.kind)[0]

    def rank(line: Line) -> float:
        return -deciding.better * line.spreads[deciding.name].mean if line.spreads else math.inf

    return sorted(found, key=rank)
