"""Notices: none is lost, cut or laid over anything; they belong to their tab and file, and have a history."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtWidgets import QApplication, QLabel, QListWidget, QVBoxLayout, QWidget
from shapefield_gui import saved
from shapefield_gui.widgets.history import History
from shapefield_gui.widgets.notices import Notices


@pytest.fixture
def notices(qtbot):
    body = QWidget()
    body.resize(800, 600)
    made, column = Notices(), QVBoxLayout(body)
    column.addWidget(made)
    column.addStretch()
    qtbot.addWidget(body)
    body.show()
    yield made
    made.clear()


def test_good_news_leaves_by_itself_unless_it_asks_something(notices):
    notices.say("The comparison is done", "noticeGood", "", (("Open the report", lambda: None),))
    saved.tell_saved(notices.say, "/tmp/a.ply")
    assert [notice.timer.isActive() for notice in notices.shown()] == [False, True]


def test_a_fourth_notice_loses_none_and_all_close_at_once(qtbot, notices):
    for k in range(5):
        notices.say(f"Fault {k}", "noticeBad")
    assert notices.texts == ["Fault 2", "Fault 3", "Fault 4"] and notices.more.text() == "2 before"
    take_back = notices.say("Opening …", "noticeBusy")
    take_back()
    notices._remove(notices.shown()[-1])
    assert notices.texts == ["Fault 1", "Fault 2", "Fault 3"], "what was pushed out unread comes back"
    assert notices.close_all.isVisible() and notices.close_all.text() == "Close all 4"
    notices.close_all.click()
    assert notices.texts == [] and not notices.isVisible()
    assert [line.text for line in notices.history] == [f"Fault {k}" for k in range(5)]


def test_a_notice_stays_in_its_tab_and_waits_there(notices):
    notices.show_those_of("shape")
    notices.say("No such file", "noticeBad", owner="shape")
    notices.say("Saved run", "noticeGood", owner="nerf")
    assert notices.texts == ["No such file"]
    assert notices.unread("nerf") == 1 and not notices._all[1].timer.isActive(), "nobody has seen it yet"
    notices.show_those_of("nerf")
    assert notices.texts == ["Saved run"] and notices.shown()[0].timer.isActive()
    notices.close_all.click()
    notices.show_those_of("shape")
    assert notices.texts == ["No such file"], "another tab's are not closed with them"


def test_a_notice_leaves_with_the_file_that_it_is_about_and_stays_in_the_history(qtbot, notices):
    notices.show_those_of("shape")
    notices.say("A fit was interrupted.", "notice", owner="shape")
    notices.turn_to("shape", "/one.obj")
    notices.say("The repair is off the list.", "noticeBad", owner="shape")
    notices.say("The video is done.", "noticeBad", owner="nerf")
    notices.turn_to("shape", "/two.obj")
    assert notices.texts == ["A fit was interrupted."] and notices.unread("nerf") == 1
    dialog = History(notices.history, {"shape": "Shape", "nerf": "NeRF scene"}, notices)
    qtbot.addWidget(dialog)
    lines = dialog.findChild(QListWidget)
    assert lines.item(1).text().startswith("✗  The repair is off the list.\nShape, ") and lines.count() == 3


def test_show_in_folder_opens_the_folder_of_what_was_saved(notices, monkeypatch):
    opened = []
    monkeypatch.setattr(saved.sys, "platform", "linux")
    monkeypatch.setattr(saved.QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    saved.tell_saved(notices.say, "/tmp/out/a.ply", ": 12 faces")
    (notice,) = notices.shown()
    assert notice.text == "Saved /tmp/out/a.ply: 12 faces"
    notice.buttons["Show in folder"].click()
    assert opened == ["/tmp/out"]


def _rect(window, widget):
    return widget.rect().translated(widget.mapTo(window, QPoint(0, 0)))


def _strips(window, page):
    """The visible strips of buttons, and what runs."""
    found = [w for name in ("bar", "lowerBar", "runBar") for w in page.findChildren(QWidget, name)]
    return [w for w in found if w.isVisibleTo(window)]


def _settled(qtbot, window, widgets):
    """Their places, once the layout is at rest."""
    seen = [None]

    def rests() -> bool:
        QApplication.processEvents()
        seen.append([_rect(window, w) for w in widgets])
        return len(seen) > 5 and all(s == seen[-1] for s in seen[-4:])

    qtbot.waitUntil(rests)
    return seen[-1]


def test_notices_cover_nothing_and_only_the_picture_gives_them_room(qtbot, window):
    """On every tab, on the empty page and over a view, at two widths; long ones are not cut."""
    long = "bunny.obj: expected faces, got none, and a sentence that takes more than one line of a small window " * 2
    for tab, middle in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 0)):
        window.tabs.setCurrentIndex(tab)
        page = window.page
        if hasattr(page, "stack"):
            page.stack.setCurrentIndex(middle)
        window.resize(1000, 700)
        fixed = _strips(window, page)
        before = _settled(qtbot, window, fixed)
        window.notices.say(long, "noticeBad", "Traceback")
        window.notices.say("second", "noticeBad")
        label = window.notices.shown()[0].findChild(QLabel)
        qtbot.waitUntil(lambda label=label: label.isVisible() and label.height() >= label.heightForWidth(label.width()))
        assert _settled(qtbot, window, fixed) == before, "a strip of buttons has moved"
        mine = _rect(window, window.notices)
        shared = page.centralWidget().findChildren(QWidget)
        over = [
            w
            for w in shared
            if w.isVisible() and w.parent() is window.notices.parent() and w is not window.notices
            and _rect(window, w).intersects(mine)
        ]  # fmt: skip
        assert over == [], f"notices lie over {over}"
        window.notices.clear()
