"""A page's commands as QActions, made from a table: menu, words, shortcut, tip."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QAction, QActionGroup, QKeySequence


@dataclass(frozen=True, slots=True)
class MenuCommand:
    """One command; "-" as the name is a separator.

    keys  : shortcuts, " | " between them;  tip : one line for tooltips
    group : commands of which exactly one is on;  on : checked at the start
    """

    name: str
    menu: str
    text: str
    keys: str = ""
    tip: str = ""
    checkable: bool = False
    group: str = ""
    on: bool = False


class Actions:
    """QActions by name."""

    def __init__(self, commands: Iterable[MenuCommand], parent: QObject, view_only: Collection[str] = ()) -> None:
        """view_only : commands whose shortcuts hold only in the widget that they are added to"""
        self._all: dict[str, QAction] = {}
        self.menus: dict[str, list[QAction | None]] = {}
        groups: dict[str, QActionGroup] = {}
        for c in commands:
            entries = self.menus.setdefault(c.menu, [])
            if c.name == "-":
                entries.append(None)
                continue
            action = QAction(c.text, parent)
            action.setObjectName(c.name)
            if c.keys:
                action.setShortcuts([QKeySequence(k) for k in c.keys.split(" | ")])
            if c.name in view_only:
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.setCheckable(c.checkable)
            shown = c.keys.partition(" | ")[0]
            action.setToolTip((c.tip or c.text.replace("&", "")) + (f"  ({shown})" if shown else ""))
            if c.group:
                groups.setdefault(c.group, QActionGroup(parent)).addAction(action)
            action.setChecked(c.on)
            self._all[c.name] = action
            entries.append(action)

    def __getitem__(self, name: str) -> QAction:
        return self._all[name]

    def items(self) -> Iterable[tuple[str, QAction]]:
        """Each with its name."""
        return self._all.items()

    def enable(self, on: bool, *names: str) -> None:
        for name in names:
            self._all[name].setEnabled(on)
