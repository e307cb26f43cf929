"""The plots of a board, one below the other; the curves of the run before stay behind them as ghosts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QColor, QFont
from PyQt6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from shapefield.escaping import escaped
from shapefield.lab.board import Board, Curve
from shapefield_gui.lab.colours import LINES
from shapefield_gui.theme import LIGHT, STEP, Theme
from shapefield_gui.widgets.dock import wrapping
from shapefield_gui.widgets.plots import log_ticks

_MOST_POINTS = 1500
_GHOST = 90
"""Of 255: how strong a ghost is."""
_ROUNDS = (("●", Qt.PenStyle.SolidLine), ("○", Qt.PenStyle.DotLine), ("◇", Qt.PenStyle.DashDotLine))
"""Mark and line of the curves that take the colours for the first, the second and the third time."""


class Charts(QWidget):
    """`show_board` draws a board's plots, and a ghost's behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT
        self.charts: dict[str, Chart] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(STEP // 2, 0, STEP, STEP)
        self._column.setSpacing(STEP // 2)
        self.hint = wrapping("In a run: its curves, as they grow.", "quiet")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.hint.setContentsMargins(STEP, 0, 0, 0)
        self._column.addWidget(self.hint)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        for chart in self.charts.values():
            chart.set_theme(theme)

    def show_board(self, board: Board, ghost: Board) -> bool:
        """True if there are other charts than before."""
        before = list(self.charts)
        self.hint.setVisible(not board.plots)
        for title in [t for t in self.charts if t not in board.plots]:
            chart = self.charts.pop(title)
            self._column.removeWidget(chart)
            chart.hide()
            chart.deleteLater()
        for title, curves in board.plots.items():
            if title not in self.charts:
                self.charts[title] = Chart(title)
                self.charts[title].set_theme(self.theme)
                self._column.addWidget(self.charts[title])
            self.charts[title].show_curves(curves, ghost.plots.get(title, {}))
        return list(self.charts) != before

    def set_font(self, font: QFont) -> None:
        """The size of all words."""
        self.hint.setFont(font)
        for chart in self.charts.values():
            chart.set_font(font)


class Chart(QWidget):
    """One plot: the words above it say what is up, what is along, and which colour is what."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self.theme = LIGHT
        self.curves: dict[str, Curve] = {}
        self.ghosts: dict[str, Curve] = {}
        self._lines: dict[tuple[bool, str], Any] = {}
        self.words = wrapping("")
        self.words.setTextFormat(Qt.TextFormat.RichText)
        self.words.setContentsMargins(STEP, 0, 0, 0)
        self.plot = pg.PlotWidget()
        self.plot.setMinimumSize(160, 96)
        # its own hint of 480 pixels would make the dock scroll
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.plot.setAccessibleName(title)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(False, False)
        self._item: Any = self.plot.getPlotItem()
        self._item.showGrid(x=True, y=True, alpha=0.15)
        self._item.getAxis("left").setWidth(52)
        self._item.setContentsMargins(0, 0, 6, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.words)
        column.addWidget(self.plot, 1)

    def minimumSizeHint(self) -> QSize:
        """A layout does not ask how many lines the words take at this width, so they would cover the plot."""
        high = self.words.heightForWidth(self.width()) + self.plot.minimumHeight()
        return QSize(self.plot.minimumWidth(), high)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.plot.setBackground(theme.window)
        for side in ("left", "bottom"):
            axis = self._item.getAxis(side)
            axis.setPen(theme.border)
            axis.setTextPen(theme.quiet)
        self._redraw()

    def set_font(self, font: QFont) -> None:
        self.words.setFont(font)
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.85)
        for side in ("left", "bottom"):
            self._item.getAxis(side).setStyle(tickFont=small)
        self._item.getAxis("left").setWidth(int(52 * font.pointSizeF() / 9))

    def show_curves(self, curves: dict[str, Curve], ghosts: dict[str, Curve]) -> None:
        self.curves, self.ghosts = dict(curves), {k: c for k, c in ghosts.items() if not c.faint}
        self._redraw()

    @property
    def colours(self) -> dict[str, str]:
        """By label; references have the quiet colour."""
        own = iter(LINES[self.theme.dark] * (1 + len(self.curves)))
        return {k: self.theme.quiet if c.faint else next(own) for k, c in self.curves.items()}

    def round_of(self, label: str) -> int:
        """How often the colours were used up before this curve took one, modulo three."""
        own = [k for k, c in self.curves.items() if not c.faint]
        return own.index(label) // len(LINES[self.theme.dark]) % len(_ROUNDS) if label in own else 0

    def _redraw(self) -> None:
        if not self.curves:
            return
        first, colours = next(iter(self.curves.values())), self.colours
        self._item.setLogMode(x="x" in first.log, y="y" in first.log)
        wanted = {(True, k): c for k, c in self.ghosts.items()} | {(False, k): c for k, c in self.curves.items()}
        for key in [k for k in self._lines if k not in wanted]:
            self._item.removeItem(self._lines.pop(key))
        for (ghost, name), curve in wanted.items():
            if (ghost, name) not in self._lines:
                self._lines[ghost, name] = self._item.plot([], [], antialias=True)
            dash = Qt.PenStyle.DashLine if ghost else _ROUNDS[self.round_of(name)][1]
            self._draw(self._lines[ghost, name], curve, colours.get(name, self.theme.quiet), dash, ghost)
        self._label(first, colours)

    def _draw(self, line: Any, curve: Curve, colour: str, dash: Qt.PenStyle, ghost: bool) -> None:
        x, y = thinned(curve)
        tint = QColor(colour)
        if ghost:
            tint.setAlpha(_GHOST)
        dots = curve.style == "dots"
        width = 1.0 if curve.faint else 1.8
        line.setPen(None if dots else pg.mkPen(tint, width=width, style=dash))
        line.setSymbol("o" if dots else None)
        line.setSymbolSize(3.5)
        line.setSymbolBrush(tint)
        line.setSymbolPen(None)
        line.setZValue(0 if ghost else 3 if dots else 1 if curve.faint else 2)
        line.setData(x, y)

    def _label(self, first: Curve, colours: dict[str, str]) -> None:
        named = [k for k, c in self.curves.items() if len(self.curves) > 1 and not (c.faint and len(self.curves) > 4)]
        words = [
            f'<span style="color:{colours[k]}">{_ROUNDS[self.round_of(k)][0]}&nbsp;{_whole(k)}</span>' for k in named
        ]
        words += [f'<span style="color:{self.theme.quiet}">┄&nbsp;before</span>'] if self.ghosts else []
        head = f'{escaped(self._title)} <span style="color:{self.theme.quiet}">over {escaped(first.x_axis)}</span>'
        self.words.setText("<br>".join([head, *[" &nbsp;".join(words)] * bool(words)]))
        for axis, side, values in (("x", "bottom", "x"), ("y", "left", "y")):
            if axis in first.log:
                self._item.getAxis(side).setTicks([self._ticks(values, 4 if axis == "x" else 5)])

    def _ticks(self, axis: str, most: int) -> list[tuple[float, str]]:
        """Round ticks for a logarithmic axis."""
        values = [np.asarray(getattr(c, axis), float) for c in [*self.curves.values(), *self.ghosts.values()]]
        known = np.concatenate(values) if values else np.zeros(0)
        known = known[np.isfinite(known) & (known > 0)]
        return log_ticks(known, most) if len(known) else []


def _whole(text: str) -> str:
    """Rich text that shows this text, and never breaks it between two lines."""
    return escaped(text).replace(" ", "&nbsp;")


def thinned(curve: Curve) -> tuple[np.ndarray, np.ndarray]:
    """x and y as they are drawn: finite, positive on a logarithmic axis, not more points than pixels, the last kept."""
    x, y = np.asarray(curve.x, float), np.asarray(curve.y, float)
    good = np.isfinite(x) & np.isfinite(y)
    if "y" in curve.log:
        good &= y > 0
    x, y = x[good], y[good]
    if len(x) > _MOST_POINTS:
        keep = np.unique(np.linspace(0, len(x) - 1, _MOST_POINTS).round().astype(int))
        x, y = x[keep], y[keep]
    if curve.style == "steps" and len(x) > 1:
        half = (x[1] - x[0]) / 2
        x, y = np.repeat(x, 2) + np.tile([-half, half], len(x)), np.repeat(y, 2)
    return x, y
