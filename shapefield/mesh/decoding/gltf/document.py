"""A glTF document: its JSON tree, and the bytes that its buffers and views name, every size checked.

Buffers come from the file itself, from data URIs, or from files in its own folder; never from elsewhere.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shapefield.mesh.decoding.source import Source


@dataclass(slots=True)
class Document:
    """A glTF document: its JSON `tree`, the GLB's `binary` chunk, and what was already fetched."""

    source: Source
    tree: dict[str, Any]
    binary: bytes | None
    buffers: dict[int, bytes] = field(default_factory=dict)
    pictures: dict[int, np.ndarray | None] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def item(self, kind: str, index: Any) -> dict[str, Any]:
        """`tree[kind][index]`; InputError if there is none."""
        items = self.tree.get(kind)
        if not isinstance(items, list) or not isinstance(index, int) or not 0 <= index < len(items):
            raise self.source.error(f"expected {kind}[{index!r}], got no such entry: export it again")
        if not isinstance(items[index], dict):
            raise self.source.error(f"expected {kind}[{index}] to be an object, got {type(items[index]).__name__}")
        return items[index]

    def buffer(self, index: Any) -> bytes:
        """Bytes of a buffer; InputError if it is missing or shorter than it says."""
        entry = self.item("buffers", index)
        if index not in self.buffers:
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
            if len(data) < whole(entry.get("byteLength", 0)):
                raise self.source.truncated(f"{entry['byteLength']} bytes in buffer {index}", f"{len(data)}")
            self.buffers[index] = data
        return self.buffers[index]

    def fetch(self, uri: Any) -> bytes:
        """What a URI refers to. Raises OSError or ValueError."""
        if not isinstance(uri, str):
            raise ValueError("no uri")
        if uri.startswith("data:"):
            try:
                return base64.b64decode(uri.partition(",")[2], validate=False)
            except binascii.Error as error:
                raise ValueError("damaged base64 data") from error
        return self.source.beside(uri)

    def view(self, index: Any) -> tuple[bytes, int, int, int]:
        """(buffer, offset, length, stride) of a buffer view, held against the buffer's length."""
        entry = self.item("bufferViews", index)
        data = self.buffer(entry.get("buffer"))
        offset, length = whole(entry.get("byteOffset", 0)), whole(entry.get("byteLength", 0))
        if offset + length > len(data):
            raise self.source.truncated(f"{offset + length} bytes for bufferViews[{index}]", f"{len(data)}")
        return data, offset, length, whole(entry.get("byteStride", 0))


def whole(value: Any) -> int:
    """A count or offset of the document; anything but a whole number of 0 or more counts as impossibly large."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 1 << 62
