"""Curves below the view and in the Lab, and the engine's notes beside them."""

from __future__ import annotations

import numpy as np
import pytest
from shapefield_gui.colors import LIGHT

COLOUR = np.array([int(LIGHT.first_curve[k : k + 2], 16) for k in (1, 3, 5)])


def _drawn(curve) -> int:
    """How many pixels have the curve's colour."""
    image = curve.grab().toImage().convertToFormat(curve.grab().toImage().Format.Format_RGB888)
    bits = image.bits()
    bits.setsize(image.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine())[:, : 3 * image.width()]
    return int((np.abs(rows.reshape(image.height(), -1, 3).astype(int) - COLOUR).max(axis=-1) < 24).sum())


def test_a_curve_of_one_point_is_seen_and_the_axis_reaches_as_far_as_it_is_told(qtbot):
    from shapefield_gui.widgets.plots import CurvePlot

    curve = CurvePlot("loss")
    qtbot.addWidget(curve)
    curve.resize(300, 90)
    curve.show()
    curve.show_curve([], [])
    assert _drawn(curve) == 0
    curve.show_curve([3.0], [0.5], upto=120.0)
    assert _drawn(curve) > 6
    assert curve.getPlotItem().viewRange()[0][1] >= 120.0


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.0012, 0.06, ["0.003", "0.03"]),
        (3e-5, 0.05, ["0.0001", "0.01"]),
        (0.0062, 0.0091, ["0.0062", "0.0091"]),
        (0.0073, 0.014, ["0.0073", "0.014"]),  # only 0.01 lies between
        (0.02, 0.02, ["0.02"]),
        (0.015, 0.07, ["0.02", "0.05"]),
    ],
)
def test_the_ticks_of_a_log_axis_are_round_and_far_enough_apart_to_be_read(low, high, texts):
    from shapefield_gui.widgets.plots import log_ticks

    ticks = log_ticks(np.array([low, high]), 2)
    assert [text for _, text in ticks] == texts
    assert all(np.isclose(10**at, float(text)) for at, text in ticks)


def test_a_curve_for_every_method_is_told_apart_from_every_other(qtbot):
    from shapefield_gui.lab.charts import Chart

    from shapefield.lab.board import Curve
    from shapefield.methods import METHODS

    chart, x = Chart("error"), np.arange(1.0, 4.0)
    qtbot.addWidget(chart)
    chart.show_curves({name: Curve("error", name, x, x, "seconds") for name in METHODS}, {})
    pens = [line.opts["pen"] for line in chart._lines.values()]
    assert len({(pen.color().name(), pen.style()) for pen in pens}) == len(METHODS)
    marks = [mark for mark in "●○◇" for _ in range(chart.words.text().count(mark))]
    assert len(marks) == len(METHODS) and len(set(marks)) == -(-len(METHODS) // 6)


def test_a_note_of_the_engine_is_shown_whole_and_moves_nothing(qtbot):
    from PyQt6.QtGui import QAction
    from shapefield_gui.models.session import FitSession
    from shapefield_gui.widgets.run_bar import RunBar

    from shapefield.events import Notice

    session = FitSession()
    bar = RunBar(session, QAction("Pause"), QAction("Stop"), "", "error")
    qtbot.addWidget(bar)
    bar.resize(1000, 104)
    bar.show()
    low = bar.height()
    session.begin()
    long = (
        "the wall of 0.8 mm is thinner than two voxels of 0.55 mm at 256³: take 384³ to hold it, or accept holes there"
    )
    session.take(Notice(long))
    session.take(Notice("of 1,477 faces"))
    bar.refresh()
    assert bar.note.text() == f"Note: {long}\nNote: of 1\u202f477 faces"
    qtbot.waitUntil(lambda: bar.note.height() >= bar.note.heightForWidth(bar.note.width()))
    assert bar.notes.verticalScrollBar().maximum() == 0, "it need not even be scrolled"
    assert bar.height() == low, "what lies above has moved"
    session.move("idle")
