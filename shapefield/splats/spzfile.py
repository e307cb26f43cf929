"""SPZ, versions 2 and 3: gzip around a header of 16 bytes and one array an attribute, everything quantised.

Positions are fixed point of 24 bits, standard deviations a byte of logarithm, opacities and colours a byte,
quaternions three bytes (version 2: x y z, w being what is missing to 1) or four (version 3: the three smallest of
x y z w in ten bits each, and which one is missing), harmonics a byte, the channel fastest.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

import numpy as np

from shapefield.machine.memory import require
from shapefield.mesh.decoding.source import FileBytes
from shapefield.splats.model import Splats, logit

HEADER = struct.Struct("<4sIIBBBB")
MAGIC = b"NGSP"
ANTIALIASED, EXTENDED = 1, 2
COLOUR = 0.15
"""Of a byte's range of 1, what f_dc = 1 takes."""
MOST_PACKED = 1100
"""How often deflate may shrink anything: a header that promises more lies."""
A_GAUSSIAN = 420
"""Bytes that a Gaussian of degree 3 takes while it is read."""


class Header(NamedTuple):
    """What stands before the arrays; `reserved` is ignored."""

    magic: bytes
    version: int
    count: int
    degree: int
    fraction: int
    flags: int
    reserved: int

    @property
    def widths(self) -> tuple[int, ...]:
        """Bytes a Gaussian of positions, opacities, colours, scales, rotations, harmonics."""
        return 9, 1, 3, 3, 3 if self.version == 2 else 4, 3 * ((self.degree + 1) ** 2 - 1)


def begins(data: bytes) -> bool:
    """Whether a file is SPZ, by the beginning of what is packed in it."""
    try:
        return data[:2] == b"\x1f\x8b" and _stream().decompress(data[:4096], 4) == MAGIC
    except zlib.error:
        return False


def decode(source: FileBytes) -> Splats:
    """The Gaussians of an SPZ file. Raises InputError where it is damaged, ResourceError where there is no room."""
    stream = _stream()
    try:
        header = _header(source, stream.decompress(source.data, HEADER.size))
        size = header.count * sum(header.widths)
        body = stream.decompress(stream.unconsumed_tail, size) if size else b""
    except zlib.error as error:
        raise source.error(f"expected a sound SPZ file, got a damaged one ({error}): copy or export it again") from None
    if len(body) < size:
        raise source.truncated(f"{header.count:,} Gaussians ({size:,} bytes)", f"{len(body):,} bytes")
    parts = np.split(np.frombuffer(body, np.uint8), header.count * np.cumsum(header.widths)[:-1])
    places, opacities, colours, scales, rotations, rest = (part.reshape(header.count, -1) for part in parts)
    dc = (colours / np.float32(255.0) - np.float32(0.5)) / np.float32(COLOUR)
    above = (rest.astype(np.float32) - 128.0) / 128.0
    return Splats(
        positions=_fixed(places, header.fraction),
        log_scales=scales / np.float32(16.0) - np.float32(10.0),
        rotations=_three(rotations) if header.version == 2 else _smallest_three(rotations),
        logits=logit(opacities[:, 0] / 255.0),
        harmonics=np.concatenate([dc[:, None], above.reshape(header.count, -1, 3)], axis=1),
        up=(0.0, 1.0, 0.0),
        antialiased=bool(header.flags & ANTIALIASED),
        format="SPZ",
    )


def _stream() -> zlib._Decompress:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _header(source: FileBytes, data: bytes) -> Header:
    if len(data) < HEADER.size or data[:4] != MAGIC:
        raise source.error(f"expected an SPZ file, which begins with NGSP, got {data[:4]!r}: export it again")
    header = Header(*HEADER.unpack(data))
    if header.version not in (2, 3) or header.flags & EXTENDED:
        more = " with extensions" if header.flags & EXTENDED else ""
        raise source.error(f"expected SPZ of version 2 or 3, got {header.version}{more}: export it as PLY")
    if header.degree > 3 or header.fraction > 24:
        raise source.error(
            f"expected harmonics of degree 0 to 3 and at most 24 fractional bits, got {header.degree} and "
            f"{header.fraction}: export it again"
        )
    size = header.count * sum(header.widths)
    if size > MOST_PACKED * len(source.data):
        raise source.truncated(f"{header.count:,} Gaussians", f"{len(source.data):,} bytes")
    require(A_GAUSSIAN * header.count, f"{source.name}: {header.count:,} Gaussians", "export fewer of them")
    return header


def _fixed(places: np.ndarray, fraction: int) -> np.ndarray:
    """(n, 9) bytes → (n, 3) float32."""
    low, middle, high = (places[:, k::3].astype(np.int32) for k in range(3))
    whole = ((low | middle << 8 | high << 16) ^ 0x800000) - 0x800000
    return (whole / float(1 << fraction)).astype(np.float32)


def _three(rotations: np.ndarray) -> np.ndarray:
    """(n, 3) bytes of x y z → (n, 4) float32 w x y z."""
    xyz = rotations / np.float32(127.5) - np.float32(1.0)
    w = np.sqrt(np.maximum(1.0 - (xyz**2).sum(axis=1), 0.0))
    return np.concatenate([w[:, None], xyz], axis=1).astype(np.float32)


def _smallest_three(rotations: np.ndarray) -> np.ndarray:
    """(n, 4) bytes → (n, 4) float32 w x y z: two bits say which of x y z w is missing, then ten bits each."""
    packed = np.ascontiguousarray(rotations).view("<u4")[:, 0]
    missing = (packed >> 30).astype(np.int64)
    fields = np.stack([packed >> 20 & 1023, packed >> 10 & 1023, packed & 1023], axis=1).astype(np.int64)
    values = (fields & 511) * (0.5**0.5 / 511.0) * np.where(fields & 512, -1.0, 1.0)
    found = np.empty((len(packed), 4))
    largest = np.sqrt(np.maximum(1.0 - (values**2).sum(axis=1), 0.0))
    rows = np.arange(len(packed))
    for k in range(3):  # the k-th of those that are there, in the order x y z w
        found[rows, k + (k >= missing)] = values[:, k]
    found[rows, missing] = largest
    return found[:, [3, 0, 1, 2]].astype(np.float32)
