"""A finished result that was not exported: closing and opening ask once, and it is found again."""

from __future__ import annotations

import shutil

import pytest
from conftest import opened
from PyQt6.QtWidgets import QApplication, QMessageBox
from shapefield_gui import leaving, places

pytestmark = pytest.mark.gl


def _question() -> QMessageBox | None:
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()), None)


def _press(text: str) -> None:
    box = _question()
    assert box is not None, "nothing was asked"
    next(b for b in box.buttons() if b.text() == text).click()


@pytest.fixture
def asking():
    places.settings().setValue(leaving.SETTING, True)


def fitted(qtbot, page, steps=60):
    """The tab, once a short fit is finished."""
    page.work.plan.changed = {"steps": steps, "samples": 20_000}
    page.work.plan.set(budget=60.0, resolution=48)
    page.actions_by_name["fit"].trigger()
    qtbot.waitUntil(lambda: page.work.session.state in ("done", "failed"))
    assert page.work.session.state == "done", page.work.session.message
    return page


def test_closing_and_opening_ask_once_and_the_result_is_found_again(qtbot, asking, window, torus_file, tmp_path):
    page = opened(qtbot, window, torus_file)
    assert not page.leaving.asks, "there is nothing to lose"
    page = fitted(qtbot, page)
    faces = len(page.work.fitted.mesh.faces)
    window.close()
    assert window.isVisible() and "torus.obj was not exported" in _question().text()
    _press("Cancel")
    assert window.isVisible() and page.work.fitted is not None

    other = tmp_path / "other.obj"
    shutil.copyfile(torus_file, other)
    window.open_path(str(other))
    assert _question() is not None and page.work.opened.path == torus_file
    assert _question().defaultButton().text() == "Export …"
    _press("Open other.obj without exporting")
    qtbot.waitUntil(lambda: page.work.opened.path == str(other))

    ((title, field),) = page.earlier.files()
    assert title.startswith("torus.obj, ")
    page.earlier.choose(field)
    qtbot.waitUntil(lambda: page.work.opened.path == torus_file)
    assert page.work.opened.field == field and faces > 1000
    assert not page.leaving.asks, "it lies where it lay"
    window.close()
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
