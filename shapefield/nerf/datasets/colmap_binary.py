"""COLMAP's binary files: cameras.bin, images.bin, points3D.bin; little-endian, every count checked against the size."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from shapefield.errors import InputError
from shapefield.nerf.datasets.colmap_model import CAMERA_MODELS, ColmapImage, ColmapModel, Lens, within_range
from shapefield.storage.pictures import refuse_pointer


class _Reader:
    """Reads packed little-endian values and says which file ended too early."""

    def __init__(self, path: Path) -> None:
        self.path, self.place = path, 0
        try:
            self.data = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: expected COLMAP's binary file, cannot read it ({error})") from error
        refuse_pointer(self.data, path)

    def take(self, form: str) -> tuple:
        """The values of one struct format at the present place."""
        size = struct.calcsize("<" + form)
        if self.place + size > len(self.data):
            raise self.ended()
        values = struct.unpack_from("<" + form, self.data, self.place)
        self.place += size
        return values

    def skip(self, size: int) -> None:
        """Pass over `size` bytes."""
        if size < 0 or self.place + size > len(self.data):
            raise self.ended()
        self.place += size

    def text(self) -> str:
        """A zero-terminated string."""
        end = self.data.find(b"\0", self.place)
        if end < 0:
            raise self.ended()
        value = self.data[self.place : end].decode("utf-8", errors="replace")
        self.place = end + 1
        return value

    def ended(self) -> InputError:
        """The error of a file that is shorter than its counts say."""
        return InputError(f"{self.path}: expected more than {len(self.data)} bytes, the file is cut: export it again")


def read(folder: Path) -> ColmapModel:
    """The model in `folder`."""
    return ColmapModel(
        _cameras(folder / "cameras.bin"), _images(folder / "images.bin"), _points(folder / "points3D.bin")
    )


def image_count(path: Path) -> int:
    """How many images images.bin says it holds."""
    with path.open("rb") as file:
        head = file.read(8)
    return struct.unpack("<Q", head)[0] if len(head) == 8 else 0


def _cameras(path: Path) -> dict[int, Lens]:
    reader = _Reader(path)
    cameras = {}
    for _ in range(reader.take("Q")[0]):
        number, model, width, height = reader.take("iiQQ")
        if model not in CAMERA_MODELS:
            raise InputError(f"{path}: expected a known camera model, got number {model}: export it again")
        name, count = CAMERA_MODELS[model]
        cameras[number] = Lens(name, width, height, reader.take(f"{count}d"))
    return cameras


def _images(path: Path) -> tuple[ColmapImage, ...]:
    reader = _Reader(path)
    images = []
    for _ in range(reader.take("Q")[0]):
        values = reader.take("i7di")
        name = reader.text()
        reader.skip(24 * reader.take("Q")[0])
        images.append(ColmapImage(name, values[8], np.array(values[1:5]), np.array(values[5:8])))
    return tuple(images)


def _points(path: Path) -> np.ndarray:
    if not path.is_file():
        return np.empty((0, 3), dtype=np.float32)
    reader = _Reader(path)
    points = []
    for _ in range(reader.take("Q")[0]):
        values = reader.take("Q3d3Bd")
        points.append(values[1:4])
        reader.skip(8 * reader.take("Q")[0])
    return within_range(points)
