"""A Board as one picture: its images above, its plots below, its facts at the foot. Drawn by Matplotlib, no window."""

from __future__ import annotations

import io
import itertools
import math
import textwrap
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.lab.board import Board, Curve, Image
from shapefield.storage.files import check_replaceable, writing
from shapefield.storage.mark import MARK, Inputs, marked

MAPS = {"grey": "gray", "scale": "viridis", "signed": "RdBu_r"}
LINES = ("#1f6feb", "#b35900", "#17713a", "#8250df", "#b3261e", "#5b6470")
DASHES = ("-", ":", "-.")
"""Of the curves that take the colours for the first, the second and the third time."""
WIDTH = 11.0
"""Inches."""
INK, QUIET, GRID = "#1c2026", "#5b6470", "#d3d7dd"


def write_board(
    board: Board, title: str, see: str, path: str | Path, force: bool = False, source: Inputs = None
) -> None:
    """Write the board as a PNG that carries our mark. Raises OutputError."""
    check_replaceable(path, force, source)
    data = drawn(board, title, see, marked(path, source))
    with writing(path) as file:
        file.write(data)


def drawn(board: Board, title: str, see: str = "", mark: str = MARK) -> bytes:
    """The board as a PNG's bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, plots = _rows(list(board.images.values())), list(board.plots.items())
    plot_columns = 2 if len(plots) in (2, 4) else min(max(len(plots), 1), 3)
    plot_rows = math.ceil(len(plots) / plot_columns)
    fact_rows = math.ceil(len(board.facts) / 2)
    see_lines = textwrap.wrap(see, 118)
    heights = [0.55 + 0.22 * len(see_lines), *(high for *_, high in rows), *[2.9 * plot_rows] * bool(plots)]
    heights.append(0.2 + 0.23 * fact_rows)
    figure = Figure(figsize=(WIDTH, sum(heights)), dpi=110, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    bands: Any = figure.subfigures(len(heights), 1, height_ratios=heights)
    _words(bands[0], title, see_lines)
    for band, (images, columns, _) in zip(bands[1:], rows, strict=False):
        for k, image in enumerate(images):
            _image(band.add_subplot(1, columns, k + 1), image)
    for k, (name, curves) in enumerate(plots):
        _plot(bands[-2].add_subplot(plot_rows, plot_columns, k + 1), name, list(curves.values()))
    for k, fact in enumerate(board.facts.values()):
        column, row = divmod(k, max(1, fact_rows))
        top = 1 - (0.1 + 0.23 * (row + 0.5)) / heights[-1]
        bands[-1].text(0.02 + 0.5 * column, top, fact.name, color=QUIET, size=9, va="center")
        bands[-1].text(0.02 + 0.5 * column + 0.22, top, fact.text, color=INK, size=9, va="center")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": mark})
    return buffer.getvalue()


def _rows(images: list[Image]) -> list[tuple[list[Image], int, float]]:
    """Rows of images, the columns of each and its height in inches; a wide one has a row of its own."""
    wide = [image for image in images if image.wide]
    others = [image for image in images if not image.wide]
    count = len(others)
    columns = count or 1 if count <= 4 else min((4, 3), key=lambda c: -count % c)
    rows = [([image], 1, 0.5 + 0.9 * WIDTH * image.values.shape[0] / image.values.shape[1]) for image in wide]
    return rows + [(others[k : k + columns], columns, 2.85) for k in range(0, count, columns)]


def _words(band: Any, title: str, lines: list[str]) -> None:
    high = 0.55 + 0.22 * len(lines)
    band.text(0.02, 1 - 0.3 / high, title, size=15, weight="bold", color=INK, va="center")
    for k, line in enumerate(lines):
        band.text(0.02, 1 - (0.6 + 0.22 * k) / high, line, size=9.5, color=QUIET, va="center")


def _image(axes: Any, image: Image) -> None:
    low, high = image.limits
    axes.imshow(
        image.values.clip(0, 1) if image.values.ndim == 3 else image.values,
        cmap=MAPS[image.colours],
        vmin=low,
        vmax=high,
    )
    for line in image.lines:
        axes.plot(line[:, 0], line[:, 1], color=INK, linewidth=1.0)
    for (name, dots), colour in zip(image.dots.items(), LINES, strict=False):
        axes.plot(dots[:, 0], dots[:, 1], ".", markersize=3, color=colour, label=name)
    if image.dots:
        below = {"loc": "upper left", "bbox_to_anchor": (0.0, -0.01)}
        axes.legend(fontsize=8, frameon=False, markerscale=2.5, ncols=len(image.dots), **below)
    axes.set_title(image.title, size=9, color=INK)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_color(GRID)


def _plot(axes: Any, name: str, curves: list[Curve]) -> None:
    looks = itertools.cycle(itertools.product(DASHES, LINES))
    for curve in curves:
        dash, colour = ("-", QUIET) if curve.faint else next(looks)
        x, y = np.asarray(curve.x), np.asarray(curve.y)
        if "y" in curve.log:
            x, y = x[y > 0], y[y > 0]
        style: dict[str, Any] = {"color": colour, "linestyle": dash, "linewidth": 0.9 if curve.faint else 1.6}
        if curve.style == "dots":
            style |= {"linestyle": "", "marker": ".", "markersize": 4}
        elif curve.style == "steps":
            style |= {"drawstyle": "steps-mid"}
        axes.plot(x, y, label=curve.label, zorder=4 if curve.style == "dots" else 2 if curve.faint else 3, **style)
    first = curves[0]
    axes.set_xscale("log" if "x" in first.log else "linear")
    axes.set_yscale("log" if "y" in first.log else "linear")
    if "y" in first.log:
        few_decades(axes.yaxis, axes.get_ylim())
    if "x" in first.log:
        few_decades(axes.xaxis, axes.get_xlim())
    axes.set_title(name, size=9, color=INK, loc="left")
    axes.set_xlabel(first.x_axis, size=8, color=QUIET)
    axes.tick_params(labelsize=7.5, colors=QUIET)
    axes.grid(True, color=GRID, linewidth=0.5)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GRID)
    shown = [c for c in curves if not (c.faint and len(curves) > 4)]
    if len(curves) > 1:
        handles, labels = axes.get_legend_handles_labels()
        keep = {c.label for c in shown}
        chosen = [(h, text) for h, text in zip(handles, labels, strict=True) if text in keep]
        axes.legend(
            [h for h, _ in chosen], [text for _, text in chosen], fontsize=7.5, edgecolor="none", framealpha=0.8
        )


def few_decades(axis: Any, limits: tuple[float, float]) -> None:
    """On a logarithmic axis of few decades, label 1, 2 and 5; on one of many, the decades alone."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axis.set_minor_formatter(NullFormatter())
    if math.log10(limits[1] / limits[0]) < 2.5:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
