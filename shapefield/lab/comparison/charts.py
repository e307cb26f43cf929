"""Error against time, one curve a method, as SVG."""

from __future__ import annotations

import io

from shapefield.lab.comparison.curves import READ
from shapefield.lab.comparison.plan import MESH
from shapefield.lab.comparison.rows import Line
from shapefield.lab.drawing import few_decades
from shapefield.methods import METHODS

WIDTH, HEIGHT = 7.2, 3.6
"""Inches of the chart; an SVG scales."""
DASHES = ("-", "--", "-.", ":")


def curves_svg(found: list[Line], ink: str = "#6b7280") -> str:
    """SVG of the lines' curves on a logarithmic axis of time (and of error); "" where there is none.

    Colours are from a palette that the colour-blind can tell apart, and the curves differ in dashes too.
    """
    drawn = [line for line in found if len(line.curve) > 1]
    if not drawn:
        return ""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    kind = drawn[0].first.case.input.kind
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "shapefield", "font.size": 9.0}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        figure.patch.set_alpha(0.0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0.0)
        colours = matplotlib.color_sequences["petroff10"]
        for line in drawn:
            seconds, values = zip(*line.curve, strict=True)
            place = list(METHODS).index(line.method)  # so that a method looks the same in every chart
            dash, colour = DASHES[place % len(DASHES)], colours[place % len(colours)]
            axes.plot(seconds, values, dash, color=colour, label=line.method, linewidth=1.6)
        axes.set_xscale("log")
        few_decades(axes.xaxis, axes.get_xlim())
        axes.xaxis.set_major_formatter("{x:g}")
        if kind == MESH:
            axes.set_yscale("log")
            few_decades(axes.yaxis, axes.get_ylim())
        axes.set_xlabel("seconds of training", color=ink)
        axes.set_ylabel(READ[kind], color=ink)
        axes.tick_params(colors=ink, which="both")
        axes.grid(True, which="major", color=ink, alpha=0.2, linewidth=0.6)
        for side in axes.spines.values():
            side.set_color(ink)
            side.set_alpha(0.4)
        axes.legend(frameon=False, labelcolor=ink, loc="center left", bbox_to_anchor=(1.0, 0.5))
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
