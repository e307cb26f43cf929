"""What is seen of a run from afar: on its tab, in the window's title, and as the desktop's notification at its end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from PyQt6.QtCore import QMetaType, QObject
from PyQt6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

LONG_S = 20.0
"""Seconds from which the end of a run is worth a notification."""
_SHOWN_MS = 8000


class Afar(QObject):
    """Keeps every tab's file and progress; `changed` is called when a title or a badge is another one."""

    def __init__(self, window: QWidget, changed: Callable[[], None]) -> None:
        super().__init__(window)
        self.window, self._changed, self.clock = window, changed, time.monotonic
        self.files: dict[str, str] = {}
        self.shares: dict[str, float | None] = {}
        self._began: dict[str, float] = {}
        self._tray: QSystemTrayIcon | None = None

    def name(self, tab: str, file: str) -> None:
        """That file is open in the tab."""
        self.files[tab] = file
        self._changed()

    def progress(self, tab: str, share: float | None, runs: bool) -> None:
        """How far the tab's run is, 0..1, None where that is unknown. runs : whether there is one at all"""
        if runs:
            self._began.setdefault(tab, self.clock())
        before = self.badge(tab)
        if runs:
            self.shares[tab] = share
        else:
            self.shares.pop(tab, None)
        if self.badge(tab) != before:
            self._changed()

    def ended(self, tab: str, text: str) -> None:
        """Its run is over: tell it who does not look, if it was a long one."""
        took = self.clock() - self._began.pop(tab, self.clock())
        if took >= LONG_S and not self.window.isActiveWindow():
            self.notify(self.files.get(tab, "shapefield"), text)

    def badge(self, tab: str) -> str:
        """ "37 %", "…" where it is unknown how far the run is, "" where there is none."""
        if tab not in self.shares:
            return ""
        share = self.shares[tab]
        return "…" if share is None else f"{100 * share:.0f} %"

    def title(self, tab: str) -> str:
        """The window's: the run's progress, the file, the program. tab : the one that is shown"""
        tab = tab if self.badge(tab) else next(iter(self.shares), tab)
        parts = [self.badge(tab), self.files.get(tab, "")]
        named = " ".join(filter(None, parts))
        return f"{named} — shapefield" if named else "shapefield"

    def notify(self, title: str, text: str) -> None:
        """By the desktop's own service; and the window asks for attention in the task bar."""
        QApplication.alert(self.window)
        if sys.platform.startswith("linux"):
            _by_message_bus(title, text)
        elif QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = self._tray or QSystemTrayIcon(self.window.windowIcon(), self)
            self._tray.show()
            self._tray.showMessage(title, text, QSystemTrayIcon.MessageIcon.Information, _SHOWN_MS)
            self._tray.messageClicked.connect(self.window.activateWindow)


def _by_message_bus(title: str, text: str) -> None:
    """The freedesktop notification service, where one listens."""
    from PyQt6.QtDBus import QDBus, QDBusArgument, QDBusConnection, QDBusMessage

    plain, place = QMetaType.Type, "org.freedesktop.Notifications"
    replaced, actions, hints, shown = (QDBusArgument() for _ in range(4))
    replaced.add(0, plain.UInt.value)
    actions.beginArray(plain.QString.value)
    actions.endArray()
    hints.beginMap(plain.QString.value, QMetaType.fromName(b"QDBusVariant").id())
    hints.endMap()
    shown.add(_SHOWN_MS, plain.Int.value)
    call = QDBusMessage.createMethodCall(place, "/org/freedesktop/Notifications", place, "Notify")
    call.setArguments(["shapefield", replaced, "shapefield", title, text, actions, hints, shown])
    QDBusConnection.sessionBus().call(call, QDBus.CallMode.NoBlock)
