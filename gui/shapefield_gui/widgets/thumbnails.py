"""Small pictures of files, kept on disk: by a file's place and time of change, so a changed file gets a new one."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from PyQt6.QtCore import QObject, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap

from shapefield.errors import OutputError
from shapefield_gui import paths
from shapefield_gui.images import write_png

SIZE = QSize(136, 96)
"""Logical pixels; twice as many are kept, for screens of ratio 2."""


class ThumbnailMaker(QObject):
    """kept(path, QImage): a file has a new thumbnail"""

    kept = pyqtSignal(str, QImage)


MADE = ThumbnailMaker()
"""Whoever makes a thumbnail, every place that shows one hears of it."""


def place_of(path: str) -> Path:
    """Where the thumbnail of a file lies, whether or not it is there."""
    try:
        stamp = Path(path).stat().st_mtime_ns
    except OSError:
        stamp = 0
    name = hashlib.sha256(f"{Path(path).resolve()}|{stamp}".encode()).hexdigest()[:24]
    return paths.thumbnails() / f"{name}.png"


def load(path: str) -> QPixmap | None:
    """The thumbnail of a file, if there is one."""
    place = place_of(path)
    return QPixmap(str(place), "PNG") if place.is_file() else None


def icon(path: str) -> QIcon:
    """The thumbnail as an icon, a faint plate of the same size until there is one."""
    return QIcon(load(path) or _plate())


def _plate() -> QPixmap:
    plate = QPixmap(SIZE)
    plate.fill(Qt.GlobalColor.transparent)
    painter = QPainter(plate)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(128, 128, 128, 24))
    painter.drawRoundedRect(plate.rect(), 4, 4)
    painter.end()
    return plate


def keep(path: str, image: QImage) -> None:
    """Save a file's thumbnail, and tell; where it cannot be written there is none the next time."""
    with contextlib.suppress(OutputError):
        write_png(image, place_of(path))
    MADE.kept.emit(path, image)
