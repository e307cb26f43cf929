"""What the mouse does in the view: another pivot, the tripod's letters, its menu. And what Help says of the program."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt
from PyQt6.QtGui import QGuiApplication
from shapefield_gui.children.messages import Draw, Frame, Picked
from shapefield_gui.models.camera import ViewCamera
from shapefield_gui.models.scene import ShapeScene
from shapefield_gui.view import overlay
from shapefield_gui.view.rendering import RenderClient
from shapefield_gui.view.viewport import Viewport
from shapefield_gui.widgets.about import show_about

from shapefield import __version__


@pytest.fixture
def view(qtbot, monkeypatch):
    """A view of a triangle whose renderer only notes what is picked."""
    scene, rendering = ShapeScene(), RenderClient()
    scene.set_mesh("original", np.eye(3), np.array([[0, 1, 2]]))
    made = Viewport(scene, rendering)
    made.asked = []
    monkeypatch.setattr(rendering, "pick", made.asked.append)
    qtbot.addWidget(made)
    made.resize(400, 300)
    made.show()
    seen = scene.look.camera.view(4 / 3)
    made.frame = Frame(1, 400, 300, True, False, 0.0, Draw(1, 400, 300, 1, seen, ("original",)))
    yield made
    made._rest.stop()


def test_a_double_click_turns_about_what_lies_there_and_a_click_only_reads_it(qtbot, view):
    before = view.scene.look.camera
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    view._on_pick(Picked(view.asked[-1].number, (0.1, 0.2, 0.3), None, "original"))
    assert view.scene.look.camera == before
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    view._on_pick(Picked(view.asked[-1].number, (0.1, 0.2, 0.3), None, "original"))
    assert view.scene.look.camera.target == (0.1, 0.2, 0.3)
    assert view.scene.look.camera.orbited(0.5, 0.2).target == (0.1, 0.2, 0.3)


def test_a_letter_of_the_tripod_is_looked_along_and_from_behind_the_second_time(qtbot, view):
    def letter(axis: int) -> QPoint:
        right, up, _ = view.scene.look.camera.axes()
        at = QPointF(40, 300 - 40) + QPointF(right[axis] * 32, -up[axis] * 32)
        assert overlay.axis_at(QRectF(view.rect()), view.scene.look.camera.axes(), at) == axis
        return at.toPoint()

    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=letter(0))
    assert view.scene.look.camera.axes()[2] == pytest.approx([1, 0, 0], abs=1e-9) and view.asked == []


@pytest.mark.parametrize("z_up", [False, True])
def test_every_axis_is_looked_along_from_either_end(z_up):
    for axis in range(3):
        one = ViewCamera(z_up=z_up).along(axis)
        assert one.axes()[2] == pytest.approx(np.eye(3)[axis], abs=1e-9)
        assert one.along(axis).axes()[2] == pytest.approx(-np.eye(3)[axis], abs=1e-9)


def test_a_right_click_opens_the_menu_and_a_right_drag_moves(qtbot, view):
    wanted = []
    view.menu_wanted.connect(wanted.append)
    qtbot.mouseClick(view, Qt.MouseButton.RightButton, pos=QPoint(200, 150))
    assert len(wanted) == 1
    qtbot.mousePress(view, Qt.MouseButton.RightButton, pos=QPoint(200, 150))
    qtbot.mouseMove(view, QPoint(240, 150))
    qtbot.mouseRelease(view, Qt.MouseButton.RightButton, pos=QPoint(240, 150))
    assert len(wanted) == 1


def test_about_names_the_versions_and_copies_them(qtbot, view):
    box = show_about(view, "CPU · 2 threads", lambda *_: None)
    text = box.detailedText()
    assert f"shapefield {__version__}" in text and "PyQt 6." in text and "torch " in text and "2 threads" in text
    next(b for b in box.buttons() if b.text() == "Copy for a report").click()
    assert QGuiApplication.clipboard().text() == text
    assert "GPL" in box.informativeText()
