"""A window of 1000 pixels: nothing demands more, and what has no room is in a menu."""

from __future__ import annotations

import pytest
from PyQt6.QtWidgets import QScrollArea
from shapefield_gui.view.view_bar import ViewBar


def _texts(bar) -> list[str]:
    return [a.text().replace("&", "") for a in bar.more.menu().actions()]


def test_every_tab_fits_a_window_of_a_thousand_pixels(qtbot, window):
    for k in range(len(window.pages)):
        window.tabs.setCurrentIndex(k)
        window.resize(1000, 680)
        qtbot.waitUntil(lambda: window.width() == 1000)
    scene = window.pages[0].work.scene
    for mode in ("both", "split"):
        scene.change(mode=mode)
        qtbot.waitUntil(lambda: window.minimumSizeHint().width() <= 1000)


def test_buttons_without_room_move_into_the_menu_and_come_back(qtbot, window):
    bar = window.pages[0].findChild(ViewBar)
    page = window.pages[0]
    page.stack.setCurrentIndex(1)
    window.resize(1366, 700)
    qtbot.waitUntil(lambda: _texts(bar)[0] == "Back")  # everything else has room at 1366
    window.resize(1000, 700)
    qtbot.waitUntil(lambda: "Front" in _texts(bar) and "Back" in _texts(bar))
    shown = [b.defaultAction().text().replace("&", "") for _, b in bar._folding if b.isVisible()]
    assert not set(shown) & set(_texts(bar)), "a command is in the strip or in the menu, not in both"
    window.resize(1366, 700)
    qtbot.waitUntil(lambda: "Front" not in _texts(bar))


@pytest.mark.parametrize("width", [1000, 1366])
def test_no_panel_is_wider_than_its_dock_with_advanced_open(qtbot, window, width):
    window.resize(width, 700)
    page = window.pages[0]
    page.fit_panel.advanced.toggle.setChecked(True)

    def too_wide() -> list[str]:
        docks = page.layout_of_docks.docks.values()
        shown = [d for d in docks if isinstance(d.widget(), QScrollArea) and d.widget().isVisible()]
        return [d.windowTitle() for d in shown if d.widget().widget().width() > d.widget().viewport().width()]

    qtbot.waitUntil(lambda: not too_wide())
