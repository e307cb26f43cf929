"""Nothing stops, changes or waits unasked: F5 in a run, the default of a question, the wheel over a panel."""

from __future__ import annotations

import os
import signal

import pytest
from conftest import fit_started, opened
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QSlider,
    QVBoxLayout,
    QWidget,
)
from shapefield_gui.theme import Themes
from shapefield_gui.view.focus import leave_button
from shapefield_gui.widgets.questions import ask_discard


def _question() -> QMessageBox | None:
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()), None)


def _turn(widget: QWidget) -> bool:
    """One notch of the wheel, down. Whether the widget took it; else Qt passes it on to what lies behind."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle, QPointF(widget.mapToGlobal(middle.toPoint())), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_discard_is_not_what_return_does(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    lost = []
    ask_discard(parent, "fit", lambda: lost.append(1))
    box = parent.findChild(QMessageBox)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not box.isVisible())
    assert lost == []


def test_the_wheel_scrolls_and_changes_only_what_was_clicked(qtbot, qapp):
    themes = Themes(qapp, "light")
    area, inside = QScrollArea(), QWidget()
    column = QVBoxLayout(inside)
    combo, spin, slider = QComboBox(), QDoubleSpinBox(), QSlider(Qt.Orientation.Horizontal)
    combo.addItems(["a", "b", "c"])
    for widget in (combo, spin, slider):
        column.addWidget(widget)
    column.addSpacing(2000)
    spin.setValue(50.0)
    slider.setValue(50)
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.resize(300, 200)
    qtbot.addWidget(area)
    area.show()
    qtbot.waitExposed(area)
    for widget in (combo, spin, slider):
        widget.clearFocus()
        assert not _turn(widget), "the panel does not scroll"
        assert (combo.currentIndex(), spin.value(), slider.value()) == (0, 50.0, 50) and not widget.hasFocus()
    spin.setFocus(Qt.FocusReason.MouseFocusReason)
    qtbot.waitUntil(spin.hasFocus)
    assert _turn(spin)
    assert spin.value() == 49.0
    assert themes.current


@pytest.mark.gl
def test_f5_asks_before_it_stops_a_fit_and_the_button_that_says_stop_does(qtbot, window, torus_file):
    page = opened(qtbot, window, torus_file)
    fit_started(qtbot, page)
    page.actions_by_name["fit"].trigger()
    box = _question()
    assert box is not None and page.work.session.state == "running"
    assert box.defaultButton().text() == "Keep learning"
    box.defaultButton().click()
    assert page.fitting.task is not None and page.work.session.state == "running"
    page.fit_panel.button.click()
    assert page.work.session.state == "finishing"
    qtbot.waitUntil(lambda: page.work.fitted is not None)


@pytest.mark.gl
def test_the_doctor_s_answer_arrives_though_the_next_file_cannot_be_opened(qtbot, window, torus_file, tmp_path):
    page = window.pages[0]
    bad = tmp_path / "bad.obj"
    bad.write_text("v 0 0 0\n")
    window.open_path(torus_file)
    qtbot.waitUntil(lambda: page.work.opened is not None)
    window.open_path(str(bad))  # while the doctor looks
    qtbot.waitUntil(lambda: bool(page.opening.trouble))
    qtbot.waitUntil(lambda: "Closed" in page.input.verdict.text())


@pytest.mark.gl
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL")
def test_a_fit_that_is_killed_before_its_first_checkpoint_promises_none(qtbot, window, torus_file):
    page = opened(qtbot, window, torus_file)
    page.work.plan.changed = {"checkpoint_every": 0.0, "samples": 20_000, "steps": 100_000}
    page.actions_by_name["fit"].trigger()
    qtbot.waitUntil(lambda: bool(page.work.session.curves.steps))
    os.kill(page.work.fitter.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: page.work.session.state == "failed")
    (notice,) = [n for n in window.notices.shown() if "The fit stopped" in n.text]
    assert "resume" not in notice.text and notice.buttons == {}


@pytest.mark.gl
@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="SIGSTOP")
def test_a_file_is_opened_though_the_doctor_still_looks_at_the_one_before(qtbot, window, torus_file, tmp_path):
    page = window.pages[0]
    window.open_path(torus_file)
    qtbot.waitUntil(lambda: page.work.opened is not None and page.work.doctor.pid is not None)
    os.kill(page.work.doctor.pid, signal.SIGSTOP)  # as long as a million faces would take, and longer
    small = tmp_path / "small.obj"
    small.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n")
    window.open_path(str(small))
    qtbot.waitUntil(lambda: page.work.opened.path == str(small))
    qtbot.waitUntil(lambda: "Closed" in page.input.verdict.text())


def test_the_focus_goes_to_the_view_when_a_pressed_button_is_disabled_and_not_to_its_neighbour(qtbot):
    window, view = QWidget(), QLineEdit()
    button, cancel = QPushButton("Export"), QPushButton("Cancel")
    column = QVBoxLayout(window)
    for widget in (view, button, cancel):
        column.addWidget(widget)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    leave_button(view)
    button.setEnabled(False)
    assert view.hasFocus() and not cancel.hasFocus()
