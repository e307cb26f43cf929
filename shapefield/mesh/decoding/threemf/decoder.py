"""A 3MF file → triangles: its package is read, what slicers say about its parts is applied, its items are placed."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib

from shapefield.mesh.decoding.source import FileBytes, Geometry
from shapefield.mesh.decoding.threemf.building import build
from shapefield.mesh.decoding.threemf.model import read_model
from shapefield.mesh.decoding.threemf.package import Package, one_line
from shapefield.mesh.decoding.threemf.slicers import apply_slicer_settings

DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    RuntimeError,
    OSError,
    ValueError,
)
"""What zipfile raises for archives that are damaged, encrypted or packed in unknown ways."""


def decode(source: FileBytes) -> Geometry:
    """Read a 3MF file. Raises InputError if it is cut short, unreasonably packed, or no 3MF."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
            package = Package(source, archive)
            model = read_model(package)
            apply_slicer_settings(package, model)
    except DAMAGE as error:
        end = source.data.rfind(b"PK\x05\x06")
        if end < 0 or end + 22 > len(source.data):
            raise source.truncated("a zip directory at the end", "none") from None
        raise source.error(
            f"expected a sound 3MF archive, got a damaged one ({one_line(error)}): copy or export it again"
        ) from None
    return build(source, model)
