"""Files that are opened together: entries of the list, worked on by the batch code, each failure with its line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtWidgets import QMessageBox
from shapefield_gui import paths
from shapefield_gui.children import batching
from shapefield_gui.children.engine import STOP, JobEvent, JobSignal, Stopped
from shapefield_gui.children.records import Ended, Fitted
from shapefield_gui.engine import EngineTask
from shapefield_gui.models.result_list import FIT, GIVEN, SCENE, ResultList
from shapefield_gui.shape.page import ShapePage
from shapefield_gui.tabs import Services
from shapefield_gui.theme import Themes

from shapefield.batches import worker
from shapefield.events import Done, Progress
from shapefield.mesh.model import Mesh


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / folder / "ring.obj" for folder in "abc"]
    for path in paths:
        path.parent.mkdir()
        path.write_text("# a mesh\n")
    return [str(p) for p in paths]


class _Engine:
    """Takes jobs, and does what the test says."""

    def __init__(self):
        self.jobs, self.told = [], []

    def run(self, job, **arguments):
        task = EngineTask(len(self.jobs), job, self.told.append)
        self.jobs.append((task, arguments))
        return task

    def when_idle(self, then):
        then()

    def close(self):
        pass


@pytest.fixture
def page(qtbot, qapp):
    said = []

    def say(*words, **_):
        said.append(words)
        return lambda: None

    services = Services(Themes(qapp, "light"), paths.settings(), say, lambda _: None, lambda _: None)
    page = ShapePage(services)
    qtbot.addWidget(page)
    page.said = said
    page.several.engine = page.work.desk = _Engine()
    yield page
    page.shut_down()


def _outputs(folder: Path, kinds=(".field", ".ply", ".json")):
    folder.mkdir()
    for kind in kinds:
        (folder / f"ring{kind}").write_text("{}")
    return {kind: str(folder / f"ring{kind}") for kind in kinds}


REPORT = {"resolution": 64, "quality": {"input": {"mean": 0.02}}, "surface": {"faces": 700}, "sizes": {"unit": "mm"}}


def test_each_file_becomes_a_result_or_says_why_not(page, files, tmp_path):
    page.open_paths(files)
    entries, (opening, *_) = page.work.results.entries, page.several.engine.jobs
    assert [e.path for e in entries] == files and {e.kind for e in entries} == {GIVEN}
    assert opening[1]["path"] == files[0] and not page.actions_by_name["stop_all"].isEnabled()
    page.work.plan.set(method="siren", resolution=64)
    page.actions_by_name["fit_all"].trigger()
    task, arguments = next(job for job in page.several.engine.jobs if job[0].name == "batch")
    assert arguments["paths"] == files and arguments["kind"] == "fit" and arguments["settings"]["method"] == "siren"
    assert page.several.running and page.actions_by_name["stop_all"].isEnabled()
    task.take(JobEvent(0, Ended(files[0], "", _outputs(tmp_path / "out"), REPORT, 2.0)))
    task.take(JobEvent(0, Ended(files[1], "ring.obj: expected faces, got none: re-export it")))
    task.take(JobEvent(0, Progress("fit", 2, 3)))
    assert page.several.share == pytest.approx(2 / 3)
    first, second, third = entries
    assert (first.kind, first.figures) == (FIT, "siren · 0.0200 mm · 2.0 s · 700 faces")
    assert first.run.field.is_file() and first.run.path == files[0] and first.unsaved
    assert second.kind == GIVEN and second.figures == "Expected faces, got none: re-export it" and third.state
    page.actions_by_name["stop_all"].trigger()
    assert page.several.engine.told == [JobSignal(task.number, STOP)]
    task.take(Stopped(0))
    assert not page.several.running and not third.state and not third.trouble
    assert page.said[-1][0] == "1 file fitted, 1 failed, see the list, 1 left, as it was stopped."
    assert Path(files[0]).is_file(), "what was given is nobody's to move"


def test_a_result_of_a_repair_keeps_its_report(page, files, tmp_path):
    page.open_paths(files)
    page.actions_by_name["repair_all"].trigger()
    task, arguments = next(job for job in page.several.engine.jobs if job[0].name == "batch")
    assert arguments["kind"] == "repair" and arguments["settings"] == {}
    task.take(JobEvent(0, Ended(files[2], "", _outputs(tmp_path / "out", (".ply", ".json")), REPORT, 2.0)))
    entry = next(e for e in page.work.results.entries if e.path == files[2])
    assert entry.run.field.is_file() and json.loads(entry.run.field.with_suffix(".json").read_text()) == {}
    task.take(JobEvent(0, Done(None)))
    page.kept.delete([e for e in page.work.results.entries if e.kind == GIVEN])
    assert [e.path for e in page.work.results.entries] == [files[2]]


def test_the_batch_code_tells_each_end(files, tmp_path, monkeypatch):
    place = str(Path(__file__).parents[1] / "batch" / "fakeworker.py")
    monkeypatch.setattr(worker, "python", lambda *words: [sys.executable, place])
    refused = tmp_path / "refused.obj"
    refused.write_text("")
    given = [*files[:2], str(refused), str(tmp_path / "gone.obj")]
    events = list(batching.batch(given, str(tmp_path / "out"), "repair", {"mode": "keep"}))
    ends = {e.path: e for e in events if isinstance(e, Ended)}
    assert set(ends) == set(given) and isinstance(events[-1], Done)
    assert "expected faces" in ends[str(refused)].trouble and "expected the file" in ends[given[3]].trouble
    good = ends[files[0]]
    assert good.report["preservation"] == {"lost": 0.0} and Path(good.outputs[".ply"]).is_file()
    assert good.outputs[".ply"] != ends[files[1]].outputs[".ply"], "two files of one name share nothing"


def test_a_mesh_out_of_a_scene_is_an_entry_and_comes_back(page, tmp_path):
    mesh = tmp_path / "fox.ply"
    mesh.write_text("a mesh")
    assert page.take_mesh(str(mesh), str(tmp_path / "fox"), "grid")
    (entry,) = page.work.results.entries
    assert (entry.name, entry.figures, entry.unsaved) == ("Scene mesh of fox", "grid", True)
    assert not mesh.exists() and Path(entry.path).read_text() == "a mesh", "it lies with its entry"
    assert page.work.desk.jobs[-1][1]["path"] == entry.path, "and is opened"
    again = ResultList()
    again.reload(page.kept._found())
    assert [(e.kind, e.path) for e in again.entries] == [(SCENE, entry.path)]


def test_several_results_are_exported_under_free_names(page, files, tmp_path):
    page.open_paths(files)
    page.actions_by_name["fit_all"].trigger()
    task, _ = next(job for job in page.several.engine.jobs if job[0].name == "batch")
    for k in (0, 1):
        task.take(JobEvent(0, Ended(files[k], "", _outputs(tmp_path / f"out{k}"), REPORT, 2.0)))
    task.take(JobEvent(0, Done(None)))
    made = [e for e in page.work.results.entries if e.kind == FIT]
    folder = tmp_path / "exported"
    folder.mkdir()
    (folder / "ring.hybrid.ply").write_text("of another program")
    page.exporting_several.export(made, str(folder))
    mesh = Mesh(np.zeros((3, 3)), np.array([[0, 1, 2]]))
    for place in ("ring.hybrid-2.ply", "ring.hybrid-3.ply"):
        (taking, asked) = page.work.desk.jobs[-1]
        assert taking.name == "extract" and asked["reference"] is None and asked["config"].resolution == 64
        taking.take(JobEvent(0, Done(Fitted(mesh, None, {}, "", "hybrid", True))))
        (saving, asked) = page.work.desk.jobs[-1]
        assert saving.name == "save mesh" and asked["path"] == str(folder / place)
        (folder / place).write_text("mesh")
        saving.take(JobEvent(0, Done(None)))
    assert all(e.exported and e.mean == 0.02 for e in made), "its figures are kept"
    assert page.said[-1][0] == f"Saved {folder}: 2 meshes"


def test_closing_while_files_are_worked_on_asks(page, files):
    closed = []
    page.open_paths(files)
    page.actions_by_name["repair_all"].trigger()
    assert not page.may_close(lambda: closed.append(True))
    box = page.findChild(QMessageBox)
    assert box.defaultButton().text() == "Cancel" and not closed
    next(b for b in box.buttons() if b.text() == "Stop and close").click()
    assert closed and not page.several.running and page.may_close(closed.clear)
