"""Files dropped on a tab."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent

from shapefield_gui.widgets.start_page import StartPage


class Drops:
    """For a `tabs.Page` with a `start` page: takes the dropped files that the page takes."""

    start: StartPage
    takes: Callable[[str], bool]
    open_path: Callable[[str], None]

    def open_paths(self, paths: list[str]) -> None:
        """Several were dropped: a tab without a list opens the first."""
        self.open_path(paths[0])

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        if event is not None and any(self.takes(p) for p in paths_of(event)):
            event.acceptProposedAction()
            self.start.set_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent | None) -> None:
        self.start.set_over(False)

    def dropEvent(self, event: QDropEvent | None) -> None:
        self.start.set_over(False)
        if event is not None:
            paths = [p for p in paths_of(event) if self.takes(p)]
            if paths:
                event.acceptProposedAction()
                self.open_paths(paths)


def paths_of(event: QDropEvent) -> list[str]:
    """The local files of a drag."""
    data = event.mimeData()
    return [url.toLocalFile() for url in data.urls() if url.isLocalFile()] if data is not None else []
