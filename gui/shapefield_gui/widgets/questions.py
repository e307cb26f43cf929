"""What is asked before something is lost: once, in words that say what is lost. No question blocks the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QCheckBox, QMessageBox, QWidget


def _ask(
    parent: QWidget, title: str, text: str, more: str, yes: str, loses: bool, no: str, do: Callable[[], None]
) -> None:
    """Do it? Return and Esc say no. yes, no : words of the buttons;  loses : whether something is gone then"""
    box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=parent)
    box.setInformativeText(more)
    role = QMessageBox.ButtonRole
    accepted = box.addButton(yes, role.DestructiveRole if loses else role.AcceptRole)
    box.setDefaultButton(box.addButton(no, role.RejectRole))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.buttonClicked.connect(lambda chosen: do() if chosen is accepted else None)
    box.open()


def ask_discard(parent: QWidget, what: str, discard: Callable[[], None]) -> None:
    """Throw away what runs? what : "fit" or "training" """
    text = f"The {what} ends without a result."
    _ask(parent, f"Discard the {what}?", text, "", "Discard", True, "Keep learning", discard)


def ask_run(parent: QWidget, path: str, run: Callable[[], None]) -> None:
    """Run a file of a person's own?"""
    more = "It can do whatever you can do: run it only if it is yours, or if you have read it."
    _ask(parent, "Run this file?", f"{Path(path).name} is a program.", more, "Run it", False, "Cancel", run)


def ask_stop(parent: QWidget, what: str, stop: Callable[[], None]) -> None:
    """End a running fit or training before its budget is spent?"""
    more = "It is finished with what there is; learning does not go on afterwards."
    text = "Stop keeps what has been learnt."
    _ask(parent, f"Stop the {what}?", text, more, "Stop and keep", False, "Keep learning", stop)


def ask_close_files(parent: QWidget, close: Callable[[], None]) -> None:
    """Close the window while several files are worked on?"""
    more = "What is done stays in the list of results; the files that are left are not begun."
    text = "Several files are worked on."
    _ask(parent, "Close shapefield?", text, more, "Stop and close", True, "Cancel", close)


RESUMED = "Stopped now, it is saved and can be resumed at the next start. Nothing is lost."


def ask_close(
    parent: QWidget, what: str, wait: Callable[[], None], stop: Callable[[], None], more: str = RESUMED
) -> None:
    """Close the window while a fit or a training runs: when it is saved, at once with what there is, or not at all."""
    box = QMessageBox(QMessageBox.Icon.Question, "Close shapefield?", f"A {what} is running.", parent=parent)
    box.setInformativeText(more)
    later = box.addButton("Close when it is saved", QMessageBox.ButtonRole.AcceptRole)
    now = box.addButton("Stop and save", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.buttonClicked.connect(lambda chosen: wait() if chosen is later else stop() if chosen is now else None)
    box.open()


def ask_leave(
    parent: QWidget,
    how: str,
    what: str,
    lost: str,
    leave: Callable[[], None],
    export: Callable[[], object],
    again: Callable[[bool], None],
) -> None:
    """Go on although a result was not exported?

    how : what would be done;  what, lost : sentences;  again(on) : whether this is to be asked at other times
    """
    box = QMessageBox(QMessageBox.Icon.Question, f"{how}?", what, parent=parent)
    box.setInformativeText(lost)
    first = box.addButton("Export …", QMessageBox.ButtonRole.AcceptRole)
    go = box.addButton(f"{how} without exporting", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(first)
    more = QCheckBox("Ask this at other times too")
    more.setChecked(True)
    box.setCheckBox(more)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def answered(chosen: object) -> None:
        again(more.isChecked())
        if chosen is first:
            export()
        elif chosen is go:
            leave()

    box.buttonClicked.connect(answered)
    box.open()
