"""The loops of meshopt's decoders, compiled. Each returns whether the stream was sound and was used up."""

from __future__ import annotations

from typing import Any

import numpy as np

from shapefield.machine.compiling import compiled

GROUP = 16
"""Elements whose deltas are stored together."""


@compiled
def attributes(stream: np.ndarray, version: int, baseline: np.ndarray, channels: np.ndarray, out: np.ndarray) -> bool:
    """Decode blocks of elements.

    stream   : (s,) uint8, header byte and blocks, without the tail
    baseline : (stride,) uint8, the element before the first
    channels : (stride / 4,) uint8, how four bytes each follow from those before
    out      : (count, stride) uint8, filled in
    """
    count, stride = out.shape
    most = min((8192 // stride) & ~15, 256)
    deltas = np.empty((stride, most), np.uint8)
    last = baseline.copy()
    at, done = 1, 0
    while done < count:
        size = min(count - done, most)
        header = at
        if version == 1:
            at += stride // 4
            if at > len(stream):
                return False
        for k in range(stride):
            control = (stream[header + k // 4] >> (2 * (k % 4))) & 3 if version == 1 else -1
            at = deltas_of_byte(stream, at, control, size, deltas[k])
            if at < 0:
                return False
        for channel in range(stride // 4):
            undo(deltas[4 * channel : 4 * channel + 4], channels[channel], last[4 * channel : 4 * channel + 4],
                 out[done : done + size, 4 * channel : 4 * channel + 4])  # fmt: skip
        done += size
    return at == len(stream)


@compiled
def deltas_of_byte(stream: np.ndarray, at: int, control: int, size: int, deltas: np.ndarray) -> int:
    """Deltas of one byte of `size` elements; returns where the stream goes on, or -1.

    control : -1 for version 0, otherwise how the byte is stored: 0 and 1 in groups, 2 all zero, 3 as it is
    """
    if control == 2:
        deltas[:size] = 0
        return at
    if control == 3:
        if at + size > len(stream):
            return -1
        deltas[:size] = stream[at : at + size]
        return at + size
    groups = (size + GROUP - 1) // GROUP
    header = at
    at += (groups + 3) // 4
    if at > len(stream):
        return -1
    for group in range(groups):
        mode = (stream[header + group // 4] >> (2 * (group % 4))) & 3
        step = mode if control == 0 else mode + 1  # as powers of two: 0, 1, 2, 4 or 1, 2, 4, 8 bits
        if control == -1:
            step = 0 if mode == 0 else mode + 1  # 0, 2, 4, 8 bits
        at = deltas_of_group(stream, at, step, deltas[GROUP * group : GROUP * (group + 1)])
        if at < 0:
            return -1
    return at


@compiled
def deltas_of_group(stream: np.ndarray, at: int, step: int, deltas: np.ndarray) -> int:
    """Deltas of 16 elements in 0, 1, 2, 4 or 8 bits (step 0 to 4); all bits set means that a whole byte follows."""
    if step == 0:
        deltas[:] = 0
        return at
    bits = 1 << (step - 1)
    rest = at + 2 * bits
    if rest > len(stream):
        return -1
    if bits == 8:
        deltas[:] = stream[at:rest]
        return rest
    sentinel, a_byte = (1 << bits) - 1, 8 // bits
    for k in range(GROUP):
        place = k % a_byte if bits == 1 else a_byte - 1 - k % a_byte
        delta = (stream[at + k // a_byte] >> (bits * place)) & sentinel
        if delta == sentinel:
            if rest >= len(stream):
                return -1
            delta = stream[rest]
            rest += 1
        deltas[k] = delta
    return rest


@compiled
def undo(deltas: np.ndarray, channel: int, last: np.ndarray, out: np.ndarray) -> None:
    """Values of four bytes of an element from their deltas (4, n); `last` (4,) is the element before and after."""
    kind, turn = channel & 15, channel >> 4
    for k in range(len(out)):
        if kind == 0:
            for byte in range(4):
                delta = np.uint32(deltas[byte, k])
                step = (delta >> 1) ^ (0xFF if delta & 1 else 0)
                last[byte] = (last[byte] + step) & 0xFF
        elif kind == 1:
            for byte in (0, 2):
                delta = np.uint32(deltas[byte, k]) | np.uint32(deltas[byte + 1, k]) << 8
                step = (delta >> 1) ^ (0xFFFF if delta & 1 else 0)
                value = ((np.uint32(last[byte]) | np.uint32(last[byte + 1]) << 8) + step) & 0xFFFF
                last[byte], last[byte + 1] = value & 0xFF, value >> 8
        else:
            delta = np.uint64(0)
            for byte in range(4):
                delta |= np.uint64(deltas[byte, k]) << np.uint64(8 * byte)
            turned = (delta >> np.uint64(turn)) | (delta << np.uint64(32 - turn))
            for byte in range(4):
                last[byte] ^= (turned >> np.uint64(8 * byte)) & np.uint64(0xFF)
        for byte in range(4):
            out[k, byte] = last[byte]


@compiled
def variable(stream: np.ndarray, at: int) -> tuple[Any, int]:
    """An unsigned number of seven bits a byte, low ones first, and where the stream goes on, or -1."""
    value = 0
    for k in range(5):
        if at + k >= len(stream):
            return 0, -1
        byte = np.int64(stream[at + k])
        value |= (byte & 127) << (7 * k)
        if byte < 128:
            return value & 0xFFFFFFFF, at + k + 1
    return 0, -1


@compiled
def indices(stream: np.ndarray, out: np.ndarray) -> bool:
    """Decode out (count,) uint32, each a difference to one of two values before."""
    last = np.zeros(2, np.int64)
    at = 1
    for k in range(len(out)):
        value, at = variable(stream, at)
        if at < 0:
            return False
        which, step = value & 1, value >> 1
        last[which] = (last[which] + ((step >> 1) ^ -(step & 1))) & 0xFFFFFFFF
        out[k] = last[which]
    return at == len(stream)


@compiled
def triangles(stream: np.ndarray, table: np.ndarray, out: np.ndarray) -> bool:
    """Decode out (m, 3) uint32: a byte each, then what these bytes leave open.

    Edges and vertices that were seen before are named by how long ago that was; `fresh` is the first vertex not seen,
    `last` the last one that was named by a difference.
    """
    edges, seen = np.zeros((16, 2), np.int64), np.zeros(16, np.int64)
    edge_count = vertex_count = fresh = last = 0
    at = 1 + len(out)
    if at > len(stream):
        return False
    corner = np.zeros(3, np.int64)
    push = np.zeros(3, np.bool_)
    for k in range(len(out)):
        code = np.int64(stream[1 + k])
        high, low = code >> 4, code & 15
        if high < 15:
            if high >= edge_count:
                return False
            corner[0], corner[1] = edges[(edge_count - 1 - high) & 15]
            if low == 0:
                corner[2] = fresh
                fresh = (fresh + 1) & 0xFFFFFFFF
            elif low < 13:
                if low >= vertex_count:
                    return False
                corner[2] = seen[(vertex_count - 1 - low) & 15]
            else:
                if low == 15:
                    value, at = variable(stream, at)
                    if at < 0:
                        return False
                    last = (last + ((value >> 1) ^ -(value & 1))) & 0xFFFFFFFF
                else:
                    last = (last + (1 if low == 14 else -1)) & 0xFFFFFFFF
                corner[2] = last
            if low == 0 or low >= 13:
                seen[vertex_count & 15] = corner[2]
                vertex_count += 1
        else:
            if low < 14:
                pair = np.int64(table[low])
            else:
                if at >= len(stream):
                    return False
                pair = np.int64(stream[at])
                at += 1
                if pair == 0:
                    fresh = 0
            for j in range(3):
                name = (15 if low == 15 else 0) if j == 0 else (pair >> 4 if j == 1 else pair & 15)
                push[j] = name == 0 or name == 15
                if name == 0:
                    corner[j] = fresh
                    fresh = (fresh + 1) & 0xFFFFFFFF
                elif name < 15:
                    if name > vertex_count:
                        return False
                    corner[j] = seen[(vertex_count - name) & 15]
                else:
                    value, at = variable(stream, at)
                    if at < 0:
                        return False
                    last = (last + ((value >> 1) ^ -(value & 1))) & 0xFFFFFFFF
                    corner[j] = last
            for j in range(3):
                if push[j]:
                    seen[vertex_count & 15] = corner[j]
                    vertex_count += 1
            edges[edge_count & 15, 0], edges[edge_count & 15, 1] = corner[1], corner[0]
            edge_count += 1
        edges[edge_count & 15, 0], edges[edge_count & 15, 1] = corner[2], corner[1]
        edges[(edge_count + 1) & 15, 0], edges[(edge_count + 1) & 15, 1] = corner[0], corner[2]
        edge_count += 2
        out[k, 0], out[k, 1], out[k, 2] = corner[0], corner[1], corner[2]
    return at == len(stream)
