"""Lines that the user should know: in a place of their own, with details on demand, and with a history."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QFontDatabase, QGuiApplication, QResizeEvent
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from shapefield_gui.theme import STEP
from shapefield_gui.timing import after
from shapefield_gui.widgets.dock import wrapping
from shapefield_gui.widgets.plain import PlainLabel

SIGNS = {"noticeBad": "✗", "noticeGood": "✓", "noticeBusy": "…"}
"""What stands before a notice of each kind, beside its colour."""
_MOST = 3
_SHORT_MS = 7000
_KEPT = 200
"""So many lines of the history are kept."""


@dataclass(frozen=True, slots=True)
class PastNotice:
    """A line of the history. when : Unix seconds;  owner : the tab that it belongs to, "" for all"""

    when: float
    owner: str
    text: str
    kind: str
    details: str = ""


class Notices(QWidget):
    """The latest three notices of a tab, in a place of their own; the ones before come back as those are closed.

    Good ones leave by themselves unless they ask something, bad ones stay until they are closed or another file is
    opened in their tab. Whatever was said is in the history. changed() : what waits in the tabs changed
    """

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._owner = ""
        self._all: list[_Notice] = []
        self._subjects: dict[str, str] = {}
        self.history: list[PastNotice] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(STEP, STEP // 2, STEP, STEP // 2)
        self._column.setSpacing(STEP // 2)
        self.foot = QWidget()
        row = QHBoxLayout(self.foot)
        row.setContentsMargins(0, 0, 0, 0)
        self.more = PlainLabel("")
        self.more.setObjectName("quiet")
        self.close_all = QPushButton("")
        self.close_all.clicked.connect(self._close_all)
        row.addWidget(self.more)
        row.addStretch()
        row.addWidget(self.close_all)
        self._column.addWidget(self.foot)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What is shown, oldest first."""
        return [n.text for n in self.shown()]

    def shown(self) -> list[_Notice]:
        """The notices themselves, oldest first."""
        return self._here()[-_MOST:]

    def unread(self, owner: str) -> int:
        """How many wait in that tab."""
        return sum(n.owner == owner for n in self._all)

    def _here(self) -> list[_Notice]:
        return [n for n in self._all if n.owner in ("", self._owner)]

    def show_those_of(self, owner: str) -> None:
        """Another tab is looked at."""
        self._owner = owner
        self._arrange()

    def turn_to(self, owner: str, subject: str) -> None:
        """Another file is open in that tab: what was said of the one before leaves. subject : its path"""
        before, self._subjects[owner] = self._subjects.get(owner, ""), subject
        if before and before != subject:
            for notice in [n for n in self._all if n.owner == owner and n.subject == before]:
                self._drop(notice)
        self._arrange()

    def say(
        self,
        text: str,
        kind: str = "notice",
        details: str = "",
        buttons: tuple[tuple[str, Callable[[], None]], ...] = (),
        owner: str = "",
        stays: bool | None = None,
    ) -> Callable[[], None]:
        """Show a line; what is returned takes it back.

        kind  : "notice", "noticeBusy", "noticeGood" or "noticeBad"
        owner : the tab that it belongs to, "" for all;  stays : until it is closed; None: unless it is good news
                without buttons, which leaves after seven seconds
        """
        for old in [n for n in self._all if (n.text, n.owner) == (text, owner)]:
            self._drop(old)
        notice = _Notice(text, kind, details, buttons, self._remove)
        notice.owner, notice.subject = owner, self._subjects.get(owner, "")
        notice.leaves = not stays if stays is not None else kind == "noticeGood" and not buttons
        self._all.append(notice)
        if kind != "noticeBusy":
            self.history = [*self.history, PastNotice(time.time(), owner, text, kind, details)][-_KEPT:]
        self._column.insertWidget(self._column.count() - 1, notice)
        self._arrange()
        return lambda: self._remove(notice) if notice in self._all else None

    def _arrange(self) -> None:
        """Show what is to be read here; what leaves by itself begins to when it is seen."""
        shown, here = self.shown(), self._here()
        for notice in self._all:
            notice.setVisible(notice in shown)
            if notice in shown and notice.leaves and not notice.timer.isActive():
                notice.timer.start()
        waiting = len(here) - len(shown)
        self.more.setText(f"{waiting} before" if waiting else "")
        self.close_all.setText(f"Close all {len(here)}")
        self.foot.setVisible(len(here) > 1)
        self.setVisible(bool(shown))
        self._fit()
        self.changed.emit()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as the texts are at this width: none is cut, whatever else the layout has to place."""
        margins = self._column.contentsMargins()
        inner = self.width() - margins.left() - margins.right()
        heights = [notice.height_for(inner) for notice in self.shown()]
        heights += [self.foot.sizeHint().height()] if self.foot.isVisibleTo(self) else []
        height = sum(heights) + self._column.spacing() * (len(heights) - 1) + margins.top() + margins.bottom()
        if heights and height != self.height():
            self.setFixedHeight(height)

    def _close_all(self) -> None:
        for notice in self._here():
            self._drop(notice)
        self._arrange()

    def clear(self) -> None:
        """Close those of every tab."""
        for notice in list(self._all):
            self._drop(notice)
        self._arrange()

    def _remove(self, notice: _Notice) -> None:
        self._drop(notice)
        self._arrange()

    def _drop(self, notice: _Notice) -> None:
        notice.timer.stop()
        self._all.remove(notice)
        self._column.removeWidget(notice)
        notice.hide()
        notice.deleteLater()


class _Notice(QFrame):
    def __init__(
        self,
        text: str,
        kind: str,
        details: str,
        buttons: tuple[tuple[str, Callable[[], None]], ...],
        remove: Callable[[_Notice], None],
    ) -> None:
        super().__init__()
        self.text = text
        self.setObjectName(kind)
        self.setAccessibleName(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(STEP, STEP // 2, STEP // 2, STEP // 2)
        label = PlainLabel(f"{SIGNS.get(kind, '•')}  {text}")
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(label, 1)
        self.buttons: dict[str, QPushButton] = {}
        for title, do in buttons:
            button = self.buttons[title] = QPushButton(title)
            button.clicked.connect(lambda _, do=do: (remove(self), do()))
            row.addWidget(button)
        if details:
            button = QPushButton("Details")
            button.clicked.connect(lambda: show_details(self, text, details))
            row.addWidget(button)
        close = QToolButton()
        close.setText("×")
        close.setAccessibleName("Close this notice")
        close.clicked.connect(lambda: remove(self))
        row.addWidget(close)
        self._row = row
        self._remove = remove
        self.timer = after(self, _SHORT_MS, self._leave)  # a method goes with its owner, a lambda may outlive it
        self.leaves = False
        self.owner = self.subject = ""

    def _leave(self) -> None:
        self._remove(self)

    def height_for(self, width: int) -> int:
        """Logical pixels, with the text broken to that width."""
        self.ensurePolished()
        self._row.activate()
        return max(self._row.totalHeightForWidth(width), self._row.totalMinimumSize().height())


def show_details(parent: QWidget, text: str, details: str) -> None:
    dialog = QDialog(parent.window())
    dialog.setWindowTitle("Details")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(STEP * 2, STEP * 2, STEP * 2, STEP * 2)
    column.setSpacing(STEP)
    column.addWidget(wrapping(text))
    whole = QPlainTextEdit(details)
    whole.setReadOnly(True)
    whole.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    whole.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    whole.setAccessibleName("Details")
    column.addWidget(whole)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    copy = buttons.addButton("Copy", QDialogButtonBox.ButtonRole.ActionRole)
    clipboard = QGuiApplication.clipboard()
    if copy is not None and clipboard is not None:
        copy.clicked.connect(lambda: clipboard.setText(f"{text}\n\n{details}"))
    column.addWidget(buttons)
    dialog.resize(640, 320)
    dialog.open()
