"""Repair in the window: what is done is painted and can be flown to; the mended mesh is a result, with its choices."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import opened, torus
from PyQt6.QtCore import Qt
from shapefield_gui.children import jobs
from shapefield_gui.models import runs
from shapefield_gui.models.plan import FitChoices

from shapefield.lengths import Length
from shapefield.mesh.reading import read


def _write(path, vertices, faces):
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices] + [f"f {a} {b} {c}" for a, b, c in faces + 1]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.fixture
def holed(tmp_path):
    """The torus without a patch of faces around (42, 0, 0)."""
    vertices, faces = torus()
    centres = vertices[faces].mean(axis=1)
    return _write(tmp_path / "holed.obj", vertices, faces[np.linalg.norm(centres - [42, 0, 0], axis=1) > 6])


def _last(job):
    *_, done = job
    return done.result


def test_the_doctor_takes_open_parts_for_what_is_chosen(tmp_path):
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0.2]], float)
    path = _write(tmp_path / "sheet.obj", square, np.array([[0, 1, 2], [0, 2, 3]]))
    seen = _last(jobs.examine(path, {"thicken": "0.5"}))
    assert any("thickened by" in line for line in seen.plan) and seen.refused is None
    refused = _last(jobs.examine(path, {"thicken": 0.0}))
    assert refused.refused is not None, "the same file, another choice"


def test_a_run_keeps_lengths_with_their_measure(tmp_path):
    plan = FitChoices()
    plan.override("thicken", Length(1.0, "%"))
    run = runs.begin(tmp_path, "torus.obj", {"method": "hybrid", **plan.changed})
    assert runs.at(run.folder).settings["thicken"] == "1%"


@pytest.mark.gl
def test_repairs_are_painted_flown_to_and_give_a_result(qtbot, window, windows, holed, tmp_path):
    page = opened(qtbot, window, holed)
    work, scene = page.work, page.work.scene
    qtbot.waitUntil(lambda: "marks" in scene.meshes)
    assert scene.panes() == ("marks",) and {name for name, _ in scene.done} == {"kept", "patched"}
    qtbot.waitUntil(lambda: page.viewport.frame is not None and page.viewport.frame.draw.panes == ("marks",))
    assert page.viewport.frame.draw.shading == "colors"
    assert "Hole closed" in page.input.record.item(0).text()
    item = page.input.record.item(0)
    qtbot.mouseClick(
        page.input.record.viewport(), Qt.MouseButton.LeftButton, pos=page.input.record.visualItemRect(item).center()
    )
    place = np.array(scene.look.camera.target) / scene.scale + scene.center
    assert np.linalg.norm(place - [42, 0, 0]) < 4 and scene.look.camera.half_height < 0.5

    page.fit_panel.mend.click()
    qtbot.waitUntil(lambda: work.fitted is not None)
    (entry,) = work.results.entries
    assert entry.kind == "repair" and entry.unsaved and work.results.current is entry
    assert work.fitted.mesh.volume == pytest.approx(2 * np.pi**2 * 30 * 12**2, rel=0.05)
    qtbot.waitUntil(lambda: "1 hole closed" in page.run_bar.detail.text())
    assert "ready to print" in page.quality.sentence.text()
    assert not page.actions_by_name["export_field"].isEnabled() and page.actions_by_name["side"].isEnabled()
    out = tmp_path / "out.stl"
    page.exporting.save_mesh(str(out))
    qtbot.waitUntil(lambda: not entry.unsaved)
    assert read(out).volume == pytest.approx(work.fitted.mesh.volume, rel=1e-5)

    page.input.keep_open.setChecked(True)
    page.actions_by_name["repair"].trigger()
    qtbot.waitUntil(lambda: len(work.results.entries) == 2)
    assert len(work.fitted.mesh.faces) < len(entry.fitted.mesh.faces), "the opening stays"

    window.close()
    other = windows().pages[0]
    other.kept.reload()
    again = min(other.work.results.entries, key=lambda e: e.when)
    other.kept.show(again)
    qtbot.waitUntil(lambda: other.work.results.current is again)
    assert len(other.work.fitted.mesh.faces) == entry.faces and "1 hole closed" in other.quality.sentence.text()
