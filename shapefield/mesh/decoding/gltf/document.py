"""A glTF document: its JSON tree, and the bytes that its buffers and views name, every size checked.

Buffers come from the file itself, from data URIs, or from files in its own folder; never from elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shapefield.errors import InputError
from shapefield.machine.memory import require
from shapefield.mesh.decoding.expansion import Expansion
from shapefield.mesh.decoding.source import FileBytes

JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942
IMPOSSIBLE = 1 << 62
"""Stands for every count and offset that is no whole number of 0 or more."""
PARSED = 30
"""Bytes of Python objects that a byte of JSON can become, as in [[],[],[]]."""
MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression", "MESHOPT_compression")


@dataclass(slots=True)
class Document:
    """A glTF document: its JSON `tree`, the GLB's `binary` chunk, and what was already fetched."""

    source: FileBytes
    tree: dict[str, Any]
    binary: bytes | None
    expansion: Expansion
    files: dict[str, bytes] = field(default_factory=dict)
    unpacked: dict[int, bytes] = field(default_factory=dict)
    filled: dict[int, np.ndarray] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def items(self, kind: str) -> list[Any]:
        """`tree[kind]`, or nothing where it is no list."""
        found = self.tree.get(kind)
        return found if isinstance(found, list) else []

    def item(self, kind: str, index: Any) -> dict[str, Any]:
        """`tree[kind][index]`; InputError if there is none."""
        items = self.items(kind)
        if not isinstance(index, int) or not 0 <= index < len(items):
            raise self.source.error(f"expected {kind}[{short(index)}], got no such entry: export it again")
        if not isinstance(items[index], dict):
            raise self.source.error(f"expected {kind}[{index}] to be an object, got {type(items[index]).__name__}")
        return items[index]

    def requires(self, extension: str) -> bool:
        """Whether the file cannot be read without that extension."""
        return extension in self.items("extensionsRequired")

    def buffer(self, index: Any) -> bytes:
        """Bytes of a buffer; InputError if it is missing or shorter than it says."""
        entry = self.item("buffers", index)
        uri = entry.get("uri")
        if uri is None and self.binary is not None and index == 0:
            data = self.binary
        else:
            try:
                data = self.fetch(uri)
            except (OSError, ValueError) as error:
                raise self.source.error(
                    f"expected its buffer {index}, got none ({error}): keep the files together"
                ) from None
        size = whole(entry.get("byteLength", 0))
        if len(data) < size:
            raise self.source.truncated(f"{size} bytes in buffer {index}", f"{len(data)}")
        return data

    def fetch(self, uri: Any) -> bytes:
        """What a URI refers to, read once. Raises OSError or ValueError."""
        if not isinstance(uri, str):
            raise ValueError("no uri")
        if uri not in self.files:
            if uri.startswith("data:"):
                try:
                    self.files[uri] = base64.b64decode(uri.partition(",")[2], validate=False)
                except binascii.Error as error:
                    raise ValueError("damaged base64 data") from error
            else:
                self._forecast(os.path.getsize(self.source.place(uri)))
                self.files[uri] = self.source.beside(uri)
        return self.files[uri]

    def _forecast(self, size: int) -> None:
        if size > 16 << 20:
            require(2 * size, f"{self.source.name}: for a file beside it", "simplify the mesh, or close other programs")

    def view(self, index: Any) -> tuple[bytes, int, int, int]:
        """(buffer, offset, length, stride) of a buffer view, held against the buffer's length and decompressed."""
        entry = self.item("bufferViews", index)
        packed = extension(entry, *MESHOPT)
        if packed is not None and index not in self.unpacked:
            if not any(self.requires(name) for name in MESHOPT) and self._has_plain(entry):
                try:
                    return self._plain(index, entry)
                except InputError:
                    pass  # the data is there compressed as well
            self.unpacked[index] = self._unpack(index, packed)
        if index in self.unpacked:
            return self.unpacked[index], 0, len(self.unpacked[index]), whole(entry.get("byteStride", 0))
        return self._plain(index, entry)

    def _has_plain(self, entry: dict[str, Any]) -> bool:
        """Whether the buffer of a compressed view holds the same data as it is."""
        number = entry.get("buffer")
        buffer = self.item("buffers", number)
        return "uri" in buffer or (self.binary is not None and number == 0)

    def _plain(self, index: Any, entry: dict[str, Any]) -> tuple[bytes, int, int, int]:
        data = self.buffer(entry.get("buffer"))
        offset, length = whole(entry.get("byteOffset", 0)), whole(entry.get("byteLength", 0))
        if offset + length > len(data):
            raise self.source.truncated(f"{offset + length} bytes for bufferViews[{index}]", f"{len(data)}")
        return data, offset, length, whole(entry.get("byteStride", 0))

    def _unpack(self, index: int, packed: dict[str, Any]) -> bytes:
        from shapefield.mesh.decoding.gltf.meshopt import Damaged, growth_limit, unpack

        data, offset, length, stride = self._plain(index, packed)
        count, mode, filtered = whole(packed.get("count")), packed.get("mode"), packed.get("filter", "NONE")
        if count * stride > growth_limit(length):
            raise self.source.truncated(f"{short(count)} entries of {short(stride)} bytes", f"{length:,} compressed")
        self.expansion.take(count * stride, "compressed data")
        try:
            return unpack(data[offset : offset + length], count, stride, mode, filtered)
        except Damaged as error:
            raise self.source.error(
                f"expected sound meshopt compression in bufferViews[{index}], got {error}: export it again"
            ) from None


def open_document(source: FileBytes) -> Document:
    """The document of a .glb or .gltf file. Raises InputError if it is cut short or no glTF 2."""
    data, text, binary = source.data, source.data, None
    if data[:4] == b"glTF":
        if len(data) < 20:
            raise source.truncated("a GLB header of 20 bytes", f"{len(data)}")
        version, length = struct.unpack_from("<II", data, 4)
        if version != 2:
            raise source.error(f"expected glTF 2, got version {version}: export it again as glTF 2")
        if length > len(data):
            raise source.truncated(f"{length:,} bytes as the header says", f"{len(data):,}")
        text, binary = _chunks(source)
    tree = _parsed(source, text)
    if not isinstance(tree, dict) or not isinstance(tree.get("asset"), dict):
        raise source.error("expected a glTF document with an asset entry, got other JSON: export it again")
    version = str(tree["asset"].get("version", "2.0"))[:20]
    if not version.startswith("2"):
        raise source.error(f"expected glTF 2, got version {version}: export it again as glTF 2")
    return Document(source, tree, binary, Expansion(source))


def _parsed(source: FileBytes, text: bytes) -> Any:
    if len(text) > 16 << 20:
        require(PARSED * len(text), f"{source.name}: to read its JSON", "export it as GLB, or close other programs")
    try:
        return json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # ValueError: no UTF-8, no JSON, or a number of 5 000 digits
        raise source.error(
            f"expected JSON, got damaged text ({type(error).__name__}): copy or export it again"
        ) from None


def _chunks(source: FileBytes) -> tuple[bytes, bytes | None]:
    data, at = source.data, 12
    found: dict[int, bytes] = {}
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("<II", data, at)
        if at + 8 + length > len(data):
            raise source.truncated(f"a chunk of {length:,} bytes", f"{len(data) - at - 8:,}")
        if kind in (JSON_CHUNK, BINARY_CHUNK) and kind not in found:
            found[kind] = data[at + 8 : at + 8 + length]
        at += 8 + length
    if JSON_CHUNK not in found:
        raise source.error("expected a JSON chunk in the GLB, got none: export it again")
    return found[JSON_CHUNK], found.get(BINARY_CHUNK)


def whole(value: Any) -> int:
    """A count or offset of the document; anything but a whole number of 0 or more is IMPOSSIBLE."""
    return (
        min(value, IMPOSSIBLE) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else IMPOSSIBLE
    )


def short(value: Any) -> str:
    """A value of the document for a message."""
    return "an impossible number" if value == IMPOSSIBLE else repr(value)[:40]


def extension(entry: dict[str, Any], *names: str) -> dict[str, Any] | None:
    """The first of the named extensions that an entry has."""
    found = entry.get("extensions")
    if isinstance(found, dict):
        for name in names:
            if isinstance(found.get(name), dict):
                return found[name]
    return None


def numbers(document: Document, value: Any, count: int) -> np.ndarray:
    """A JSON list of `count` finite numbers as float64; InputError if it is anything else."""
    fits = isinstance(value, list) and len(value) == count
    if not fits or not all(isinstance(x, int | float) and abs(x) < 1e100 for x in value):
        raise document.source.error(f"expected {count} finite numbers, got {str(value)[:40]}: export it again")
    return np.array(value, dtype=np.float64)
