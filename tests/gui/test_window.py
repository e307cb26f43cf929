"""The real window with its real children: open, fit, look, cut, extract, export, close."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import fit_started, opened
from imageio_ffmpeg import get_ffmpeg_exe
from PyQt6.QtCore import QPoint, Qt, QTimer
from PyQt6.QtGui import QGuiApplication
from shapefield_gui.children.shading import EDGE
from shapefield_gui.widgets import thumbnails

from shapefield.storage.files import lock

pytestmark = pytest.mark.gl


def _fit(qtbot, page, budget=4.0, resolution=64):
    page.work.plan.set(budget=budget, resolution=resolution)
    page.actions_by_name["fit"].trigger()
    assert page.work.session.active
    qtbot.waitUntil(lambda: page.work.fitted is not None or page.work.session.state == "failed")
    assert page.work.session.state == "done", page.work.session.message


def _pixels(viewport):
    """(h, w, 3) of the widget as it is painted."""
    image = viewport.grab().toImage().convertToFormat(viewport.grab().toImage().Format.Format_RGB888)
    bits = image.bits()
    bits.setsize(image.sizeInBytes())
    rows = np.frombuffer(bits, np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)


def _edge_pixels(viewport):
    """How many pixels have about the colour of edges."""
    return int((abs(_pixels(viewport) - EDGE).sum(axis=2) < 24).sum())


def _settled(qtbot, viewport):
    """Wait until the view rests: the picture is the doubled one."""
    qtbot.waitUntil(lambda: viewport.frame is not None and viewport.frame.draw.samples == 2)


def _vase(path, rim):
    """A cup of `rim` sides that stands on the origin, z up, open above: one sheet, its faces outward."""
    angle = np.arange(rim) * 2 * np.pi / rim
    rings = [(10 * np.cos(a), 10 * np.sin(a), z) for z in (0, 40) for a in angle]
    wall = [(k, (k + 1) % rim, rim + (k + 1) % rim, rim + k) for k in range(rim)]
    floor = tuple(reversed(range(rim)))
    lines = [f"v {x:.6f} {y:.6f} {z}" for x, y, z in rings]
    lines += ["f " + " ".join(str(k + 1) for k in face) for face in (*wall, floor)]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_an_open_vase_stands_and_the_colour_of_its_inside_is_explained(qtbot, window, torus_file, tmp_path):
    page = opened(qtbot, window, _vase(tmp_path / "vase.obj", 48))
    view = page.viewport
    assert page.work.scene.look.camera.z_up, "it lies"
    qtbot.waitUntil(lambda: "marks" in page.work.scene.meshes)
    page.actions_by_name["original"].trigger()
    qtbot.waitUntil(lambda: view.frame.draw.panes == ("original",))
    _settled(qtbot, view)
    assert view.marks.backs
    view.look("bottom")
    qtbot.waitUntil(lambda: not view.marks.backs)

    window.open_path(torus_file)
    qtbot.waitUntil(lambda: page.work.opened.path == torus_file)
    assert not page.work.scene.look.camera.z_up, "an OBJ file that does not tell has y up"
    page.actions_by_name["z_up"].trigger()
    window.open_path(str(tmp_path / "vase.obj"))
    qtbot.waitUntil(lambda: page.work.opened.path != torus_file)
    window.open_path(torus_file)
    qtbot.waitUntil(lambda: page.work.opened.path == torus_file)
    assert page.work.scene.look.camera.z_up, "the choice is forgotten"


def test_open_fit_look_cut_export_close(qtbot, window, torus_file, tmp_path):
    page = opened(qtbot, window, torus_file)
    work, view, a = page.work, page.viewport, page.actions_by_name
    qtbot.waitUntil(lambda: "Closed" in page.input.verdict.text())
    assert not any("Opening" in text for text in window.notices.texts), "it is open"
    assert page.input.figures.text("faces").replace("\u202f", "") == "1600"
    assert page.input.figures.text("extent").startswith("84.0 × 84.0 × 24.0")

    previews, stalls = [], _Stalls(window)
    page.fitting.previewed.connect(previews.append)
    _fit(qtbot, page)
    worst = stalls.end()
    assert worst < 0.2, f"the event loop stood still for {1000 * worst:.0f} ms"
    assert previews, "the surface was not shown while it was learnt"
    assert page.run_bar.loss.points >= 1

    assert work.scene.look.mode == "fitted"
    mean = work.fitted.report["quality"]["input"]["mean"]
    assert mean < 1.0  # of 84 mm
    assert page.quality.figures.text("mean").endswith("units")

    _settled(qtbot, view)
    a["heat"].trigger()
    qtbot.waitUntil(lambda: view.frame.draw.shading == "heat" and view.frame.draw.samples == 2)
    hue = _pixels(view)[view.height() // 4 : -view.height() // 4]
    spread = hue.max(axis=2) - hue.min(axis=2)
    assert (spread > 40).mean() > 0.02, "the heat-map has no colour"

    qtbot.waitUntil(lambda: page.cut.shown is not None)
    values = page.cut.shown
    middle = values[values.shape[0] // 2, values.shape[1] // 2]
    assert values.min() < 0 < middle, "the torus has a hole in its middle and is solid in its ring"
    before = values.copy()
    page.cut.step(4)
    qtbot.waitUntil(lambda: not np.array_equal(page.cut.shown, before))

    for suffix in ("ply", "glb"):
        out = tmp_path / f"out.{suffix}"
        page.exporting.save_mesh(str(out))
        qtbot.waitUntil(out.is_file)
    from shapefield.mesh.reading import read

    mesh = read(tmp_path / "out.ply")
    low, high = mesh.bounds
    assert np.allclose(high - low, [84, 84, 24], atol=2.0)
    assert mesh.volume == pytest.approx(2 * np.pi**2 * 30 * 12**2, rel=0.05)

    report, html = tmp_path / "r.json", tmp_path / "r.html"
    with lock(report):
        page.exporting.save_json(str(report))
    assert not report.exists() and "another shapefield run" in window.notices.texts[-1]
    page.exporting.save_json(str(report))
    assert json.loads(report.read_text())["quality"]["mean"] > 0
    page.exporting.save_page(str(html))
    qtbot.waitUntil(html.is_file)
    assert html.read_text().count("data:image/png;base64,") == 3

    field = tmp_path / "t.field"
    page.exporting.save_field(str(field))
    qtbot.waitUntil(field.is_file)
    assert field.stat().st_size == os.stat(work.fitted.field).st_size

    a["copy_command"].trigger()
    assert QGuiApplication.clipboard().text() == f"shapefield fit {torus_file} --budget 4s --resolution 64"

    faces = len(work.fitted.mesh.faces)
    page.surface.resolution.setCurrentIndex(page.surface.resolution.findData(96))
    page.surface.button.click()
    qtbot.waitUntil(lambda: not page.results.extracting)
    assert len(work.fitted.mesh.faces) > 1.5 * faces

    page.surface.crop.switch.setChecked(True)
    page.surface.crop.edges[3].setValue(0.0)
    assert work.scene.look.crop is not None
    page.surface.button.click()
    qtbot.waitUntil(lambda: not page.results.extracting)
    low, high = work.fitted.mesh.bounds
    assert high[0] == pytest.approx(0.0, abs=0.05) and low[0] == pytest.approx(-42, abs=1.0)
    assert work.fitted.mesh.volume == pytest.approx(np.pi**2 * 30 * 12**2, rel=0.05)
    assert "quality" not in work.fitted.report, "half a torus is not to be measured against a whole one"
    assert page.command().endswith("--resolution 96 --crop -42 -42 -12 0 42 12")

    page.surface.crop.switch.setChecked(False)
    kept, wide = len(work.results.entries), page.surface.level.maximum() / 2
    page.surface.slide.setValue(50)  # the surface follows the hand, and the list keeps only what was asked for
    qtbot.waitUntil(lambda: work.fitted.mesh.bounds[1][2] > 12 + 0.9 * wide)
    assert page.surface.level.value() == pytest.approx(wide, rel=0.02) and len(work.results.entries) == kept
    assert "quality" not in work.fitted.report and "not measured" in page.quality.sentence.text()


def _decoded(path, height, width):
    """(n, height, width, 3) int frames of a GIF or video, by the encoder's own program, which leaves no pipe open."""
    words = [get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-fps_mode", "passthrough", "-f", "rawvideo"]
    words += ["-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(words, capture_output=True, check=True).stdout
    return np.frombuffer(raw, dtype=np.uint8).reshape(-1, height, width, 3).astype(int)


def test_pictures_and_turntables_show_the_object(qtbot, window, torus_file, tmp_path):
    page = opened(qtbot, window, torus_file)
    page.actions_by_name["transparent"].trigger()
    page.actions_by_name["copy_picture"].trigger()
    clipboard = QGuiApplication.clipboard()
    qtbot.waitUntil(lambda: not clipboard.image().isNull())
    picture = clipboard.image()
    assert picture.width() == 2 * page.viewport.width()
    assert picture.pixelColor(2, 2).alpha() == 0 and page.viewport.frame.seen
    for name in ("turn.gif", "turn.mp4"):
        out = tmp_path / name
        page.exporting.turntable(str(out), frames=4)
        qtbot.waitUntil(out.is_file)
        qtbot.waitUntil(lambda: page.exporting._turner is None)
        frames = _decoded(out, 720, 960)
        assert len(frames) == 4 and frames[0].shape[:2] == (720, 960)
        assert (abs(frames[0] - frames[0][4, 4]).sum(axis=2) > 60).mean() > 0.03, "nothing is there"


def test_without_a_renderer_the_rest_works_and_the_view_says_what_to_install(qtbot, window, torus_file):
    page = window.pages[0]
    page.work.rendering._give_up()
    window.open_path(torus_file)
    qtbot.waitUntil(lambda: page.work.opened is not None)
    assert not page.actions_by_name["screenshot"].isEnabled() and page.actions_by_name["fit"].isEnabled()
    assert "apt install" in page.viewport.message
    _fit(qtbot, page, budget=2.0)
    qtbot.waitUntil(lambda: page.cut.shown is not None)


def test_the_view_shows_the_object_and_turns_when_dragged(qtbot, window, torus_file):
    page = opened(qtbot, window, torus_file)
    view = page.viewport
    _settled(qtbot, view)
    first = _pixels(view)
    middle_left = first[view.height() // 2, 4]
    assert (abs(first - middle_left).sum(axis=2) > 60).mean() > 0.05, "nothing is there"
    start = QPoint(view.width() // 2, view.height() // 2)
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view, start + QPoint(140, 60))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(140, 60))
    before = page.work.scene.look.camera
    qtbot.waitUntil(lambda: view.frame.draw.view.front == before.view(1.0).front)
    qtbot.waitUntil(lambda: view.frame.draw.samples == 2)
    assert (abs(_pixels(view) - first).sum(axis=2) > 60).mean() > 0.02, "it did not turn"
    qtbot.waitUntil(lambda: thumbnails.load(torus_file) is not None)
    small = thumbnails.load(torus_file).toImage()
    row = [small.pixelColor(x, small.height() // 2).alpha() for x in range(small.width())]
    assert (row[0], max(row)) == (0, 255), "the torus, with room around it"
    plain = _edge_pixels(view)
    page.actions_by_name["edges"].trigger()
    qtbot.waitUntil(lambda: view.frame.draw.edges and view.frame.draw.samples == 2)
    assert _edge_pixels(view) > plain + 500, "the edges are not drawn"
    assert not view.marks.backs, "lines are no backs of faces"
    page.actions_by_name["top"].trigger()
    assert np.allclose(page.work.scene.look.camera.axes()[2], [0, 1, 0], atol=1e-9)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL")
def test_a_killed_renderer_comes_back_with_the_picture(qtbot, window, torus_file):
    page = opened(qtbot, window, torus_file)
    old = page.work.rendering.pid
    os.kill(old, signal.SIGKILL)
    qtbot.waitUntil(lambda: page.work.rendering.pid not in (None, old))
    page.viewport.frame = None
    page.viewport.look("front")
    qtbot.waitUntil(lambda: page.viewport.frame is not None and page.viewport.frame.seen)
    assert any("3D view stopped" in text for text in window.notices.texts)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="SIGKILL")
def test_a_killed_fit_is_told_and_can_be_resumed(qtbot, window, torus_file):
    page = opened(qtbot, window, torus_file)
    fit_started(qtbot, page)
    os.kill(page.work.fitter.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: page.work.session.state == "failed")
    assert any("The fit stopped" in text for text in window.notices.texts)
    run = page.work.run
    assert run.interrupted
    page.fitting.resume(run)
    qtbot.waitUntil(lambda: any("resumed at step" in n for n in page.work.session.notices))
    page.fitting.stop()
    qtbot.waitUntil(lambda: page.work.fitted is not None)
    assert not run.checkpoint.exists()


class _Stalls:
    """The longest stretch between two turns of the main thread's event loop in which it worked or was blocked.

    What the thread spent ready but waiting for a processor is not in it: on a machine that is busy with other things
    the clock alone measures those. Where the system does not tell that wait, only the thread's own work counts.
    """

    def __init__(self, parent):
        self.worst, self.last = 0.0, self._now()
        self.timer = QTimer(parent, interval=2)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self._tick)
        self.timer.start()

    def _now(self):
        try:
            waited = int(Path("/proc/thread-self/schedstat").read_text().split()[1])
        except OSError:
            return time.thread_time()
        return time.perf_counter() - waited / 1e9

    def _tick(self):
        now = self._now()
        self.worst, self.last = max(self.worst, now - self.last), now

    def end(self):
        self.timer.stop()
        return self.worst


def test_a_stall_is_measured_whether_it_works_or_waits(qtbot, qapp, clean):
    for stall in (lambda: time.sleep(0.15), lambda: sum(range(20_000_000))):
        stalls = _Stalls(qapp)
        qtbot.wait(20)
        stall()
        qtbot.wait(20)
        assert stalls.end() > 0.12
