"""Decoders of meshopt compression: attributes (versions 0 and 1), triangles, indices, and the filters after them.

After the specification of EXT_meshopt_compression and KHR_meshopt_compression; its appendix A defines the streams.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from shapefield.mesh.decoding.gltf import meshoptcodecs
from shapefield.mesh.decoding.gltf.meshoptfilters import FILTERS

GROWTH = 1024
"""A byte of an attribute stream can stand for so many zeros, and a byte of the others for fewer."""
STRIDES = {"ATTRIBUTES": range(4, 257, 4), "TRIANGLES": (2, 4), "INDICES": (2, 4)}
FILTER_STRIDES = {"OCTAHEDRAL": (4, 8), "QUATERNION": (8,), "EXPONENTIAL": range(4, 257, 4), "COLOR": (4, 8)}


class Damaged(Exception):
    """A stream that breaks the specification; the text is what was found."""


def growth_limit(length: int) -> int:
    """At most how many bytes `length` compressed ones can become."""
    return GROWTH * length


def unpack(data: bytes, count: int, stride: int, mode: Any, filtered: Any) -> bytes:
    """The `count` entries of `stride` bytes of a compressed buffer view. Raises Damaged.

    mode     : ATTRIBUTES, TRIANGLES or INDICES
    filtered : NONE, or OCTAHEDRAL, QUATERNION, EXPONENTIAL or COLOR for attributes
    """
    if not isinstance(mode, str) or stride not in STRIDES.get(mode, ()):
        raise Damaged(f"mode {str(mode)[:20]!r} with entries of {str(stride)[:20]} bytes")
    if filtered != "NONE" and (mode != "ATTRIBUTES" or stride not in _filter_strides(filtered)):
        raise Damaged(f"filter {str(filtered)[:20]!r} with entries of {stride} bytes")
    stream = np.frombuffer(data, np.uint8)
    if mode != "ATTRIBUTES":
        return _indices(stream, count, mode).astype("<u2" if stride == 2 else "<u4").tobytes()
    values = _attributes(stream, count, stride)
    return values.tobytes() if filtered == "NONE" else FILTERS[filtered](values).tobytes()


def _filter_strides(filtered: Any) -> Any:
    return FILTER_STRIDES.get(filtered, ()) if isinstance(filtered, str) else ()


def _attributes(stream: np.ndarray, count: int, stride: int) -> np.ndarray:
    """(count, stride) uint8."""
    version = int(stream[0]) & 15 if len(stream) else -1
    if version not in (0, 1) or stream[0] >> 4 != 10:
        raise Damaged("no header of an attribute stream")
    tail = stride + (stride // 4 if version else 0)
    end = len(stream) - max(tail, 24 if version else 32)
    if end < 1:
        raise Damaged("an attribute stream without its tail")
    values = np.empty((count, stride), np.uint8)
    baseline = stream[len(stream) - tail :][:stride]
    channels = stream[len(stream) - stride // 4 :] if version else np.zeros(stride // 4, np.uint8)
    kinds, turns = channels & 15, channels >> 4
    if (kinds > 2).any() or turns[kinds < 2].any():
        raise Damaged("an unknown mode of a channel")
    if not meshoptcodecs.attributes(stream[:end], version, baseline, channels, values):
        raise Damaged("an attribute stream of another length")
    return values


def _indices(stream: np.ndarray, count: int, mode: str) -> np.ndarray:
    """(count,) uint32."""
    header, tail = (0xE1, 16) if mode == "TRIANGLES" else (0xD1, 4)
    if len(stream) < 1 + tail or stream[0] != header:
        raise Damaged("no header of an index stream")
    out = np.empty(count, np.uint32)
    if mode == "INDICES":
        sound = meshoptcodecs.indices(stream[: len(stream) - tail], out)
    else:
        table = stream[len(stream) - tail :]
        if count % 3 or (table >> 4 == 15).any() or (table & 15 == 15).any():
            raise Damaged("a triangle stream with a table that cannot be")
        sound = meshoptcodecs.triangles(stream[: len(stream) - tail], table, out.reshape(-1, 3))
    if not sound:
        raise Damaged("an index stream of another length, or one that refers to nothing")
    return out
