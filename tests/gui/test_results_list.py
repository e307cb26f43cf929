"""The list of results: everything made stays in it, comes back by a click, is compared, deleted and taken back."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from conftest import opened
from PyQt6.QtCore import Qt
from shapefield_gui.children import jobs
from shapefield_gui.models import runs
from shapefield_gui.models.result_list import COMPARED, FIT, SURFACE, ResultEntry, ResultList

from shapefield.mesh.model import Mesh
from shapefield.settings import fit_config


def _run(root, held=False):
    from shapefield_gui.models import keeping

    run = runs.begin(root, "torus.obj", {"method": "hybrid", "resolution": 96})
    if not held:
        keeping.release(run.folder)
    return run


def test_a_note_brings_an_entry_back_with_its_name_and_figures(tmp_path):
    run, results = _run(tmp_path), ResultList()
    entry = ResultEntry(
        SURFACE, run, "finer", "hybrid", 5.0, 2.0, 0.25, 700, "mm", {"resolution": 64, "crop": [0.0] * 3 + [1.0] * 3}
    )
    results.add(entry)
    results.keep(entry)
    results.rename(entry, " the finer one ")
    again = ResultList()
    again.reload(runs.found(tmp_path))
    (back,) = again.entries
    assert (back.name, back.kind, back.figures) == ("the finer one", SURFACE, "hybrid · 0.250 mm · 2.0 s · 700 faces")
    assert back.config.resolution == 64 and back.config.crop == (0.0, 0.0, 0.0, 1.0, 1.0, 1.0)
    assert not back.unsaved, "it lies on the disk"


def test_a_field_of_a_version_without_notes_is_listed_and_a_damaged_note_is_passed_over(tmp_path):
    run = _run(tmp_path)
    run.field.write_bytes(b"x")
    (run.folder / "result-1-1.json").write_text("{")
    results = ResultList()
    results.reload(runs.found(tmp_path))
    ((kind, resolution),) = [(e.kind, e.config.resolution) for e in results.entries]
    assert (kind, resolution) == (FIT, 96)
    run.forget()
    results.reload(runs.found(tmp_path))
    assert results.entries == []


def test_the_difference_of_two_planes_is_their_distance():
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    *_, last = jobs.difference(Mesh(square, faces), Mesh(square + np.array([0, 0, 0.25]), faces))
    assert np.allclose(last.result.one, 0.25) and np.allclose(last.result.other, 0.25)


def _fitted(qtbot, page, resolution=48):
    page.work.plan.changed = {"steps": 60, "samples": 20_000}
    page.work.plan.set(budget=60.0, resolution=resolution)
    page.actions_by_name["fit"].trigger()
    qtbot.waitUntil(lambda: page.work.session.state in ("done", "failed"))
    assert page.work.session.state == "done", page.work.session.message


def _click(qtbot, page, entry, modifier=Qt.KeyboardModifier.NoModifier):
    view = page.results_panel.list
    item = view.item(page.work.results.entries.index(entry))
    view.scrollToItem(item)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, view.visualItemRect(item).center())


def _show_list(page):
    dock = page.layout_of_docks.docks["Results"]
    dock.show()
    dock.raise_()


@pytest.mark.gl
def test_what_was_made_is_listed_shown_compared_deleted_and_taken_back(qtbot, window, windows, torus_file, tmp_path):
    page = opened(qtbot, window, torus_file)
    work, a = page.work, page.actions_by_name
    _show_list(page)
    _fitted(qtbot, page)
    (fit,) = work.results.entries
    assert fit.kind == FIT and work.results.current is fit and fit.unsaved
    assert page.results_panel.list.item(0).text().startswith("● Fit of torus.obj\nhybrid · ")
    first = len(work.fitted.mesh.faces)

    page.surface.resolution.setCurrentIndex(page.surface.resolution.findData(64))
    page.surface.button.click()
    qtbot.waitUntil(lambda: len(work.results.entries) == 2)
    surface = work.results.entries[0]
    assert surface.kind == SURFACE and len(work.fitted.mesh.faces) > 1.4 * first
    assert work.unsaved == "The work of this session (2 results)"

    _click(qtbot, page, fit)
    assert work.results.current is fit and len(work.scene.meshes["fitted"].faces) == first
    assert page.quality.figures.text("faces").replace("\u202f", "") == str(first)

    _click(qtbot, page, surface, Qt.KeyboardModifier.ControlModifier)
    assert a["result_side"].isEnabled() and a["result_differ"].isEnabled()
    a["result_differ"].trigger()
    qtbot.waitUntil(lambda: len(work.scene.compared) == 2)
    assert len(work.scene.panes()) == 3 and work.scene.look.shading == "heat"
    assert 0 < work.scene.shown_error.mean < 1.0, "of 84 mm"

    _click(qtbot, page, surface)
    a["undo"].trigger()
    qtbot.waitUntil(lambda: work.results.current is fit)
    a["redo"].trigger()
    qtbot.waitUntil(lambda: work.results.current is surface)
    out = tmp_path / "out.ply"
    page.exporting.save_mesh(str(out))
    qtbot.waitUntil(lambda: not surface.unsaved)
    assert work.unsaved == "Fit of torus.obj"

    page.kept.rename(surface, "the finer one")
    a["result_delete"].trigger()
    assert surface not in work.results.entries
    next(n for n in window.notices.shown() if "Undo" in n.buttons).buttons["Undo"].click()
    assert surface in work.results.entries

    _click(qtbot, page, fit)
    a["result_delete"].trigger()
    assert work.results.entries == [] and work.fitted is None and "fitted" not in work.scene.meshes
    assert not fit.run.folder.exists()
    next(n for n in window.notices.shown() if "Undo" in n.buttons).buttons["Undo"].click()
    assert sorted(e.name for e in work.results.entries) == ["Fit of torus.obj", "the finer one"]

    again = next(e for e in work.results.entries if e.kind == FIT)
    assert again.unsaved and work.unsaved == "Fit of torus.obj", "undone, it is still not exported"
    _click(qtbot, page, again)
    qtbot.waitUntil(lambda: work.results.current is again)
    assert len(work.fitted.mesh.faces) == first, "the same field, the same resolution"

    window.close()
    other = windows()
    other.pages[0].kept.reload()
    assert sorted(e.name for e in other.pages[0].work.results.entries) == ["Fit of torus.obj", "the finer one"]


@pytest.mark.gl
def test_methods_fill_the_list_and_stand_side_by_side(qtbot, window, torus_file):
    page = opened(qtbot, window, torus_file)
    work, comparing = page.work, page.comparing
    comparing.config = lambda name: fit_config(method=name, steps=60, samples=20_000, resolution=48)
    page.actions_by_name["compare"].trigger()
    from shapefield_gui.shape.method_choice import MethodChoice

    dialog = page.findChild(MethodChoice)
    for name, row in dialog.rows.items():
        row.setCheckState(0, Qt.CheckState.Checked if name in ("hybrid", "hashgrid") else Qt.CheckState.Unchecked)
    dialog.button.click()
    assert [e.method for e in work.results.entries] == ["hashgrid", "hybrid"]
    assert "waits" in page.results_panel.list.item(0).text()
    qtbot.waitUntil(lambda: not comparing.running and comparing.entry is None)
    assert work.scene.panes() == ("original", "hybrid", "hashgrid")
    entries = work.results.entries
    assert all(e.kind == COMPARED and e.mean and e.seconds and e.faces and e.unsaved for e in entries)
    note = json.loads(entries[0].note.read_text())
    assert note["mean"] == entries[0].mean and note["when"] <= time.time()
    _show_list(page)
    _click(qtbot, page, entries[0])
    assert work.fitted is entries[0].fitted and work.scene.compared == () and page.results.field is not None


@pytest.mark.gl
def test_a_fit_in_a_comparison_says_what_it_waits_for_and_goes_before_the_rest(qtbot, window, torus_file):
    page = opened(qtbot, window, torus_file)
    page.comparing.config = lambda name: fit_config(method=name, steps=150, samples=20_000, resolution=48)
    page.comparing.begin(["hybrid", "hashgrid"], 10.0)
    page.work.plan.changed = {"steps": 20, "samples": 20_000}
    page.actions_by_name["fit"].trigger()
    assert page.work.session.stage_text == "Waits for hybrid of the comparison"
    page.run_bar.refresh()
    assert page.run_bar.stage.text() == "Waits for hybrid of the comparison"
    qtbot.waitUntil(lambda: page.work.session.state == "done")
    assert page.comparing.running or page.comparing.entry is not None, "hashgrid waited for the fit"
    page.actions_by_name["compare_stop"].trigger()
    qtbot.waitUntil(lambda: not page.comparing.running)
    assert [e.method for e in page.work.results.entries if e.kind == COMPARED] == ["hybrid"]
