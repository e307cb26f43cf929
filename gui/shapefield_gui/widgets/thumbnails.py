"""Small pictures of files, kept on disk: by a file's place and time of change, so a changed file gets a new one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QIcon, QImage, QPixmap

from shapefield_gui import places

SIZE = QSize(136, 96)
"""Logical pixels; twice as many are kept, for screens of ratio 2."""


def place_of(path: str) -> Path:
    """Where the thumbnail of a file lies, whether or not it is there."""
    try:
        stamp = Path(path).stat().st_mtime_ns
    except OSError:
        stamp = 0
    name = hashlib.sha256(f"{Path(path).resolve()}|{stamp}".encode()).hexdigest()[:24]
    return places.thumbnails() / f"{name}.png"


def load(path: str) -> QPixmap | None:
    """The thumbnail of a file, if there is one."""
    place = place_of(path)
    return QPixmap(str(place)) if place.is_file() else None


def icon(path: str) -> QIcon:
    """The thumbnail as an icon, a clear one of the same size where there is none."""
    picture = load(path)
    if picture is None:
        picture = QPixmap(SIZE)
        picture.fill(Qt.GlobalColor.transparent)
    return QIcon(picture)


def keep(path: str, picture: np.ndarray) -> QPixmap:
    """Save what the renderer gave: (h, w, 4) uint8, premultiplied."""
    height, width = picture.shape[:2]
    image = QImage(picture.tobytes(), width, height, QImage.Format.Format_RGBA8888_Premultiplied).copy()
    image.save(str(place_of(path)))
    return QPixmap.fromImage(image)


def keep_view(path: str, image: QImage) -> None:
    """The view's present picture becomes the file's thumbnail."""
    wanted = SIZE * 2
    small = image.scaled(
        wanted, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    x, y = (small.width() - wanted.width()) // 2, (small.height() - wanted.height()) // 2
    small.copy(x, y, wanted.width(), wanted.height()).save(str(place_of(path)))
