"""What is asked before something is lost: once, in words that say what is lost. No question blocks the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QCheckBox, QMessageBox, QWidget


def ask_discard(parent: QWidget, what: str, discard: Callable[[], None]) -> None:
    """Throw away what runs? what : "fit" or "training" """
    box = QMessageBox(
        QMessageBox.Icon.Question, f"Discard the {what}?", f"The {what} ends without a result.", parent=parent
    )
    yes = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton("Keep learning", QMessageBox.ButtonRole.RejectRole))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.buttonClicked.connect(lambda chosen: discard() if chosen is yes else None)
    box.open()


def ask_run(parent: QWidget, path: str, run: Callable[[], None]) -> None:
    """Run a file of a person's own?"""
    box = QMessageBox(QMessageBox.Icon.Question, "Run this file?", f"{Path(path).name} is a program.", parent=parent)
    box.setInformativeText("It can do whatever you can do: run it only if it is yours, or if you have read it.")
    yes = box.addButton("Run it", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.buttonClicked.connect(lambda chosen: run() if chosen is yes else None)
    box.open()


def ask_stop(parent: QWidget, what: str, stop: Callable[[], None]) -> None:
    """End a running fit or training before its budget is spent?"""
    box = QMessageBox(QMessageBox.Icon.Question, f"Stop the {what}?", "Stop keeps what has been learnt.", parent=parent)
    box.setInformativeText("It is finished with what there is; learning does not go on afterwards.")
    yes = box.addButton("Stop and keep", QMessageBox.ButtonRole.AcceptRole)
    box.setDefaultButton(box.addButton("Keep learning", QMessageBox.ButtonRole.RejectRole))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.buttonClicked.connect(lambda chosen: stop() if chosen is yes else None)
    box.open()


def ask_close(parent: QWidget, what: str, wait: Callable[[], None], stop: Callable[[], None]) -> None:
    """Close the window while a fit or a training runs: when it is saved, at once with what there is, or not at all."""
    box = QMessageBox(QMessageBox.Icon.Question, "Close shapefield?", f"A {what} is running.", parent=parent)
    box.setInformativeText("Stopped now, it is saved and can be resumed at the next start. Nothing is lost.")
    later = box.addButton("Close when it is saved", QMessageBox.ButtonRole.AcceptRole)
    now = box.addButton("Stop and save", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.buttonClicked.connect(lambda chosen: wait() if chosen is later else stop() if chosen is now else None)
    box.open()


def ask_close_files(parent: QWidget, close: Callable[[], None]) -> None:
    """Close the window while several files are worked on?"""
    box = QMessageBox(QMessageBox.Icon.Question, "Close shapefield?", "Several files are worked on.", parent=parent)
    box.setInformativeText("What is done stays in the list of results; the files that are left are not begun.")
    yes = box.addButton("Stop and close", QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole))
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.buttonClicked.connect(lambda chosen: close() if chosen is yes else None)
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
