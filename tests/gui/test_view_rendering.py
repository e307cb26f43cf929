"""What the view sends to its renderer."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter
from shapefield_gui.children import render
from shapefield_gui.children.messages import Draw, Frame, Ready, SetMesh, Trouble, Turntable
from shapefield_gui.models.camera import ViewCamera
from shapefield_gui.models.scene import ErrorScale, ShapeScene
from shapefield_gui.theme import DARK, LIGHT
from shapefield_gui.view import color_bar, overlay
from shapefield_gui.view.focus import Focused
from shapefield_gui.view.marks import Marks
from shapefield_gui.view.rendering import RenderClient


class Listener:
    """In the place of the renderer's process: remembers what it was sent."""

    pid = None

    def __init__(self) -> None:
        self.heard: list[SetMesh] = []

    def send(self, message: SetMesh) -> None:
        self.heard.append(message)


def test_every_mesh_that_is_opened_reaches_the_renderer_though_its_address_was_another_one_s(qapp):
    rendering, scene = RenderClient(), ShapeScene()
    rendering._child = child = Listener()
    scene.listen(lambda _: rendering.set_meshes(scene.meshes))
    sizes = []
    for k in range(1, 40):
        scene.clear()  # the mesh before is gone, and Python gives its place to the next
        scene.set_mesh("original", np.full((3, 3), float(k)), np.array([[0, 1, 2]]))
        rendering._send_meshes(("original",))
        rendering._send_meshes(("original",))
        sizes += [float(mesh.vertices[0, 0]) for mesh in child.heard]
        child.heard.clear()
    rendering._child = None
    assert sizes == [float(k) for k in range(1, 40)]


def test_a_renderer_that_is_slow_to_start_is_waited_for_longer_than_one_that_is_up(qapp, clean):
    rendering = RenderClient()
    rendering._child = child = Listener()
    rendering.draw(Draw(0, 8, 8, 1, ViewCamera().view(1.0), ()))
    assert not rendering._watch.isActive(), "it was asked before it could answer"
    rendering._on_message(child, Ready("test"))
    assert rendering._watch.isActive()
    rendering._child = None
    rendering.close()


def _up(rendering: RenderClient) -> Listener:
    rendering._child = child = Listener()
    rendering._on_message(child, Ready("test"))
    return child


def _drawn(child: Listener) -> Draw:
    return [m for m in child.heard if isinstance(m, Draw)][-1]


def test_a_slow_renderer_is_waited_for_and_draws_smaller_a_stuck_one_is_started_again(qapp, clean, monkeypatch):
    rendering, work, started = RenderClient(), iter((1.0, 3.0, 3.0)), []
    child = _up(rendering)
    monkeypatch.setattr(rendering, "_work", lambda: next(work))
    monkeypatch.setattr(rendering, "restart", started.append)
    rendering.draw(Draw(0, 800, 600, 2, ViewCamera().view(1.0), ()))
    rendering._hung()  # it has worked for two seconds since it was asked
    assert started == [] and rendering._watch.isActive()
    rendering._hung()  # and now not at all
    assert len(started) == 1
    child.heard.clear()
    rendering._flying = None
    monkeypatch.setattr(rendering, "_work", lambda: 0.0)
    rendering._pump()
    assert _drawn(child).width == 200 and _drawn(child).samples == 1
    rendering._child = None
    rendering.close()


def test_what_was_drawn_small_on_a_slow_machine_comes_again_in_full(qapp, clean, monkeypatch):
    rendering = RenderClient()
    child = _up(rendering)
    monkeypatch.setattr(rendering, "_work", lambda: 0.0)
    view, widths = ViewCamera().view(1.0), []

    def answered(seconds: float) -> None:
        drawn = _drawn(child)
        widths.append((drawn.width, drawn.samples))
        rendering._take(Frame(drawn.number, drawn.width, drawn.height, True, False, seconds, drawn))

    rendering.draw(Draw(0, 800, 600, 2, view, ()))
    answered(9.0)
    rendering.draw(Draw(0, 800, 600, 2, view, ()))
    answered(9.0)
    answered(9.0)
    rendering.draw(Draw(0, 800, 600, 2, view, ()))
    answered(0.1)
    assert widths == [(800, 2), (400, 1), (800, 2), (100, 1)]
    for _ in range(3):
        answered(0.1)
    assert widths[-1] == (800, 2) and rendering._flying is None
    rendering._child = None
    rendering.close()


@pytest.mark.parametrize("name", ["missing/turn.gif", "turn.avi"])
def test_a_turntable_that_cannot_be_written_is_told_and_the_renderer_lives(tmp_path, name):
    class Nothing:
        def has(self, key: str) -> bool:
            return False

    events, draw = Listener(), Draw(1, 8, 8, 1, ViewCamera().view(1.0), ("original",))
    job = Turntable(str(tmp_path / name), draw, (0, 0, 1), 2, 20, (0, 0, 0))
    render._Room(Nothing()).answer(job, events)
    (trouble,) = events.heard
    assert isinstance(trouble, Trouble) and name in trouble.message and "\n" not in trouble.message


def test_marks_belong_to_the_picture_that_is_there_and_not_to_the_next_one(qapp):
    scene = ShapeScene()
    for key in ("original", "fitted"):
        scene.set_mesh(key, np.eye(3), np.array([[0, 1, 2]]), error=np.ones(3))

    def painted(panes: tuple[str, ...], mode: str) -> QImage:
        image = QImage(400, 300, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFF)
        painter = QPainter(image)
        Marks(scene).paint(painter, QRectF(image.rect()), LIGHT, Draw(1, 400, 300, 1, view, panes, mode))
        painter.end()
        return image

    view = scene.look.camera.view(4 / 3)
    one, split = painted(("original",), "one"), painted(("original", "fitted"), "split")
    scene.change(mode="side", shading="heat", border=0.8, camera=scene.look.camera.orbited(0.4, 0.2).zoomed(1.5))
    assert painted(("original",), "one") == one, "tripod and scale bar run ahead of the picture"
    assert painted(("original", "fitted"), "split") == split, "the split's line runs ahead of the picture"
    assert painted(("original", "fitted"), "side") != one, "the panes are not named"


def test_the_colours_of_two_views_lie_at_the_foot_where_there_is_room_for_them(qapp):
    marks = color_bar.error_marks(ErrorScale(0.016, 0.037, 0.11))
    assert [text for _, text in marks] == ["≥ 0.0555", "0", "95 %  0.0370", "mean  0.0160"]
    assert color_bar.error_marks(ErrorScale(0.04, 0.07, 0.1))[0] == (1.0, "0.100"), "nothing is off by more"
    for width, places in ((260, None), (460, (340, 430)), (800, (400, 499))):
        image = QImage(width, 500, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFF)
        painter = QPainter(image)
        color_bar.lying(painter, QRectF(image.rect()), "error, mm", marks, LIGHT)
        painter.end()
        rows = [y for y in range(500) if any(image.pixel(x, y) & 0xFFFFFF != 0xFFFFFF for x in range(0, width, 3))]
        assert (places is None) == (not rows)
        assert places is None or places[0] < rows[0] < rows[-1] < places[1], "over the tripod where both have no room"


def test_the_focus_is_outlined_for_who_came_by_keyboard(qtbot):
    class View(Focused):
        def paintEvent(self, event):
            self.paint_focus(QPainter(self), LIGHT)

    view = View()
    qtbot.addWidget(view)
    view.show()
    seen = []
    for reason in (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.TabFocusReason):
        view.clearFocus()
        view.setFocus(reason)
        qtbot.waitUntil(view.hasFocus)
        seen.append(view.grab().toImage().pixelColor(0, 50).name() == LIGHT.accent.lower())
    assert seen == [False, True]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("object_color", ["#000000", "#ffffff", "#440154"])
def test_scale_bar_and_axes_are_seen_on_an_object_of_any_colour(qapp, theme, object_color):
    image = QImage(240, 160, QImage.Format.Format_RGB32)
    image.fill(QColor(object_color))
    painter = QPainter(image)
    overlay.scale_bar(painter, QRectF(image.rect()), 10.0, "mm", theme)
    overlay.tripod(painter, QRectF(image.rect()), np.eye(3), theme)
    painter.end()
    seen = {image.pixelColor(x, y).lightness() for x in range(240) for y in range(160)}
    assert min(seen) < 60 and max(seen) > 200  # ink and rim are there, whatever the object adds
