"""What a decoder is given (a file's bytes and its folder) and what it gives back (geometry as stored)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from shapefield.errors import InputError
from shapefield.lengths import METRES
from shapefield.mesh.partnames import PartNames

SIDE_FILE_LIMIT = 1 << 30

UNITS = "|".join(METRES).encode("ascii")
"""The labels that our own writers put into a comment, as alternatives of a pattern."""

LINE = 400
"""Letters of a message, whatever names the file has in it."""

PACKED = (".gz", ".bz2", ".xz")
"""Suffixes behind a format's own: the file is unpacked as it is read."""


@dataclass(frozen=True, slots=True)
class FileBytes:
    """A mesh file in memory. `path` is where it lies, `data` its bytes, unpacked; `sha256` that of the file's own."""

    path: Path
    data: bytes = field(repr=False)
    sha256: str = ""

    @property
    def name(self) -> str:
        """What messages call the file."""
        return self.path.name

    @property
    def suffix(self) -> str:
        """The format that the name promises: lower case, without a dot; that of `m.stl.gz` is stl."""
        names = [name.lower() for name in self.path.suffixes]
        packed = len(names) > 1 and names[-1] in PACKED
        return (names[-2] if packed else names[-1] if names else "").lstrip(".")

    def error(self, message: str) -> InputError:
        """An InputError about this file, of one line; `message` says what was expected, what came, and the remedy."""
        line = " ".join(message.split())
        return InputError(f"{self.name}: {line if len(line) <= LINE else f'{line[: LINE - 1]}…'}")

    def truncated(self, expected: str, got: str) -> InputError:
        """The error of a file that ends before its header said it would."""
        return self.error(f"expected {expected}, got {got}: the file is cut short, copy or export it again")

    def beside(self, reference: str) -> bytes:
        """Bytes of a file that this one refers to; only from inside its own folder, never from the network.

        Raises FileNotFoundError if it is missing, PermissionError if the reference leaves the folder, OSError if it
        cannot be read, ValueError if it is unreasonably large.
        """
        place = self.place(reference)
        if os.path.getsize(place) > SIDE_FILE_LIMIT:
            raise ValueError(f"{reference[:80]!r} is larger than {SIDE_FILE_LIMIT >> 20} MiB")
        return Path(place).read_bytes()

    def place(self, reference: str) -> str:
        """The path of a file that this one refers to. Raises as `beside` does."""
        if "://" in reference or "\x00" in reference:
            raise PermissionError(f"{reference[:80]!r} is not a file in its folder")
        folder = os.path.realpath(self.path.parent)
        for spelling in dict.fromkeys((reference, unquote(reference), reference.replace("\\", "/"))):
            place = os.path.realpath(os.path.join(folder, spelling))
            if os.path.commonpath([folder, place]) != folder if _same_drive(folder, place) else True:
                raise PermissionError(f"{reference[:80]!r} leads out of the folder of {self.name}")
            if os.path.isfile(place):
                return place
        raise FileNotFoundError(f"{reference[:80]!r} is not in the folder of {self.name}")


def _same_drive(a: str, b: str) -> bool:
    return os.path.splitdrive(a)[0].lower() == os.path.splitdrive(b)[0].lower()


@dataclass(slots=True)
class Geometry:
    """Triangles as a file stores them, not yet checked for range, finiteness or area.

    vertices      : (n, 3) float64
    faces         : (m, 3) int64
    colors        : (n, 3) uint8 RGB of the vertices, or None
    corner_colors : (m, 3, 3) uint8 RGB of the faces' corners, or None; goes before `colors`
    unit          : length unit, or None
    single        : True where the format stored the coordinates in single precision, as they are here
    indexed       : False where the format has no shared vertices (STL) or splits them at seams (glTF)
    notices       : one line each
    normals       : (n, 3) float64 of the vertices, or None
    unread        : what else the file says of the surface, which is left out: "texture coordinates", "materials" …
    parts         : what the file calls the parts, or None
    """

    vertices: np.ndarray
    faces: np.ndarray
    colors: np.ndarray | None = None
    corner_colors: np.ndarray | None = None
    unit: str | None = None
    single: bool = False
    indexed: bool = True
    notices: list[str] = field(default_factory=list)
    normals: np.ndarray | None = None
    unread: list[str] = field(default_factory=list)
    parts: PartNames | None = None


def as_bytes(colors: np.ndarray) -> np.ndarray:
    """Colours as uint8: integers mean 0..255 (16-bit ones are scaled), floats 0..1, or 0..255 if any exceeds 1."""
    colors = np.asarray(colors)
    if colors.dtype == np.uint8:
        return colors
    if colors.dtype == np.uint16:
        return (colors >> 8).astype(np.uint8)
    values = np.nan_to_num(colors.astype(np.float64), nan=0.0, posinf=255.0, neginf=0.0)
    if np.issubdtype(colors.dtype, np.floating) and (values.size == 0 or values.max() <= 1.0):
        values = values * 255.0
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
