"""Live curves: loss and error on a log axis, quality in decibels on a plain one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtWidgets import QSizePolicy

from shapefield_gui.models import formatting
from shapefield_gui.theme import LIGHT, Theme

_MOST_POINTS = 1500
_MOST_TICKS = 2
"""Up the axis: the curves are as low as three lines of text."""
_TITLE = 18
"""Logical pixels of the title's line."""


class CurvePlot(pg.PlotWidget):
    """One curve over training steps; `title` says what and in which unit."""

    def __init__(self, title: str, second: bool = False, dots: bool = False, log: bool = True) -> None:
        super().__init__()
        self._log = log
        self._second, self._dots, self._title = second, dots, title
        self.setMinimumSize(150, 60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(title)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setMouseEnabled(False, False)
        item: Any = self.getPlotItem()
        item.setLogMode(y=log)
        item.showGrid(y=True, alpha=0.15)
        item.getAxis("left").setWidth(52)
        item.getAxis("bottom").setHeight(16)
        item.setContentsMargins(0, 0, 6, 0)
        self._curve = item.plot([], [])
        self.set_theme(LIGHT)

    def _axis(self, side: str) -> Any:
        item: Any = self.getPlotItem()
        return item.getAxis(side)

    def set_theme(self, theme: Theme) -> None:
        self.setBackground(theme.window)
        color = theme.second_curve if self._second else theme.first_curve
        self._curve.setPen(pg.mkPen(color, width=1.8))
        self._curve.setSymbolSize(5)
        self._curve.setSymbolBrush(color)
        self._curve.setSymbolPen(None)
        for side in ("left", "bottom"):
            axis = self._axis(side)
            axis.setPen(theme.border)
            axis.setTextPen(theme.quiet)
        self.set_title(self._title, theme)

    def set_title(self, title: str, theme: Theme) -> None:
        self._title = title
        self.setTitle(title, color=theme.quiet, size="8pt")
        item: Any = self.getPlotItem()
        item.titleLabel.setMaximumHeight(_TITLE)
        item.layout.setRowFixedHeight(0, _TITLE)  # setTitle has made it 30

    def show_curve(self, steps: list[float], values: list[float], upto: float = 1.0) -> None:
        """Draw; more points than pixels are thinned, the last one stays. upto : the axis goes at least to this step"""
        x, y = np.asarray(steps, float), np.asarray(values, float)
        if len(x) > _MOST_POINTS:
            keep = np.unique(np.linspace(0, len(x) - 1, _MOST_POINTS).round().astype(int))
            x, y = x[keep], y[keep]
        good = np.isfinite(y) & (y > 0)
        self._curve.setData(x[good], y[good])
        self._curve.setSymbol("o" if self._dots or good.sum() == 1 else None)  # no line goes through one point
        if good.any():
            item: Any = self.getPlotItem()
            item.setXRange(0.0, max(float(x[good][-1]), upto), padding=0.02)
        ticks = log_ticks if self._log else even_ticks
        self._axis("left").setTicks([ticks(y[good], _MOST_TICKS) if good.any() else []])
        self._axis("bottom").setStyle(showValues=bool(good.any()))

    @property
    def points(self) -> int:
        """How many points are drawn."""
        x, _ = self._curve.getData()
        return 0 if x is None else len(x)


def log_ticks(values: np.ndarray, most: int) -> list[tuple[float, str]]:
    """(log10 of the value, its text): at most `most` round ticks inside the values' range, its ends if not two are."""
    low, high = float(np.log10(values.min())), float(np.log10(values.max()))
    decades = range(int(np.floor(low)) - 1, int(np.ceil(high)) + 1)
    found: list[tuple[float, float]] = []
    for steps in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        ticks = [(d + float(np.log10(m)), m * 10.0**d) for d in decades for m in steps]
        finer, found = found, [t for t in ticks if low - 1e-9 <= t[0] <= high + 1e-9]
        if len(found) <= most:
            break
    if len(found) < 2 and finer:
        found = finer
    ends = {formatting.significant(10.0**end, 2): end for end in (low, high)}
    if len(found) < min(2, len(ends)):
        return [(end, text) for text, end in ends.items()]
    return [(at, formatting.significant(value, 1)) for at, value in found[:: max(1, -(-len(found) // most))]]


def even_ticks(values: np.ndarray, most: int) -> list[tuple[float, str]]:
    """(value, its text): at most `most` round ticks inside the values' range."""
    low, high = float(values.min()), float(values.max())
    step = formatting.round_length(max(high - low, 1e-3 * abs(high), 1e-9) / most)
    for factor in (1, 2, 5, 10):
        first = np.ceil(low / (step * factor) - 1e-6)
        ticks = [float(k * step * factor) for k in np.arange(first, high / (step * factor) + 1e-6)]
        if len(ticks) <= most:
            break
    return [(v, formatting.significant(v)) for v in ticks or [low]]
