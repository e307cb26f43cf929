"""The Family tab: places on the map, what is asked for, and what its process answers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from boxfamily import CORNERS, SIDES, boxes, on_box, run_of
from PyQt6.QtCore import QPointF, Qt
from shapefield_gui import paths
from shapefield_gui.family import jobs
from shapefield_gui.family.model import FamilyModel
from shapefield_gui.family.page import FamilyPage
from shapefield_gui.family.records import THUMB, CodedSurface, Completed, OpenedFamily, ShapeQuestion, Thumb
from shapefield_gui.tabs import TABS, Services
from shapefield_gui.theme import Themes

from shapefield.cli.parser import Parser
from shapefield.events import Done
from shapefield.families.family import Family
from shapefield.mesh.model import Mesh
from shapefield.mesh.writing import write

PLACES = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])


def opened(names: tuple[str, ...] = ("a", "b", "c")) -> OpenedFamily:
    return OpenedFamily("x.family", "grid", names, PLACES, 2)


def test_a_blend_is_a_member_where_it_lies_and_even_in_the_middle() -> None:
    model = FamilyModel()
    model.take(opened())
    assert model.title == "a" and model.weights().tolist() == [1, 0, 0]
    model.go([1.0, 0.0])
    np.testing.assert_allclose(model.weights(), [0, 1, 0])
    model.go([0.5, 0.0])
    found = model.weights()
    assert found[0] == pytest.approx(found[1]) and found.sum() == pytest.approx(1) and found[2] < 0.01
    assert model.title == "between a and b"


def test_every_command_is_one_that_the_program_reads() -> None:
    from shapefield.cli import family

    model, parser = FamilyModel(), Parser(prog="shapefield family")
    family.add_arguments(parser)
    model.take(opened())
    for change in (lambda: None, lambda: model.shifts.__setitem__(1, 1.5), lambda: model.go([0.4, 0.1])):
        change()
        assert parser.parse_args(model.command().split()[2:]).family == "x.family"
    model.completed = "/scans/scan.ply"
    found = parser.parse_args(model.command().split()[2:])
    assert (found.action, found.partial, found.keep_measured) == ("complete", "/scans/scan.ply", True)
    assert model.title.startswith("scan.ply, completed")


@pytest.fixture
def family(monkeypatch) -> Family:
    """Boxes by a formula, as if the process had read them."""
    found = boxes()
    monkeypatch.setattr(Family, "load", classmethod(lambda cls, path: found))
    for name in ("family", "completed", "shown", "mesh"):
        monkeypatch.setattr(jobs._HeldFamily, name, None)
    return found


def seen(look: ShapeQuestion) -> CodedSurface:
    return next(part for part in jobs.answer(look) if part is not None)


def test_opening_gives_places_and_pictures(family: Family) -> None:
    events = list(jobs.open_family("x.family"))
    told = next(e for e in events if isinstance(e, OpenedFamily))
    thumbs = [e for e in events if isinstance(e, Thumb)]
    assert told.names == tuple(family.names) and told.axes == 2 and isinstance(events[-1], Done)
    np.testing.assert_allclose(told.places.std(axis=0, ddof=1), 1, rtol=1e-5)  # in deviations
    assert [t.number for t in thumbs] == list(range(20))
    shown = thumbs[0].picture
    assert shown.shape == (THUMB, THUMB, 4) and 0.05 < (shown[..., 3] > 0).mean() < 0.6


def test_a_look_is_answered_by_the_surface_of_the_code_that_is_meant(family: Family) -> None:
    list(jobs.open_family("x.family"))
    half = np.zeros(20)
    half[[2, 5]] = 0.5
    found = seen(ShapeQuestion(7, half, (1.0, 0.0), (0.0, 0.0), 96, 24))
    directions, deviations = family.directions()
    code = (family.codes[2] + family.codes[5]) / 2 + deviations[0] * directions[0]
    np.testing.assert_allclose(jobs._HeldFamily.shown.code, code, atol=1e-6)
    assert found.number == 7 and found.picture.shape == (96, 96, 4) and "faces at 24³" in found.told
    turned = seen(ShapeQuestion(8, half, (1.0, 0.0), (1.0, 0.3), 96, 24))
    assert not np.array_equal(turned.picture, found.picture)
    assert list(jobs.answer(ShapeQuestion(9, None, (), (0.0, 0.0), 96))) == []  # nothing was completed


def test_a_scan_is_completed_and_shown(family: Family, tmp_path) -> None:
    list(jobs.open_family("x.family"))
    scan = on_box(np.array([0.8, 0.45, 0.5]), 400)
    np.save(tmp_path / "scan.npy", scan[scan[:, 1] > -0.1])
    *_, last = jobs.complete(str(tmp_path / "scan.npy"))
    assert (
        isinstance(last, Done) and isinstance(last.result, Completed) and last.result.path == str(tmp_path / "scan.npy")
    )
    assert seen(ShapeQuestion(1, None, (), (0.0, 0.0), 64, 16)).picture[..., 3].any()


def test_a_turned_view_takes_no_surface_again(family: Family, monkeypatch) -> None:
    list(jobs.open_family("x.family"))
    taken, taking = [], jobs._surface
    monkeypatch.setattr(jobs, "_surface", lambda field, resolution: taken.append(1) or taking(field, resolution))
    one = np.eye(20)[3]
    for number, (weights, turn) in enumerate(((one, 0.0), (one, 0.5), (np.eye(20)[4], 0.5))):
        seen(ShapeQuestion(number, weights, (), (turn, 0.0), 64, 16))
    assert len(taken) == 2


def test_closing_asks_while_a_family_is_trained(qtbot, qapp, clean, monkeypatch) -> None:
    page = FamilyPage(Services(Themes(qapp, "light"), paths.settings(), lambda *_, **__: None, print, print))
    qtbot.addWidget(page)
    asked, closed, told = [], [], []
    monkeypatch.setattr("shapefield_gui.family.page.ask_close", lambda *given: asked.append(given))
    monkeypatch.setattr(page.running, "stop", lambda: told.append("stop"))
    assert page.may_close(lambda: closed.append(1)) and not asked
    page.running.job = "train"
    assert not page.may_close(lambda: closed.append(1))
    asked[0][3]()  # stop and save
    assert told == ["stop"] and not closed
    page.running._end()
    assert closed == [1]
    page.shut_down()


def test_a_click_shows_a_member_and_a_drag_what_lies_between(qtbot, qapp, clean, monkeypatch) -> None:
    assert any(tab.place == "shapefield_gui.family.page:FamilyPage" for tab in TABS)
    page = FamilyPage(Services(Themes(qapp, "light"), paths.settings(), lambda *_, **__: None, print, print))
    asked: list[ShapeQuestion] = []
    monkeypatch.setattr(page.running, "ask", lambda look: asked.append(look) if look is not None else None)
    monkeypatch.setattr(page.running, "warm", lambda: None)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    assert page.takes("a.FAMILY") and not page.takes("a.ply")
    page.running.opened.emit(opened())
    page.running.thumb.emit(Thumb(0, np.full((THUMB, THUMB, 4), 255, np.uint8)))
    spots = [page.map.at(place).toPoint() for place in PLACES]
    qtbot.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=spots[1])
    assert page.model.chosen == 1 and page.view.title == "b"
    middle = QPointF(spots[0] + spots[1]) / 2
    left, move = Qt.MouseButton.LeftButton, SimpleNamespace(position=lambda: middle, buttons=lambda: left)
    page.map.mouseMoveEvent(move)
    assert page.model.chosen is None and page.view.title in ("between a and b", "between b and a")
    page.directions.sliders[1].setValue(50)
    qtbot.waitUntil(lambda: bool(asked) and asked[-1].shifts == (0.0, 1.5))
    assert asked[-1].weights[0] == pytest.approx(asked[-1].weights[1], abs=0.02)
    page.running.seen.emit(CodedSurface(asked[-1].number, np.zeros((8, 8, 4), np.uint8), "12 faces"))
    assert page.view.told == "12 faces" and not page.portray(False)
    page.shut_down()


def test_what_is_trained_is_shown_on_the_way(tmp_path) -> None:
    folder = tmp_path / "boxes"
    folder.mkdir()
    for k in range(3):
        write(Mesh(CORNERS * [1, 1, 1 + 0.3 * k], np.array(SIDES)), folder / f"box{k}.ply")
    run, found = run_of(folder, tmp_path / "b.family", steps=40), []
    live = jobs._live(run)
    for event in run.events():
        if getattr(event, "stage", "") == "training":
            found += next(live)
    assert any(isinstance(e, OpenedFamily) and len(e.names) == 3 for e in found)
    assert any(isinstance(e, Thumb) for e in found)
