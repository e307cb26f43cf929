"""The curves below the view."""

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
    from shapefield_gui.widgets.plots import Curve

    curve = Curve("loss")
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
