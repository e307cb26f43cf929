"""The Lab tab with its real child process: run, move a slider, stop, save, larger text, one's own picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QMimeData, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent, QGuiApplication, QImage
from shapefield_gui import paths
from shapefield_gui.lab.page import LabPage
from shapefield_gui.tabs import TABS, Services
from shapefield_gui.theme import Themes

from shapefield.lab.board import Curve, Fact, Image


@pytest.fixture
def page(qtbot, qapp, clean):
    """The tab alone, with its process; the lines that it says are in `page.said`."""
    themes, said = Themes(qapp, "light"), []
    found = LabPage(
        Services(themes, paths.settings(), lambda text, *_, **__: said.append(text), lambda _: None, lambda _: None)
    )
    found.said = said
    found.resize(1100, 720)
    found.show()
    found.after_paint()
    yield found
    found.shut_down()
    found.close()
    found.deleteLater()
    qapp.processEvents()


def test_the_window_shows_the_tab_and_gives_it_pictures(qapp):
    assert any(tab.place == "shapefield_gui.lab.page:LabPage" for tab in TABS)
    page = LabPage(Services(Themes(qapp, "light"), paths.settings(), lambda *_: None, lambda _: None, lambda _: None))
    assert page.takes("a.PNG") and not page.takes("a.obj")
    page.shut_down()
    page.deleteLater()


def _choose(page, name):
    page.bench.subject = name
    page.choice.show_subject()
    page._chosen()


def _finished(qtbot, page):
    qtbot.waitUntil(lambda: page.running.task is None)
    assert page.running.ended_well
    qtbot.waitUntil(lambda: set(page.charts.charts) == set(page.bench.board.plots))


def test_run_look_move_a_slider_and_keep_the_ghost(qtbot, page, tmp_path):
    page.bench.changed["nerf"] = {"coarse": 48, "fine": 32}
    _choose(page, "nerf")
    page.choice.button.click()
    _finished(qtbot, page)
    assert page.facts.texts["error of the colour"].endswith("✓")
    assert set(page.pictures.images) == set(page.bench.board.images)
    first = page.bench.board
    slider = page.choice.sliders.sliders["density"]
    slider.setValue(slider.maximum())
    qtbot.waitUntil(lambda: page.bench.board is not first)
    _finished(qtbot, page)
    assert page.bench.ghost is first
    chart = page.charts.charts["light that arrives, T"]
    assert "before" in chart.words.text()
    ghost, _ = chart._lines[True, "samples"].getData()
    assert np.allclose(ghost, first.plots["light that arrives, T"]["samples"].x)
    page.actions_by_name["copy_command"].trigger()
    assert QGuiApplication.clipboard().text() == "shapefield demo nerf --coarse 48 --fine 32 --density 100"
    out = tmp_path / "nerf.png"
    page.save_picture(str(out))
    qtbot.waitUntil(out.is_file)
    assert QImage(str(out)).width() > 1000


def test_curves_grow_while_it_learns_and_stop_keeps_them(qtbot, page):
    _choose(page, "heat")
    steps = page.choice.sliders.sliders["steps"]
    steps.setValue(steps.maximum())
    page.choice.button.click()
    lengths = set()

    def grown():
        if "losses" in page.bench.board.plots:
            lengths.add(len(page.bench.board.plots["losses"]["equation"].x))
        return len(lengths) >= 3

    qtbot.waitUntil(grown)
    assert page.choice.button.text() == "Stop"
    page.actions_by_name["stop"].trigger()
    assert page.running.task is None and page.choice.button.text() == "Run"
    qtbot.waitUntil(lambda: not page.running.engine.busy)
    assert len(page.bench.board.plots["losses"]["equation"].x) >= 3


def test_one_s_own_picture_is_fitted_before_one_s_eyes(qtbot, page, tmp_path):
    y, x = np.mgrid[0:24, 0:32]
    grey = (127 + 100 * np.sin(x / 5) * np.cos(y / 6)).astype(np.uint8)
    path = tmp_path / "waves.png"
    QImage(grey.tobytes(), 32, 24, 32, QImage.Format.Format_Grayscale8).save(str(path))
    page.bench.changed["picture siren"] = {"steps": 150, "width": 32}
    page.open_path(str(path))
    _finished(qtbot, page)
    assert page.bench.board.images["siren"].values.shape == (24, 32)
    assert page.bench.board.facts["PSNR"].value > 30
    y = page.bench.board.plots["PSNR of the step's pixels [dB]"]["siren"].y
    assert y[-1] > y[0] + 10
    assert page.actions_by_name["save_field"].isEnabled()
    field, copy = tmp_path / "w.field", tmp_path / "w.png"
    for out in (field, copy):
        page.save_fitted(str(out))
        qtbot.waitUntil(out.is_file)
    from shapefield.lab.picturefile import read_picture_field

    found = read_picture_field(field)
    assert found.report["psnr"] == pytest.approx(page.bench.board.facts["PSNR"].value)
    assert np.abs(found.render()[..., 0] - page.bench.board.images["siren"].values).max() < 1e-5
    assert (QImage(str(copy)).width(), QImage(str(copy)).height()) == (32, 24)
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    page.open_path(str(bad))
    qtbot.waitUntil(lambda: any("expected a picture" in t for t in page.said))
    assert page.running.task is None and not page.bench.board.images
    assert not page.actions_by_name["save_field"].isEnabled()


def test_the_chosen_methods_are_compared_by_steps(qtbot, page, tmp_path):
    picture = tmp_path / "ramp.png"
    QImage(bytes(range(256)), 16, 16, 16, QImage.Format.Format_Grayscale8).save(str(picture))
    _choose(page, "compare")
    page.compare_on([str(picture)])
    assert not page.choice.contest.methods["hybrid"].isEnabled()
    form = page.choice.contest
    assert form.every.checkState() == Qt.CheckState.Checked
    form.every.click()
    assert page.bench.comparison.chosen == []
    for name in ("siren", "hashgrid"):
        form.methods[name].click()
    assert form.every.checkState() == Qt.CheckState.PartiallyChecked
    form.every.click()
    assert set(page.bench.comparison.chosen) == set(page.bench.comparison.suiting)
    for name, box in form.methods.items():
        if box.isChecked() != (name in ("siren", "hashgrid")):
            box.click()
    form.limit._group.button(1).click()
    assert set(page.choice.sliders.sliders) == {"steps", "seeds"}
    page.bench.own["steps"] = 10
    reports, seen = [], set()
    page.running.reported.connect(reports.append)
    page.running.shown.connect(lambda: (page._show(), seen.add(page.see.text().removesuffix(f" {page.bench.see}"))))
    page.choice.button.click()
    qtbot.waitUntil(lambda: page.running.task is None)
    assert page.running.ended_well and list(page.bench.board.facts) == ["ramp.png hashgrid", "ramp.png siren"]
    assert {"Now ramp.png hashgrid, fit 1 of 2.", "Now ramp.png siren, fit 2 of 2."} <= seen
    qtbot.waitUntil(lambda: page.see.text() == page.bench.see)
    assert (Path(reports[0]).parent / "compare.toml").is_file()
    for box in form.methods.values():
        if box.isChecked():
            box.click()
    page.choice.button.click()
    assert page.running.task is None and any("at least one method" in text for text in page.said)


def test_a_mesh_is_compared_with_its_curve_its_picture_and_its_report(qtbot, page, torus_file):
    _choose(page, "compare")
    page.compare_on([torus_file])
    page.bench.comparison.methods = ("hybrid",)
    page.bench.comparison.limit, page.bench.own["steps"] = "steps", 30
    page.choice.show_subject()
    assert page.choice.contest.preset.isEnabled()
    reports = []
    page.running.reported.connect(reports.append)
    page.choice.button.click()
    qtbot.waitUntil(lambda: page.running.task is None)
    assert page.running.ended_well
    board = page.bench.board
    assert 0 < board.facts["torus.obj hybrid"].value < 1e-2 and board.facts["torus.obj hybrid"].unit == "R"
    assert board.plots["torus.obj: |f| / ‖∇f‖ on the true surface, R"]["hybrid"].y[-1] < 1e-2
    shape, fitted = (board.images[title].values for title in ("torus.obj", "torus.obj: hybrid"))
    assert shape.shape == fitted.shape and np.abs(shape - fitted).mean() < 0.02 < shape.std()
    assert "torus.obj" in Path(reports[0]).read_text()


def test_meshes_are_dropped_only_where_methods_are_compared(page, torus_file, tmp_path):
    picture = str(tmp_path / "a.png")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(path) for path in (torus_file, picture)])
    copy, left, bare = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(9, 9), copy, data, left, bare)
    assert page._dropped(event) == [picture]
    _choose(page, "compare")
    page.dropEvent(event)
    assert page.bench.comparison.inputs == (torus_file, picture)
    assert page.choice.picture.text() == "torus.obj, a.png"


def test_text_grows_for_a_projector_and_stays_so(page):
    before, label = page.see.font().pointSizeF(), page.choice.sliders
    for _ in range(3):
        page.actions_by_name["larger"].trigger()
    assert page.see.font().pointSizeF() == pytest.approx(before * 1.15**3, rel=1e-3)
    _choose(page, "siren")
    page.bench.board.take(Fact("error", 0.001, at_most=0.01))
    page._show()
    assert page.facts._labels["error"].font().pointSizeF() == pytest.approx(page.see.font().pointSizeF())
    text = next(iter(label._texts.values()))
    assert text.font().pointSizeF() == pytest.approx(page.see.font().pointSizeF())
    assert float(page.services.settings.value("lab/text")) == pytest.approx(1.15**3)
    page.services.themes.choose("dark")
    page.set_theme(page.services.themes.current)
    assert page.title.font().pointSizeF() == pytest.approx(1.3 * before * 1.15**3, rel=1e-3)
    page.actions_by_name["usual"].trigger()
    assert page.see.font().pointSizeF() == pytest.approx(before)


def test_colour_maps_show_zero_in_the_middle_and_the_ends_at_the_limits(qapp):
    from shapefield_gui.lab.pictures import as_qimage

    drawn = as_qimage(Image("d", np.array([[-2.0, 0.0, 1.0]]), "signed"))
    left, middle, right = (drawn.pixelColor(k, 0) for k in range(3))
    assert left.blue() > left.red() and right.red() > right.blue()
    assert min(middle.red(), middle.green(), middle.blue()) > 240
    grey = as_qimage(Image("g", np.array([[0.0, 1.0]])))
    assert grey.pixelColor(0, 0).red() == 0 and grey.pixelColor(1, 0).red() == 255


def test_words_of_a_chart_are_shown_as_they_are_and_never_cover_it(page):
    _choose(page, "nerf")
    x = np.arange(1.0, 9.0)
    for k in range(5):
        for label in ("a long name of a line", "<b>", "and a third one, longer"):
            page.bench.board.take(Curve(f"plot {k} <i>", label, x, x))
    page._show()
    QGuiApplication.processEvents()
    for chart in page.charts.charts.values():
        assert "&lt;b&gt;" in chart.words.text() and "plot" in chart.words.text() and "<i>" not in chart.words.text()
        assert chart.height() >= chart.words.height() + chart.plot.minimumHeight()


def test_a_wide_picture_has_a_row_of_its_own(page):
    _choose(page, "nerf")
    for title, shape in (("tall", (40, 40)), ("wide", (20, 90)), ("other", (40, 40))):
        page.bench.board.take(Image(title, np.zeros(shape)))
    drawn, before = {}, page.pictures._one
    page.pictures._one = lambda painter, image, place, head: drawn.setdefault(image.title, place)
    page._show()
    page.pictures.grab()
    page.pictures._one = before
    assert drawn["wide"].width() > 2.5 * (drawn["wide"].height() - 20)
    assert drawn["wide"].bottom() < drawn["tall"].top() == drawn["other"].top()
    assert drawn["other"].bottom() <= page.pictures.height()


def test_pictures_are_laid_out_without_waste():
    from shapefield_gui.lab.pictures import grid

    assert grid(3, 900, 400, 16, 1.0)[0] == 3
    assert grid(4, 600, 640, 16, 1.0)[0] == 2
    assert grid(1, 500, 300, 16, 1.0)[1] == pytest.approx(284)
