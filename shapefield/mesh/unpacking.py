"""A file's bytes as its decoder wants them: unpacked where they are gzip, bzip2 or xz, text as UTF-8 without a mark."""

from __future__ import annotations

import bz2
import codecs
import lzma
import zlib
from collections.abc import Callable
from typing import Any

from shapefield.errors import InputError
from shapefield.machine.memory import require

STEP = 16 << 20
"""Bytes that are unpacked at a time."""
RATIO_LIMIT = 200
"""How often a file may unpack to its packed size once it is above 64 MiB: meshes reach about 20."""
SMALL = 64 << 20

_KINDS: tuple[tuple[bytes, str, Callable[[], Any]], ...] = (
    (b"\x1f\x8b", "gzip", lambda: zlib.decompressobj(16 + zlib.MAX_WBITS)),
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", "xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ)),
)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PROBE = 400
"""Bytes by which UTF-16 without a mark is known; more than the text that stands before a binary STL's numbers."""


def unpacked(name: str, data: bytes) -> bytes:
    """`data`, unpacked once if it is a gzip, bzip2 or xz file. Raises InputError if it is damaged or a bomb."""
    for magic, kind, make in _KINDS:
        if data.startswith(magic):
            try:
                return _unpacked(name, data, kind, make)
            except (zlib.error, OSError, EOFError, lzma.LZMAError, ValueError) as error:
                told = " ".join(str(error).split())[:80]
                raise InputError(
                    f"{name}: expected a sound {kind} file, got a damaged one ({told}): copy or pack it again"
                ) from None
    return data


def _unpacked(name: str, data: bytes, kind: str, make: Callable[[], Any]) -> bytes:
    """Every member of the file, one after the other; what follows the last is left (padding)."""
    magic = data[:2]
    made, rest = bytearray(), data
    while rest.startswith(magic):
        stream = make()
        part = stream.decompress(rest, STEP)
        while True:
            made += part
            if len(made) > SMALL:
                if len(made) > RATIO_LIMIT * len(data):
                    raise InputError(f"{name}: expected a packed mesh, got a {kind} bomb: do not open it")
                require(4 * STEP, f"{name}: to unpack it", "simplify the mesh, or close other programs")
            if stream.eof:
                break
            part = stream.decompress(getattr(stream, "unconsumed_tail", b""), STEP)
            if not part and not stream.eof and not getattr(stream, "unconsumed_tail", b""):
                raise EOFError("it ends before its last block")
        rest = stream.unused_data
    return bytes(made)


def as_utf8(data: bytes) -> bytes:
    """Text in UTF-16 or UTF-32 → UTF-8, a byte order mark removed; anything else as it is."""
    if data.startswith(codecs.BOM_UTF8):
        return data[len(codecs.BOM_UTF8) :]
    encoding = next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None) or _unmarked(data)
    if encoding is None:
        return data
    try:
        text = data[: len(data) // 2 * 2].decode(encoding)
    except UnicodeDecodeError:
        return data
    head = text[:_PROBE]
    return text.encode("utf-8", "replace") if 2 * sum(letter.isascii() for letter in head) > len(head) else data


def _unmarked(data: bytes) -> str | None:
    """UTF-16 of either order that has no mark: every other byte of its beginning is NUL, and none between is."""
    head = data[: min(_PROBE, len(data) // 2 * 2)]
    for first, encoding in ((0, "utf-16-le"), (1, "utf-16-be")):
        if len(head) >= 8 and not any(head[1 - first :: 2]) and all(head[first::2]):
            return encoding
    return None
