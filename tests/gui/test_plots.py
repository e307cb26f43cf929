"""Curves below the view and in the Lab, and notices."""

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


def test_good_news_leaves_by_itself_unless_it_asks_something(qtbot):
    from PyQt6.QtWidgets import QWidget
    from shapefield_gui.widgets.notices import Notices

    body = QWidget()
    qtbot.addWidget(body)
    notices = Notices(body, body.rect)
    notices.say("The comparison is done", "noticeGood", "", (("Open the report", lambda: None),))
    notices.say("Saved a.ply", "noticeGood")
    assert [notice.timer.isActive() for notice in notices.shown()] == [False, True]


def _notices(qtbot):
    from PyQt6.QtWidgets import QWidget
    from shapefield_gui.widgets.notices import Notices

    body = QWidget()
    body.resize(800, 600)
    qtbot.addWidget(body)
    body.show()
    return Notices(body, body.rect)


def test_a_fourth_notice_loses_none_and_all_close_at_once(qtbot):
    notices = _notices(qtbot)
    for k in range(5):
        notices.say(f"Fault {k}", "noticeBad")
    assert notices.texts == ["Fault 2", "Fault 3", "Fault 4"]
    take_back = notices.say("Opening …", "noticeBusy")
    take_back()
    notices._remove(notices.shown()[-1])
    assert notices.texts == ["Fault 1", "Fault 2", "Fault 3"], "what was pushed out unread comes back"
    assert notices.close_all.isVisible() and notices.close_all.text() == "Close all 4"
    assert notices.rect().contains(notices.close_all.geometry())
    notices.close_all.click()
    assert notices.texts == [] and not notices.isVisible()


def test_a_notice_stays_in_its_tab_and_waits_there(qtbot):
    notices = _notices(qtbot)
    notices.show_those_of("shape")
    notices.say("No such file", "noticeBad", owner="shape")
    notices.say("Saved run", "noticeGood", owner="nerf")
    assert notices.texts == ["No such file"]
    assert notices.unread("nerf") == 1 and not notices._all[1].timer.isActive(), "nobody has seen it yet"
    notices.show_those_of("nerf")
    assert notices.texts == ["Saved run"] and notices.shown()[0].timer.isActive()
    notices.close_all.click()
    notices.show_those_of("shape")
    assert notices.texts == ["No such file"], "another tab's are not closed with them"


def test_a_note_of_the_engine_is_shown_whole(qtbot):
    from PyQt6.QtGui import QAction
    from shapefield_gui.models.session import FitSession
    from shapefield_gui.widgets.run_bar import RunBar

    from shapefield.events import Notice

    session = FitSession()
    bar = RunBar(session, QAction("Pause"), QAction("Stop"), "", "error")
    qtbot.addWidget(bar)
    bar.resize(500, 104)
    bar.show()
    session.begin()
    long = (
        "the wall of 0.8 mm is thinner than two voxels of 0.55 mm at 256³: take 384³ to hold it, or accept holes there"
    )
    session.take(Notice(long))
    session.take(Notice("the last"))
    bar.refresh()
    qtbot.waitUntil(lambda: bar.note.height() > 2 * bar.note.fontMetrics().height())
    bar.refresh()
    assert bar.note.text() == f"Note: {long}\nNote: the last"
    assert bar.notes.height() >= bar.note.heightForWidth(bar.note.width()) or bar.notes.height() == 96
    assert bar.height() >= bar.notes.height()
    session.move("idle")
