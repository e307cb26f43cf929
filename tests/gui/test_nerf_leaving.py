"""What a trained scene gives away: films that can be cancelled, points, a cropped mesh; and how one comes in."""

import numpy as np
import pytest
from conftest import open_scene
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent

from shapefield.events import Notice
from shapefield.mesh.reading import read
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.pipeline import train


@pytest.fixture(scope="module")
def run(dataset, tmp_path_factory):
    """A RUN folder of the ring, trained without a window."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    config = NerfConfig(steps=150, preview_every=0.0)
    for _ in train(dataset, config, run=folder, options={"coarse": 16, "fine": 40, "growths": 1}):
        pass
    return str(folder)


@pytest.fixture
def page(qtbot, window, run):
    """The tab with the trained run open."""
    page = open_scene(qtbot, window, run)
    qtbot.waitUntil(lambda: page.work.scene.trained is not None)
    return page


def _saved(qtbot, page):
    qtbot.waitUntil(lambda: page.exporting.task is None)


def test_a_film_that_is_cancelled_leaves_no_file(qtbot, window, page, tmp_path):
    panel = page.path_panel
    page.layout_of_docks.docks["Path"].raise_()
    panel.frames.setValue(600)
    qtbot.waitUntil(lambda: len(page.filming.cameras) == 600 and page.actions_by_name["film"].isEnabled())
    folder = tmp_path / "films"
    folder.mkdir()
    page.filming.film(str(folder / "long.mp4"))
    assert not page.actions_by_name["film"].isEnabled()
    qtbot.waitUntil(lambda: " of 600" in panel.line.text.text() and list(folder.iterdir()) != [])
    qtbot.mouseClick(panel.line.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.filming.task is None)
    assert list(folder.iterdir()) == []
    assert any("cancelled" in text for text in window.notices.texts)
    assert panel.line.isHidden() and page.actions_by_name["film"].isEnabled()


def test_points_are_coloured_and_lie_on_the_ring(qtbot, page, tmp_path):
    page.mesh_panel.resolution.setCurrentIndex(0)
    page.exporting.save_mesh(str(tmp_path / "points.ply"), 4000)
    _saved(qtbot, page)
    header, _, body = (tmp_path / "points.ply").read_bytes().partition(b"end_header\n")
    assert b"element vertex 4000" in header and b"property uchar red" in header and b"element face" not in header
    kinds = [("at", "<f4", 3), ("normal", "<f4", 3), ("rgb", "u1", 3)]
    points = np.frombuffer(body, dtype=kinds)
    tube = np.hypot(np.linalg.norm(points["at"][:, :2], axis=1) - 30.0, points["at"][:, 2])
    assert abs(tube - 12.0).mean() < 2.0
    red = points["rgb"][:, 0].astype(int) > points["rgb"][:, 2]
    assert (red == (points["at"][:, 0] > 0)).mean() > 0.9


def test_a_face_of_the_crop_box_is_dragged_and_the_mesh_ends_there(qtbot, page, tmp_path):
    scene, view = page.work.scene, page.view
    page.layout_of_docks.docks["Mesh"].raise_()
    page.actions_by_name["top"].trigger()
    qtbot.waitUntil(lambda: view.crop_shown)
    view.repaint()
    handle = next(h for h in view._handles if (h.axis, h.high) == (0, False))
    whole, start = scene.low.copy(), handle.at.toPoint()
    along = QPoint(round(30.0 * handle.way.x()), round(30.0 * handle.way.y()))
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for share in (0.3, 0.7, 1.0):
        qtbot.mouseMove(view, start + along * share)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + along)
    assert scene.low[0] == pytest.approx(whole[0] + 30.0, abs=1.0)
    assert np.array_equal(scene.low[1:], whole[1:])
    cut = float(scene.low[0])
    page.mesh_panel.resolution.setCurrentIndex(0)
    page.exporting.save_mesh(str(tmp_path / "part.ply"))
    _saved(qtbot, page)
    low, high = read(str(tmp_path / "part.ply")).bounds
    assert low[0] == pytest.approx(cut, abs=1.5) and high[0] == pytest.approx(42.0, abs=4.0)
    page.actions_by_name["uncrop"].trigger()
    assert np.allclose(scene.low, whole) and page.mesh_panel.config().crop is None


def test_a_dropped_dataset_is_opened_and_a_mesh_is_left_to_the_other_tab(qtbot, window, dataset, torus_file):
    page = next(p for p in window.pages if hasattr(p, "filming"))

    def drop(path):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(path)])
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, left, none))

    drop(torus_file)
    assert page.opening.task is None
    drop(dataset)
    qtbot.waitUntil(lambda: page.work.scene.opened is not None and page.opening.task is None)
    assert page.work.scene.opened.source == dataset and len(page.work.scene.thumbnails) == 20


def test_what_training_notes_is_read_below_its_progress(page):
    session, bar = page.work.session, page.run_bar
    assert bar.notes.isHidden()
    session.begin()
    session.take(Notice("the box comes from the silhouettes"))
    session.take(Notice("the budget holds 12 steps on this machine"))
    bar.refresh()
    assert not bar.notes.isHidden()
    assert bar.note.text().splitlines() == [f"Note: {note}" for note in session.notices], "whole, in order"
    session.move("idle")


def test_advanced_options_are_seen_when_they_are_opened(qtbot, window, page):
    """In a window that is not high enough for them."""
    window.resize(1366, 700)
    panel, scroll = page.train_panel, page.layout_of_docks.docks["Train"].widget()
    panel.advanced.toggle.click()
    qtbot.waitUntil(lambda: scroll.verticalScrollBar().value() > 0)
    top = panel.advanced.mapTo(scroll.viewport(), QPoint()).y()
    assert 0 <= top < scroll.viewport().height() / 2
