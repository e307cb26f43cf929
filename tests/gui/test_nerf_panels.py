"""The NeRF tab's panels by themselves, without children: words, sizes, order."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QImage
from shapefield_gui.engine import EngineTask
from shapefield_gui.nerf import marks
from shapefield_gui.nerf.children import jobs
from shapefield_gui.nerf.children.jobs import _rated, open_scene
from shapefield_gui.nerf.children.records import Looked, OpenedScene, PosedView, PosesFound
from shapefield_gui.nerf.free_view import FreeView
from shapefield_gui.nerf.models.scene import NerfScene, title_of
from shapefield_gui.nerf.models.session import TrainSession
from shapefield_gui.nerf.panels.heldout_panel import HeldOutPanel
from shapefield_gui.nerf.panels.mesh_panel import MeshPanel
from shapefield_gui.nerf.panels.path_panel import PathPanel
from shapefield_gui.widgets import thumbnails
from shapefield_gui.widgets.run_bar import RunBar
from shapefield_gui.widgets.start_page import StartPage

from shapefield.errors import InputError
from shapefield.events import Done, Progress, Stage
from shapefield.nerf.cameras import Camera


@pytest.fixture
def panel(qtbot):
    scene = NerfScene()
    panel = PathPanel(scene, QAction("Add keyframe"), QAction("Export video"))
    qtbot.addWidget(panel)
    return panel


def _keyframe(x: float) -> Camera:
    pose = np.eye(4)
    pose[0, 3] = x
    return Camera(pose, 50.0, 50.0, 32.0, 24.0, 64, 48)


def _order(panel) -> list[float]:
    return [k.position[0] for k in panel.scene.keyframes]


def test_no_text_of_a_task_widens_its_panel(panel):
    before = panel.minimumSizeHint().width()
    task = EngineTask(1, "film", lambda _: None)
    panel.line.follow(task, "Frame")
    for done in (0.5, 299.0, 9999.0):
        task.said.emit(Progress("render", done, 10_000, rate=0.01))
        assert panel.minimumSizeHint().width() == before, panel.line.text.text()


def test_units_that_say_nothing_are_a_percentage(panel):
    task = EngineTask(1, "export", lambda _: None)
    panel.line.follow(task, "Extracting", counted=False)
    task.said.emit(Progress("colours", 20_368, 92_610))
    assert panel.line.text.text() == "Extracting 22 %"


def test_the_first_frame_tells_nothing_about_the_time_left(monkeypatch):
    moments = iter([0.0, 0.3, 0.31, 0.32])  # when it begins, and after every frame
    monkeypatch.setattr(jobs, "time", SimpleNamespace(perf_counter=lambda: next(moments)))
    first, *_, last = _rated(iter([Progress("render", done, 10) for done in (1, 2, 3)]))
    assert first.eta is None
    assert last.eta == pytest.approx(0.07), "at the first frame's speed it would be 2.4 s"


def test_keyframes_are_chosen_as_they_are_placed_and_change_places(qtbot, panel):
    for x in (1.0, 2.0, 3.0):
        panel.scene.add_keyframe(_keyframe(x))
    assert panel.list.currentRow() == 2, "Remove has something to remove"
    earlier, later = panel.order_buttons
    qtbot.mouseClick(earlier, Qt.MouseButton.LeftButton)
    assert _order(panel) == [1, 3, 2] and panel.list.currentRow() == 1
    for _ in range(3):
        qtbot.mouseClick(earlier, Qt.MouseButton.LeftButton)
    assert _order(panel) == [3, 1, 2] and panel.list.currentRow() == 0
    qtbot.mouseClick(later, Qt.MouseButton.LeftButton)
    assert _order(panel) == [1, 3, 2]
    qtbot.mouseClick(panel.drop_button, Qt.MouseButton.LeftButton)
    assert _order(panel) == [1, 2]


def test_before_a_scene_is_open_a_panel_says_what_comes_and_offers_nothing_that_does_nothing(qtbot):
    keyframe = QAction("Add keyframe")
    keyframe.setEnabled(False)
    early = PathPanel(NerfScene(), keyframe, QAction("Export video"))
    scene = NerfScene()
    mesh = MeshPanel(scene, [], QAction("Reset crop box"))
    for widget in (early, mesh):
        qtbot.addWidget(widget)
    assert not early.add_button.isEnabled()
    keyframe.setEnabled(True)
    assert early.add_button.isEnabled()
    assert mesh.crop.isHidden() and not mesh.hint.isHidden()
    views = (PosedView("a", "train", _keyframe(0.0)),)
    scene.open(OpenedScene("data", views, np.zeros(3), 1.0, np.array([0.0, 0.0, 1.0])))
    assert not mesh.crop.isHidden() and not mesh.hint.isHidden(), "it is open, and not trained"


def test_the_stages_are_those_of_a_scene(qtbot):
    session = TrainSession()
    session.begin()
    for name, words in (("load", "Reading the pictures"), ("frame", "Finding the box")):
        session.take(Stage(name))
        assert session.stage_text == words
    bar = RunBar(session, QAction("Pause"), QAction("Stop"), "", "PSNR")
    qtbot.addWidget(bar)
    session.take(Stage("training"))
    session.take(Progress("training", 150, 1074, rate=65.3, losses={"colour": 0.00137}))
    bar.refresh()
    parts = bar.detail.text().split("  ·  ")
    assert len(parts) == 5 and not any(" " in part for part in parts), "a line may break inside a number and its unit"
    assert any(part.endswith("steps/\u2060s") for part in parts), "nor after the slash"
    bar._clock.stop()
    bar._due.stop()


def test_held_out_figures_say_of_how_many_pictures_and_empty_boxes_are_as_wide_as_the_truth(qtbot):
    panel = HeldOutPanel()
    qtbot.addWidget(panel)
    views = (PosedView("a", "test", _keyframe(0.0)),)
    panel.offer(OpenedScene("data", views, np.zeros(3), 1.0, np.array([0.0, 0.0, 1.0])), [0])
    panel.show_truth(np.zeros((90, 160, 4), np.uint8))
    assert len({box.heightForWidth(160) for box in panel.boxes.values()}) == 1
    panel.show_report({"psnr": 33.71, "ssim": 0.984, "count": 1})
    assert (panel.figures.text("count"), panel.figures.text("mean")) == ("1", "33.7 dB")
    panel.clear()
    assert panel.figures.text("count") == "–"


def test_a_thumbnail_that_is_made_later_appears_on_every_start_page(qtbot, tmp_path):
    path = str(tmp_path / "ring.ply")
    page = StartPage("Drop a mesh here", "PLY")
    qtbot.addWidget(page)
    page.show_files("recent", [("gone", str(tmp_path / "gone.ply"))])
    page.show_files("recent", [("ring", path)])
    picture = QImage(136, 96, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    thumbnails.keep(str(tmp_path / "gone.ply"), picture)  # its button is no more
    thumbnails.keep(path, picture)
    shown = page._placed["recent"][path].icon().pixmap(136, 96).toImage()
    assert shown.pixelColor(shown.rect().center()).name() == "#ff0000"


def test_photographs_without_poses_are_posed_when_they_are_opened(dataset, tmp_path, monkeypatch):
    from shapefield.nerf.photos import posing

    photographs = tmp_path / "fox"
    photographs.mkdir()
    for picture in sorted((Path(dataset) / "train").glob("*.png"))[:3]:
        shutil.copy(picture, photographs)
    with pytest.raises(InputError, match="nerf poses"):
        list(open_scene(str(photographs)))

    def pose(source, scene, config=None, force=False):
        yield Stage("features", "3 photographs")
        shutil.copytree(dataset, scene)
        return {"registered": 3, "photographs": 3, "error": 0.5, "focal": [40.0], "points": 9, "left_out": {}}

    monkeypatch.setattr(posing, "pose", pose)
    posed = tmp_path / "posed" / "fox"
    events = list(open_scene(str(photographs), str(posed)))
    (told,) = [e for e in events if isinstance(e, PosesFound)]
    assert told.lines[0].startswith("3 of 3 photographs")
    opened = next(e for e in events if isinstance(e, OpenedScene))
    assert opened.source == str(posed) and title_of(opened.source) == "fox" and isinstance(events[-1], Done)


def test_a_new_picture_paints_no_camera_anew_and_a_turned_view_all(qtbot, monkeypatch):
    scene = NerfScene()
    view = FreeView(scene)
    qtbot.addWidget(view)
    view.resize(300, 200)
    painted = []
    real = marks.paint_frusta
    monkeypatch.setattr(marks, "paint_frusta", lambda *given, **more: painted.append(real(*given, **more)))
    views = tuple(PosedView(str(k), "train", _keyframe(float(k))) for k in range(3))
    scene.open(OpenedScene("data", views, np.zeros(3), 1.0, np.array([0.0, 0.0, 1.0])))
    view.take(_picture(1, 40), scene.stand)
    before = view.grab().toImage()
    count = len(painted)
    assert count
    view.take(_picture(2, 200), scene.stand)
    view.set_progress(0.5)
    after = view.grab().toImage()
    assert len(painted) == count and before != after, "the picture is another one, the cameras are not"
    scene.move(scene.stand.turned(scene.room, "top"))
    view.take(_picture(3, 200), scene.stand)
    view.grab()
    assert len(painted) > count


def _picture(number, grey):
    return Looked(number, np.full((20, 30, 4), grey, np.uint8), 1, 0.1, 1)
