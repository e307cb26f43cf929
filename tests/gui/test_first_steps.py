"""What a stranger meets first: the tour of five steps, and the guide that comes with the program."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from PyQt6.QtCore import QRect, Qt, QUrl
from PyQt6.QtWidgets import QPushButton, QWidget
from shapefield_gui.models import guide
from shapefield_gui.widgets.guide import Guide
from shapefield_gui.widgets.tour import Tour, TourStep

ROOT = Path(__file__).parents[2]


@pytest.fixture
def room(qtbot):
    """A window with one thing in it."""
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    thing = QPushButton("Fit", window)
    thing.setGeometry(600, 500, 100, 30)
    window.show()
    window.thing = thing
    return window


def test_a_tour_goes_through_its_steps_and_stays_in_the_window(qtbot, room):
    did = []
    steps = [
        TourStep("One", "first", lambda: room.thing, "Do it", leave=lambda: did.append("left one")),
        TourStep("Two", "second", lambda: room.thing, "Done", enter=lambda: did.append("came to two")),
    ]
    tour = Tour(room, steps)
    tour.begin()
    assert (tour.title.text(), tour.count.text(), tour.on.text()) == ("One", "1 of 2", "Do it")
    assert room.rect().contains(tour.geometry()) and not tour.geometry().intersects(room.thing.geometry())
    assert tour.ring._about == QRect(600, 500, 100, 30)
    qtbot.mouseClick(tour.on, Qt.MouseButton.LeftButton)
    assert did == ["left one", "came to two"] and tour.skip.isHidden()
    with qtbot.waitSignal(tour.ended):
        qtbot.mouseClick(tour.on, Qt.MouseButton.LeftButton)
    assert tour.isHidden() and not tour._following.isActive()


def test_escape_skips_a_tour(qtbot, room):
    tour = Tour(room, [TourStep("One", "first", lambda: room.thing), TourStep("Two", "second", lambda: room.thing)])
    tour.begin()
    with qtbot.waitSignal(tour.ended):
        qtbot.keyClick(tour, Qt.Key.Key_Escape)


def test_the_guide_is_in_the_wheel_and_all_its_pages_are_there():
    shipped = tomllib.loads((ROOT / "pyproject.toml").read_text())
    force = shipped["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert force == {f"docs/{page}": f"shapefield_gui/guide/{page}" for page, _ in guide.PAGES}
    assert all(guide.text_of(page).startswith("# ") for page, _ in guide.PAGES)
    links = {link for page, _ in guide.PAGES for link in guide.re.findall(r"\]\(([\w-]+\.md)", guide.text_of(page))}
    assert links and links <= dict(guide.PAGES).keys()


def test_links_and_headings_of_the_guide_are_turned_to(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    reader = Guide(parent)
    reader.show()
    first = reader.text.textCursor().block().text()
    reader.show_page("guide.md", "The window")
    assert first == "User guide" and reader.text.textCursor().block().text() == "The window"
    reader._follow(QUrl("methods.md#siren"))
    assert reader.page == "methods.md" and reader.text.textCursor().block().text() == "siren"
    assert reader.contents.topLevelItem(0).childCount() > 10
