"""The submenus of File that list files: recent ones and samples, with their thumbnails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtWidgets import QMenu, QWidget

from shapefield_gui.earlier import Earlier
from shapefield_gui.models.samples import samples
from shapefield_gui.widgets import thumbnails
from shapefield_gui.widgets.plain import tip


class FileMenu(QMenu):
    """Filled anew whenever it is opened, for files and their thumbnails come and go."""

    def __init__(
        self, title: str, files: Callable[[], list[tuple[str, str]]], opened: Callable[[str], None], parent: QWidget
    ) -> None:
        """files : title and path of each;  opened(path) : one was chosen"""
        super().__init__(title, parent)
        self.setObjectName("files")
        self._files, self._opened = files, opened
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the files as they are now."""
        self.clear()
        for title, path in self._files():
            entry = self.addAction(thumbnails.icon(path), title)
            if entry is not None:
                entry.setToolTip(tip(path))
                entry.triggered.connect(lambda _, p=path: self._opened(p))
        if self.isEmpty():
            entry = self.addAction("None yet")
            if entry is not None:
                entry.setEnabled(False)


def recent_menu(recent: Callable[[], list[str]], opened: Callable[[str], None], parent: QWidget) -> FileMenu:
    """The files that were open last."""
    return FileMenu("Open &recent", lambda: [(Path(p).name, p) for p in recent()], opened, parent)


def earlier_menu(earlier: Earlier[Any], parent: QWidget) -> FileMenu:
    """Finished results that are kept, and what was deleted a few days ago."""
    return FileMenu("Earlier re&sults", earlier.files, earlier.choose, parent)


def sample_menu(opened: Callable[[str], None], parent: QWidget) -> FileMenu:
    """The meshes that come with the program."""
    return FileMenu("Open &sample", lambda: [(s.title, str(s.path)) for s in samples()], opened, parent)
