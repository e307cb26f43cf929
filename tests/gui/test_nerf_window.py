"""The NeRF scene tab in the real window with its real children: open, train, look, film, export, close."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import numpy as np
import pytest
from conftest import open_scene
from PIL import Image, ImageSequence
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QMessageBox
from shapefield_gui import paths
from shapefield_gui.models import runs
from shapefield_gui.nerf.models.runs import KeptSceneRun


def _train(page, **options):
    for name, value in options.items():
        page.work.plan.override(name, value)
    page.actions_by_name["train"].trigger()
    assert page.training.task is not None


def _done(qtbot, page):
    qtbot.waitUntil(lambda: page.training.task is None)
    assert page.work.session.state == "done", page.work.session.message


def _settled(qtbot, page):
    """Wait until the free view shows where one stands now, at half its size or sharper."""

    def there():
        looked = page.view.looked
        return looked is not None and looked.number == page.looking._number and looked.factor <= 2

    qtbot.waitUntil(there)
    return page.view.looked.picture


def _film(qtbot, page, path, frames):
    page.path_panel.frames.setValue(frames)
    qtbot.waitUntil(lambda: len(page.filming.cameras) == frames)
    page.filming.film(str(path))
    qtbot.waitUntil(lambda: page.filming.task is None)


def test_open_train_look_film_export(qtbot, window, dataset, tmp_path):
    page = open_scene(qtbot, window, dataset)
    scene, view, a = page.work.scene, page.view, page.actions_by_name
    assert page.start.isHidden() or not page.start.isVisible()
    assert (len(scene.opened.views), len(scene.thumbnails)) == (20, 20)
    assert page.scene_panel.figures.text("held") == "4"
    view.repaint()
    assert len(view._frusta) == 20 and sum(f.held_out for f in view._frusta) == 4
    frustum = view._frusta[-1]
    middle = frustum.quad.boundingRect().center().toPoint()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=middle)
    assert scene.stand.view is scene.opened.views[frustum.index]
    a["fit_view"].trigger()
    assert scene.stand.view is None

    seen = []
    view.shown.connect(lambda looked: seen.append((looked.step, looked.number)))
    _train(page, steps=150)
    boxes = page.heldout.boxes
    assert boxes["truth"].image is not None and boxes["view"].image is None, "what it will be compared with"
    assert view.hint.startswith("The first picture comes")
    qtbot.waitUntil(lambda: bool(seen))
    assert page.training.task is not None, "nothing was seen before the end"
    before, step = page.looking._number, page.view.looked.step
    start = QPoint(view.width() // 2, view.height() // 2)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, start + QPoint(120, 10))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(120, 10))
    qtbot.waitUntil(lambda: seen[-1][1] > before)
    _done(qtbot, page)
    assert seen[-1][0] > step
    qtbot.waitUntil(lambda: page.run_bar.error.points >= 1 and page.run_bar.loss.points >= 1)
    qtbot.waitUntil(lambda: page.heldout.shown is not None)
    assert page.heldout.shown.psnr > 15.0
    assert page.heldout.figures.text("mean").endswith("dB")

    a["fit_view"].trigger()
    picture = _settled(qtbot, page).astype(int)
    assert 0.02 < (picture[..., 3] > 128).mean() < 0.6, "the ring is not in the picture, or is all of it"
    solid = picture[picture[..., 3] > 250]
    assert (solid[:, 0] > solid[:, 2] + 60).any() and (solid[:, 2] > solid[:, 0] + 60).any(), (
        "its colours are not there"
    )
    a["front"].trigger()
    front = _settled(qtbot, page).astype(int)
    assert (abs(front - picture).sum(axis=2) > 60).mean() > 0.02, "the camera moved and the picture did not"
    a["depth"].trigger()
    assert not np.array_equal(_settled(qtbot, page), front)
    near, far = view.looked.span
    assert 0 < near < far
    a["colour"].trigger()

    page.path_panel.width_box.setCurrentIndex(0)
    _film(qtbot, page, tmp_path / "path.gif", 6)
    with Image.open(tmp_path / "path.gif") as film:
        frames = [np.asarray(f.convert("RGB")).astype(int) for f in ImageSequence.Iterator(film)]
    assert len(frames) == 6 and frames[0].shape[1] == 160
    assert abs(frames[0] - frames[3]).mean() > 1.0, "the film stands still"
    _film(qtbot, page, tmp_path / "path.mp4", 2)
    assert (tmp_path / "path.mp4").read_bytes()[4:8] == b"ftyp"
    assert [p.name for p in tmp_path.glob(".*")] == [], "a half-written file was left"

    page.mesh_panel.resolution.setCurrentIndex(0)
    scene.set_crop(0, False, 0.0)
    page.actions_by_name["to_shape"].trigger()
    shape = window.pages[0]
    qtbot.waitUntil(lambda: shape.work.opened is not None)
    low, high = shape.work.opened.mesh.bounds
    assert low[0] == pytest.approx(0.0, abs=1.5), "the crop box was not respected"
    assert high == pytest.approx([42, 42, 12], abs=4.0)
    assert shape.work.opened.mesh.colors is not None
    assert window.page is shape

    a["copy_command"].trigger()
    assert QGuiApplication.clipboard().text() == f"shapefield nerf train {dataset} -o RUN --steps 150"
    kept = tmp_path / "kept"
    page.exporting.save_run(str(kept))
    qtbot.waitUntil((kept / "run.json").is_file)
    window.open_path(str(kept))
    qtbot.waitUntil(lambda: scene.trained is not None and scene.trained.folder == str(kept))
    assert window.page is page
    a["fit_view"].trigger()
    assert (_settled(qtbot, page)[..., 3] > 128).mean() > 0.02


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL")
def test_a_killed_training_is_told_and_resumed_and_a_paused_one_can_be_looked_at(qtbot, window, dataset):
    page = open_scene(qtbot, window, dataset)
    _train(page, steps=20_000, checkpoint_every=0.3)
    run = page.work.run
    qtbot.waitUntil(lambda: run.checkpoint.is_file() and page.view.looked is not None)
    page.actions_by_name["pause"].trigger()
    qtbot.waitUntil(lambda: page.work.session.state == "paused")
    page.actions_by_name["top"].trigger()
    number = page.looking._number
    qtbot.waitUntil(lambda: page.view.looked.number >= number)
    held = page.view.looked.step
    os.kill(page.work.trainer.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: page.work.session.state == "failed")
    assert any("training stopped" in text for text in window.notices.texts)
    assert run.interrupted
    page.training.resume(run)
    qtbot.waitUntil(lambda: any("resumed at step" in n for n in page.work.session.notices))
    qtbot.waitUntil(lambda: page.view.looked is not None and page.view.looked.step > held // 2)
    page.training.stop()
    _done(qtbot, page)
    assert not run.checkpoint.exists() and run.field.is_file()
    os.kill(page.work.trainer.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: any("started again" in text for text in window.notices.texts))
    page.view.forget()
    page.actions_by_name["front"].trigger()
    qtbot.waitUntil(lambda: page.view.looked is not None)


def test_what_is_no_dataset_gets_one_line(qtbot, window, dataset, tmp_path):
    (tmp_path / "empty").mkdir()
    bad = tmp_path / "bad" / "transforms.json"
    bad.parent.mkdir()
    bad.write_text("{not json")
    for path in (tmp_path / "empty", bad):
        window.open_path(str(path))
        qtbot.waitUntil(lambda path=path: any(path.name in t for t in window.notices.texts))
    assert all("Traceback" not in text and "fault" not in text for text in window.notices.texts)
    page = next(p for p in window.pages if hasattr(p, "looking") and hasattr(p, "filming"))
    assert page.work.scene.opened is None and page.start.isVisible()
    assert Path(page.opening.settings.value("nerf/folder")).is_dir()
    window.open_path(dataset)
    assert page.making.isVisible() and page.making.text.text() == "Opening ring …"
    open_scene(qtbot, window, dataset)
    assert window.notices.texts == [], "the complaint outlives what it was about"


def test_closing_asks_and_stop_and_save_leaves_a_run_to_resume(qtbot, window, dataset):
    page = open_scene(qtbot, window, dataset)
    _train(page, steps=20_000)
    qtbot.waitUntil(lambda: bool(page.work.session.curves.steps))
    run = page.work.run
    assert not window.close() and window.isVisible()
    box = page.findChild(QMessageBox)
    next(b for b in box.buttons() if b.text() == "Stop and save").click()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert runs.interrupted(paths.scene_runs(), KeptSceneRun) == [run]
