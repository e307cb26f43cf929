"""The Shape tab's jobs by themselves, without a process."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from conftest import torus
from PyQt6.QtGui import QAction
from shapefield_gui.children import jobs
from shapefield_gui.children.records import Fitted
from shapefield_gui.lab import jobs as lab_jobs
from shapefield_gui.models.again import commands
from shapefield_gui.models.report_page import page
from shapefield_gui.models.result_list import ResultEntry
from shapefield_gui.models.runs import FitRun
from shapefield_gui.models.scene import ErrorScale
from shapefield_gui.nerf.children import jobs as nerf_jobs
from shapefield_gui.shape.panels.quality_panel import QualityPanel

import shapefield as sf
from shapefield import __version__
from shapefield.events import Done
from shapefield.mesh.model import Mesh


@pytest.mark.parametrize(
    ("tab", "needed"),
    [
        (jobs, "shapefield.fitting.learning"),
        (lab_jobs, "shapefield.lab.descent"),
        (nerf_jobs, "shapefield.nerf.training"),
    ],
)
def test_a_process_that_was_warmed_imports_nothing_large_any_more(tab, needed):
    assert _result(tab.JOBS["warm"]())["threads"] >= 1 and needed in sys.modules


def _result(job):
    *_, last = job
    assert isinstance(last, Done)
    return last.result


def test_a_file_that_has_changed_is_examined_anew(torus_file):
    closed = _result(jobs.examine(torus_file))
    vertices, faces = torus()
    lines = [f"v {x} {y} {z}" for x, y, z in vertices] + [f"f {a} {b} {c}" for a, b, c in faces[:-40] + 1]
    with open(torus_file, "w") as file:
        file.write("\n".join(lines) + "\n")
    os.utime(torus_file, ns=(1, 1))
    torn = _result(jobs.examine(torus_file))
    assert closed.figures["watertight"] and not torn.figures["watertight"]
    assert torn.plan != closed.plan, "the solid is the old file's"


def test_the_page_of_a_surface_that_was_not_compared_has_no_figures_of_quality():
    report = {"name": "half.obj", "method": "hybrid", "resolution": 96}
    text = page(report, "mm", ["shapefield fit half.obj"], [])
    assert "was not compared" in text and "Quality" not in text and "Mean error" not in text
    lengths = {"mean": 0.021, "rms": 0.03, "p95": 0.05, "max": 0.3}
    quality = {"input": lengths, "mean": 1e-4, "rms": 1e-4, "p95": 2e-4, "max": 1e-3, "iou": 0.99}
    text = page(report | {"quality": quality}, "mm", ["shapefield fit half.obj"], [])
    assert "figure" not in text.partition("</style>")[2]
    assert "0.0210 mm mean error" in text and "Quality" in text and "1.00e-04 of the radius" in text


def test_isolines_lie_where_the_values_are_theirs():
    x, y = np.meshgrid(np.linspace(-1, 1, 81), np.linspace(-2, 2, 81))
    found = list(jobs.contours(np.hypot(x, y) - 0.5, (-1.0, 1.0, -2.0, 2.0), [0.0, 0.2, 9.0]))
    assert [level for level, _ in found] == [0.0, 0.2], "a line for each level that occurs"
    for level, line in found:
        assert np.allclose(np.hypot(*line.T), 0.5 + level, atol=0.05)


def test_the_page_tells_date_version_faces_repairs_colours_and_what_ran(tmp_path):
    record = {"kind": "hole closed", "place": (1.0, 2.0, 3.0), "size": 4.0, "more": 2}
    made = "shapefield fit a.obj --field runs/1/a.field --steps 100 --horizon 200"
    report = {"name": "a.obj", "repairs": {"record": [record]}, "run": {"command": made, "steps_done": 100}}
    run = FitRun(tmp_path, "a.obj", {"method": "hybrid"}, 0.0)
    fitted = Fitted(Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]])), None, report, "", "hybrid", True)
    entry = ResultEntry("surface", run, "half", "hybrid", 0.0, surface={"resolution": 96}, fitted=fitted)
    lines = commands(entry)
    assert lines == [
        "shapefield fit a.obj --steps 100 --horizon 200",
        "shapefield extract a.field -o a.ply --resolution 96",
    ]
    text = page(report, "mm", lines, [], 86_400.0 * 365, 69_666, ErrorScale(0.01, 0.02, 0.5))
    assert "1971-01-01" in text and __version__ in text and "69\u202f666" in text
    assert "Hole closed, and 2 smaller" in text and "4.00 mm across" in text and "at 1.00, 2.00, 3.00" in text
    assert "rgb(68,1,84)" in text and "≥ 0.0300 mm" in text
    assert all(f"<code>{line}</code>" in text for line in lines) and "/home/x" not in text
    mended = ResultEntry(
        "repair", FitRun(tmp_path, "a b.obj", {"method": "repair", "keep_open": True}, 0.0), "", "", 0.0
    )
    assert commands(mended) == ["shapefield repair 'a b.obj' --keep-open"]


LOST = {"lost": 0.018, "added": 0.0, "lost_fine": 0.04, "added_fine": 0.0, "invented": 0.25, "beyond": 5.6}
LOST |= {"vanished_parts": 1, "vanished": [{"extent": [2.0, 2.0, 2.0], "center": [9.0, 0.0, 0.0], "share": 0.01}]}


def test_what_was_lost_stands_first_on_the_page_and_in_the_panel(qtbot):
    report = {"name": "plate.3mf", "preservation": LOST}
    text = page(report, "mm", ["shapefield fit plate.3mf"], [])
    lead = text.partition('<p class="lead">')[2]
    assert lead.startswith("1.8 % of the input") and "1 part of the input vanished" in lead
    assert text.count("1.8 %") == 2 and "25 %" in text, "and among the figures"
    panel = QualityPanel(QAction("Heat"), QAction("Compare"))
    qtbot.addWidget(panel)
    panel.show_report(report, "mm", 1200)
    assert panel.figures.text("lost") == "1.8 %" and panel.figures.text("added") == "25 %"
    assert panel.sentence.text().startswith("1.8 % of the input's visible surface is lost")
    panel.show_report({}, "mm", 1200)
    assert panel.figures.text("lost") == "–"


def test_a_field_that_is_opened_says_how_large_its_file_is(tmp_path):
    vertices, faces = torus(16, 8)
    place = tmp_path / "ring.field"
    options = {"steps": 2, "samples": 5000, "resolution": 32, "batch": 512, "table": 8, "levels": 2}
    sf.fit(Mesh(vertices, faces), **options).save(place)
    opened = _result(jobs.open_file(str(place), resolution=32))
    assert opened.report["bytes"] == place.stat().st_size


def test_figures_are_those_of_the_surface_that_is_shown(tmp_path):
    from shapefield.config import ExtractionConfig

    vertices, faces = torus(16, 8)
    place = tmp_path / "ring.field"
    options = {"steps": 2, "samples": 5000, "resolution": 40, "batch": 512, "table": 8, "levels": 2}
    made = sf.fit(Mesh(vertices, faces), **options)
    made.save(place)
    coarse = _result(jobs.open_file(str(place), resolution=32))
    assert "quality" in coarse.report, "the field's own report is there"
    assert "quality" not in coarse.drawn.report and "verdict" not in coarse.drawn.report
    assert coarse.drawn.report["resolution"] == 32 and coarse.drawn.mesh is coarse.mesh
    mean = made.report["quality"]["mean"]
    whole = _result(jobs.open_file(str(place)))
    assert whole.drawn.report["quality"]["mean"] == mean, "40³ is quick enough to be drawn as it was measured"

    def again(**settings):
        return _result(jobs.extract(str(place), ExtractionConfig(**settings))).report

    assert again(resolution=40)["quality"]["mean"] == mean, "the same surface, without a reference beside"
    half = (-60.0, -60.0, -60.0, 0.0, 60.0, 60.0)
    for other in ({"resolution": 48}, {"resolution": 40, "level": 0.5}, {"resolution": 40, "crop": half}):
        assert "quality" not in again(**other) and "sizes" not in again(**other)
