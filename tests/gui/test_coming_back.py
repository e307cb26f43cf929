"""Nothing is lost: closing asks, interrupted runs are offered, checkpoints of the command line are taken up."""

from __future__ import annotations

import psutil
import pytest
from conftest import fit_started, opened
from PyQt6.QtWidgets import QApplication, QMessageBox

pytestmark = pytest.mark.gl


def _question() -> QMessageBox | None:
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()), None)


def _press(text: str) -> None:
    box = _question()
    assert box is not None
    next(b for b in box.buttons() if b.text() == text).click()


def _rests(qtbot, pid: int) -> bool:
    """Whether a process waits for a word: it neither works nor waits for a processor."""
    process = psutil.Process(pid)
    before = process.cpu_times()
    qtbot.wait(200)
    return process.status() == psutil.STATUS_SLEEPING and process.cpu_times() == before


def test_pause_holds_closing_asks_and_the_run_is_offered_again(qtbot, windows, torus_file):
    window = windows()
    page = opened(qtbot, window, torus_file)
    fit_started(qtbot, page)
    qtbot.waitUntil(lambda: bool(page.work.session.curves.steps))
    page.actions_by_name["pause"].trigger()
    qtbot.waitUntil(lambda: _rests(qtbot, page.work.fitter.pid))  # the word takes a moment to reach the process
    held = page.work.session.curves.steps[-1]
    qtbot.wait(300)
    assert page.work.session.curves.steps[-1] == held
    page.actions_by_name["pause"].trigger()
    qtbot.waitUntil(lambda: page.work.session.curves.steps[-1] > held)

    page.actions_by_name["ask_stop"].trigger()
    _press("Keep learning")
    assert page.fitting.task is not None

    window.close()
    assert window.isVisible(), "closed without asking"
    assert {b.text() for b in _question().buttons()} == {"Close when it is saved", "Stop and save", "Cancel"}
    _press("Cancel")
    qtbot.wait(50)
    assert window.isVisible() and page.fitting.task is not None

    run = page.work.run
    window.close()
    _press("Stop and save")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert run.interrupted

    again = windows()
    qtbot.waitUntil(lambda: any("was interrupted" in text for text in again.notices.texts))
    notice = next(n for n in again.notices.shown() if "was interrupted" in n.text)
    notice.buttons["Resume"].click()
    second = again.pages[0]
    qtbot.waitUntil(lambda: any("resumed at step" in n for n in second.work.session.notices))
    second.fitting.stop()
    qtbot.waitUntil(lambda: second.work.fitted is not None)
    assert not run.checkpoint.exists()


def _interrupted(torus_file, field) -> None:
    """A fit of the command line's kind that is stopped in mid-training; its checkpoint stays."""
    from shapefield.errors import InterruptedRun
    from shapefield.events import Progress
    from shapefield.fitting.pipeline import reconstruct
    from shapefield.settings import fit_config

    config = fit_config(method="hybrid", steps=4000, samples=20_000, resolution=64)
    events = reconstruct(torus_file, config, field=field)
    for event in events:
        if isinstance(event, Progress) and event.stage == "training" and event.done > 3:
            break
    with pytest.raises(InterruptedRun):
        events.throw(InterruptedRun("stop"))


def test_a_checkpoint_of_the_command_line_is_taken_up_and_left_as_it_was(qtbot, window, torus_file, tmp_path):
    field = tmp_path / "elsewhere.field"
    _interrupted(torus_file, field)
    checkpoint = tmp_path / "elsewhere.field.checkpoint"
    before = checkpoint.read_bytes()
    page = window.pages[0]
    window.open_path(str(checkpoint))
    qtbot.waitUntil(lambda: any("resumed at step" in n for n in page.work.session.notices))
    assert page.work.opened.path == torus_file
    assert page.work.plan.changed["steps"] == 4000 and page.work.plan.resolution == 64
    page.fitting.stop()
    qtbot.waitUntil(lambda: page.work.fitted is not None)
    assert checkpoint.read_bytes() == before
