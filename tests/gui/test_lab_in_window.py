"""The Lab tab inside the whole window, with its real child: it runs, keeps ghosts, and ends with the window."""

from __future__ import annotations

import os

import numpy as np
import pytest
from shapefield_gui.lab.page import LabPage


def _lab(qtbot, window):
    window.tabs.setCurrentIndex(next(k for k, p in enumerate(window.pages) if isinstance(p, LabPage)))
    page = window.page
    qtbot.waitUntil(lambda: page.pictures is not None and page.pictures.isVisible())
    return page


def _choose(page, name):
    page.bench.subject = name
    page.choice.show_subject()
    page.choice.chosen.emit()


def test_it_runs_leaves_a_ghost_and_ends_with_the_window(qtbot, window):
    page = _lab(qtbot, window)
    assert "Run: Stop" in {f"{menu}: {a.text().replace('&', '')}" for menu, a in window.commands}
    _choose(page, "nerf")
    page.actions_by_name["run"].trigger()
    qtbot.waitUntil(lambda: page.running.task is None)
    assert page.running.ended_well
    first = page.bench.board
    slider = page.choice.sliders.sliders["density"]
    slider.setValue(slider.maximum() // 2)
    qtbot.waitUntil(lambda: page.bench.board is not first and page.running.task is None)
    assert page.bench.ghost is first
    before, after = (b.plots["light that arrives, T"]["samples"].y for b in (first, page.bench.board))
    assert not np.allclose(before[-1], after[-1])
    qtbot.waitUntil(lambda: page.bar.value() == page.bar.maximum())
    _choose(page, "heat")
    assert page.bar.value() == 0, "the bar of another experiment's run"
    page.actions_by_name["run"].trigger()
    child = page.running.engine.pid
    window.close()
    assert not window.isVisible()

    def gone():
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
        return True

    qtbot.waitUntil(gone)


def test_larger_text_holds_in_the_window_and_widens_nothing_beyond_it(qtbot, window):
    page = _lab(qtbot, window)
    small = page.see.font().pointSizeF()
    for _ in range(4):
        page.actions_by_name["larger"].trigger()
    qtbot.waitUntil(lambda: page.see.font().pointSizeF() == pytest.approx(small * 1.15**4, rel=1e-3))
    assert window.width() == 1100
