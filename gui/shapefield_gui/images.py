"""Arrays as Qt's images, and images as PNG files."""

from __future__ import annotations

import os

import numpy as np
from PyQt6.QtCore import QBuffer, QIODevice
from PyQt6.QtGui import QImage

from shapefield.storage.files import lock, writing
from shapefield.storage.mark import MARK


def image_of(picture: np.ndarray, premultiplied: bool = False) -> QImage:
    """(h, w, 3 or 4) uint8 → an image of its own."""
    height, width, channels = picture.shape
    kind = QImage.Format.Format_RGB888
    if channels == 4:
        kind = QImage.Format.Format_RGBA8888_Premultiplied if premultiplied else QImage.Format.Format_RGBA8888
    data = np.ascontiguousarray(picture).tobytes()
    return QImage(data, width, height, channels * width, kind).copy()


def png_of(image: QImage) -> bytes:
    """The image as the bytes of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    marked = QImage(image)
    marked.setText("Software", MARK)
    marked.save(buffer, "PNG")
    return bytes(buffer.data().data())


def write_png(image: QImage, path: str | os.PathLike[str]) -> None:
    """Write a PNG file, whole or not at all. Raises OutputError."""
    with lock(path), writing(path) as file:
        file.write(png_of(image))
