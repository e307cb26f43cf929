"""Timers, made in one line."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer


def after(parent: QObject, milliseconds: int, do: Callable[[], object]) -> QTimer:
    """A timer that fires once, that long after its last `start()`."""
    timer = every(parent, milliseconds, do)
    timer.setSingleShot(True)
    return timer


def every(parent: QObject, milliseconds: int, do: Callable[[], object]) -> QTimer:
    """A timer that fires again and again from its `start()`.

    `do` is connected as it is, so that Qt knows whose method it is and drops the connection with its owner. (A lambda
    around it was where a process ended once, in the timer of a window that had been dropped.)
    """
    timer = QTimer(parent)
    timer.setInterval(milliseconds)
    timer.timeout.connect(do)
    return timer
