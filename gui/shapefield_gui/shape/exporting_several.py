"""Several results at once into a folder: one mesh after another, under names that are free there."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, QSettings
from PyQt6.QtWidgets import QWidget

from shapefield.errors import ShapefieldError
from shapefield_gui.children.records import Fitted
from shapefield_gui.models import formatting
from shapefield_gui.models.result_list import ResultEntry
from shapefield_gui.saved import tell_saved
from shapefield_gui.shape.context import ShapeContext
from shapefield_gui.shape.keeping_results import KeepingResults
from shapefield_gui.widgets.save_dialog import ask_folder


class ExportingSeveral(QObject):
    """A surface that is not at hand is taken out of its field first; what cannot be written is told."""

    def __init__(self, work: ShapeContext, keeping: KeepingResults, settings: QSettings, page: QWidget) -> None:
        super().__init__(work)
        self.work, self.keeping, self.settings, self.page = work, keeping, settings, page
        self._left: list[ResultEntry] = []
        self._folder, self._count = Path(), 0

    def ask(self, entries: list[ResultEntry]) -> None:
        """Which folder, without blocking the window."""
        title = f"Export {formatting.counted(len(entries), 'result')} into a folder"
        ask_folder(self.page, self.settings, title, lambda folder: self.export(entries, folder))

    def export(self, entries: list[ResultEntry], folder: str) -> None:
        """Write them; those of an export that still goes on are not forgotten."""
        self._folder = Path(folder)
        waiting, self._left = bool(self._left), [*self._left, *(e for e in entries if e.made)]
        if not waiting:
            self._count = 0
            self._next()

    def _next(self) -> None:
        if not self._left:
            if self._count:
                tell_saved(self.work.say, str(self._folder), f": {formatting.counted(self._count, 'mesh', 'meshes')}")
            return
        entry = self._left[0]
        if entry.fitted is not None:
            self._save(entry, entry.fitted)
            return
        try:
            task = self.keeping.surface_of(entry)
        except ShapefieldError as error:
            self._failed(entry, str(error))
            return
        task.done.connect(lambda fitted: self._save(entry, fitted))
        task.failed.connect(lambda message, _: self._failed(entry, message))

    def _save(self, entry: ResultEntry, fitted: Fitted) -> None:
        path = free_place(self._folder, Path(entry.path).stem, entry.method)
        made_from = (fitted.report.get("input") or {}).get("path")
        task = self.work.desk.run("save mesh", mesh=fitted.mesh, path=str(path), made_from=made_from)
        task.done.connect(lambda _: self._saved(entry))
        task.failed.connect(lambda message, _: self._failed(entry, message))

    def _saved(self, entry: ResultEntry) -> None:
        entry.exported = True
        self._count += 1
        self.work.results.tell()
        self._go_on()

    def _failed(self, entry: ResultEntry, message: str) -> None:
        self.work.complain(f"{entry.name} is not exported: {message}")
        self._go_on()

    def _go_on(self) -> None:
        del self._left[0]
        self._next()


def free_place(folder: Path, stem: str, method: str) -> Path:
    """A name for a mesh that nothing in the folder has yet."""
    first = folder / f"{stem}.{method}.ply"
    place, count = first, 1
    while place.exists():
        count += 1
        place = first.with_name(f"{stem}.{method}-{count}.ply")
    return place
