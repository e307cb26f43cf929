"""A finished result that was not exported is asked about once and found again; a reopened field is exported at once."""

from __future__ import annotations

import json
import shutil

import pytest
from conftest import opened
from PyQt6.QtWidgets import QApplication, QMessageBox
from shapefield_gui import leaving, paths
from shapefield_gui.models import formatting

from shapefield.mesh.reading import read

pytestmark = pytest.mark.gl


def _question() -> QMessageBox | None:
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()), None)


def _press(text: str) -> None:
    box = _question()
    assert box is not None, "nothing was asked"
    next(b for b in box.buttons() if b.text() == text).click()


@pytest.fixture
def asking():
    paths.settings().setValue(leaving.SETTING, True)


def fitted(qtbot, page, steps=60):
    """The tab, once a short fit is finished."""
    page.work.plan.changed = {"steps": steps, "samples": 20_000}
    page.work.plan.set(budget=60.0, resolution=48)
    page.actions_by_name["fit"].trigger()
    qtbot.waitUntil(lambda: page.work.session.state in ("done", "failed"))
    assert page.work.session.state == "done", page.work.session.message
    return page


def test_closing_asks_once_opening_does_not_and_the_result_is_found_again(qtbot, asking, window, torus_file, tmp_path):
    page = opened(qtbot, window, torus_file)
    assert not page.leaving.asks, "there is nothing to lose"
    page = fitted(qtbot, page)
    faces = len(page.work.fitted.mesh.faces)
    window.close()
    assert window.isVisible() and "Fit of torus.obj was not exported" in _question().text()
    _press("Cancel")
    assert window.isVisible() and page.work.fitted is not None

    other = tmp_path / "other.obj"
    shutil.copyfile(torus_file, other)
    window.open_path(str(other))
    assert _question() is None, "it stays in the list"
    qtbot.waitUntil(lambda: page.work.opened.path == str(other))
    assert page.leaving.asks and len(page.work.results.entries) == 1

    ((title, field),) = page.earlier.files()
    assert title.startswith("torus.obj, ")
    page.earlier.choose(field)
    qtbot.waitUntil(lambda: page.work.opened.path == torus_file)
    assert page.work.opened.field == field and faces > 1000
    window.close()
    _press("Close without exporting")
    assert not window.isVisible()


def test_a_saved_result_is_not_asked_about_and_a_discarded_fit_brings_back_the_one_before(
    qtbot, asking, window, torus_file, tmp_path
):
    page = fitted(qtbot, opened(qtbot, window, torus_file))
    first, run = page.work.fitted, page.work.run
    assert page.leaving.asks
    page.exporting.save_field(str(tmp_path / "t.field"))
    qtbot.waitUntil(lambda: not page.leaving.asks)

    page.work.plan.changed = {"steps": 100_000, "samples": 20_000}
    page.actions_by_name["fit"].trigger()
    qtbot.waitUntil(lambda: bool(page.work.session.curves.steps))
    page.fitting.discard()
    qtbot.waitUntil(lambda: page.fitting.task is None)
    assert page.work.fitted is first and page.work.run is run and run.field.is_file()
    assert len(page.work.scene.meshes["fitted"].faces) == len(first.mesh.faces)
    assert page.quality.figures.text("faces").replace("\u202f", "") == str(len(first.mesh.faces))
    assert not page.leaving.asks


def test_a_reopened_field_exports_at_once_and_states_no_figures_of_another_surface(qtbot, window, torus_file, tmp_path):
    import shapefield as sf

    field = tmp_path / "elsewhere" / "ring.field"
    field.parent.mkdir()
    made = sf.fit(torus_file, steps=20, samples=20_000, resolution=144)
    made.save(field)
    page = opened(qtbot, window, str(field))
    a = page.actions_by_name
    assert page.quality.figures.text("mean") == "–"
    assert "is of the surface at 144³" in page.quality.sentence.text()
    assert all(a[name].isEnabled() for name in ("export_mesh", "export_field", "export_html", "export_json"))
    out = {name: tmp_path / f"out.{name}" for name in ("ply", "field", "html", "json")}
    page.exporting.save_mesh(str(out["ply"]))
    page.exporting.save_field(str(out["field"]))
    page.exporting.save_page(str(out["html"]))
    page.exporting.save_json(str(out["json"]))
    qtbot.waitUntil(lambda: all(place.is_file() for place in out.values()))
    assert out["field"].read_bytes() == field.read_bytes()
    report = json.loads(out["json"].read_text())
    assert report["resolution"] == 128 and "quality" not in report
    assert read(out["ply"]).volume == pytest.approx(made.mesh(128).volume, rel=1e-5)

    assert page.surface.config().resolution == 144
    page.surface.button.click()
    qtbot.waitUntil(lambda: not page.results.extracting)
    mean = made.report["quality"]["input"]["mean"]
    assert page.work.fitted.report["quality"]["input"]["mean"] == mean
    assert page.quality.figures.text("mean") == formatting.length(mean, None)

    page.surface.crop.switch.setChecked(True)
    page.surface.crop.edges[3].setValue(0.0)
    page.surface.button.click()
    qtbot.waitUntil(lambda: not page.results.extracting)
    assert page.quality.figures.text("mean") == "–"
    qtbot.waitUntil(lambda: "not compared with the original" in page.run_bar.detail.text())
