"""Where to write something: asked without blocking the window, in the folder where the last thing was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QSettings, Qt
from PyQt6.QtWidgets import QFileDialog, QWidget

_FOLDER = "export folder"


def ask_folder(parent: QWidget | None, settings: QSettings, title: str, then: Callable[[str], None]) -> None:
    """A folder to write into. then(path) : one was chosen"""
    dialog = QFileDialog(parent, title, str(settings.value(_FOLDER, "") or Path.cwd()))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def chosen(path: str) -> None:
        settings.setValue(_FOLDER, path)
        then(path)

    dialog.fileSelected.connect(chosen)
    dialog.open()


def ask_where(
    parent: QWidget | None, settings: QSettings, title: str, name: str, filters: str, then: Callable[[str], None]
) -> None:
    """name : what the file is called unless another name is typed;  filters : Qt's;  then(path) : one was chosen"""
    start = Path(str(settings.value(_FOLDER, "") or Path.cwd())) / name
    dialog = QFileDialog(parent, title, str(start), filters)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(start.suffix.lstrip("."))
    dialog.filterSelected.connect(lambda f: dialog.setDefaultSuffix(f.split("*.")[1].rstrip(")")))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def chosen(path: str) -> None:
        settings.setValue(_FOLDER, str(Path(path).parent))
        then(path)

    dialog.fileSelected.connect(chosen)
    dialog.open()
