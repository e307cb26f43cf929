"""Weights as integers of b bits, one scale a tensor, symmetric, rounded to nearest; and bytes packed tight.

q = round(w / s), s = max|w| / (2^(b-1) - 1), so that |q| ≤ 2^(b-1) - 1.
"""

from __future__ import annotations

import lzma
import zlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor, nn

_LARGEST = 1 << 30
PACKINGS = ("raw", "deflate", "lzma")
"""What `squeezed` may say it has done."""


def _filters(size: int) -> list[dict[str, int]]:
    """LZMA's best, for `size` bytes: no more history than there is, for the encoder takes ten times that in memory."""
    return [{"id": lzma.FILTER_LZMA2, "preset": 9, "dict_size": min(max(size, 1 << 12), 1 << 26)}]


def scale_of(weight: Tensor, bits: int) -> Tensor:
    """s of a tensor, () float; 1 where all weights are zero."""
    import torch

    top = weight.detach().abs().max()
    return torch.where(top > 0, top / (2 ** (bits - 1) - 1), torch.ones_like(top))


def rounded(weight: Tensor, bits: int) -> Tensor:
    """s round(w / s), with the gradient of w itself (straight through, Bengio et al. 2013)."""
    scale = scale_of(weight, bits)
    return weight + ((weight / scale).round() * scale - weight).detach()


def rounded_call(module: nn.Module, points: Tensor, bits: int) -> Tensor:
    """The module's values with rounded weights, differentiable by the weights themselves."""
    from torch.func import functional_call

    return functional_call(module, {k: rounded(p, bits) for k, p in module.named_parameters()}, (points,))


def to_integers(weight: Tensor, bits: int) -> tuple[np.ndarray, float]:
    """(n,) int32 q and s, flat in the tensor's own order; s is rounded to float32, as it is stored."""
    scale = float(scale_of(weight, bits))
    return np.rint(weight.detach().cpu().numpy().ravel() / np.float32(scale)).astype(np.int32), scale


def packed(values: np.ndarray, bits: int) -> bytes:
    """(n,) integers |q| < 2^(b-1) as ceil(n b / 8) bytes, offset binary, most significant bit first."""
    offset = (values + (1 << (bits - 1))).astype(">u2")
    planes = np.unpackbits(offset.view(np.uint8).reshape(-1, 2), axis=1)[:, 16 - bits :]
    return np.packbits(planes.ravel()).tobytes()


def unpacked(data: bytes, count: int, bits: int) -> np.ndarray:
    """The (count,) int32 that `packed` took."""
    planes = np.unpackbits(np.frombuffer(data, dtype=np.uint8), count=count * bits).reshape(count, bits)
    weights = 1 << np.arange(bits - 1, -1, -1)
    return (planes.astype(np.int32) @ weights - (1 << (bits - 1))).astype(np.int32)


def squeezed(raw: bytes) -> tuple[str, bytes]:
    """(how, payload), the shortest of: stored, deflated (by repetitions, or by Huffman's code alone), LZMA."""
    alone = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_HUFFMAN_ONLY)
    packings = [
        ("raw", raw),
        ("deflate", zlib.compress(raw, 9)),
        ("deflate", alone.compress(raw) + alone.flush()),
        ("lzma", lzma.compress(raw, lzma.FORMAT_RAW, filters=_filters(len(raw)))),
    ]
    return min(packings, key=lambda pair: len(pair[1]))


def inflated(payload: bytes, how: str, size: int) -> bytes:
    """Exactly `size` bytes; a payload that would grow beyond that is refused before it does.

    Raises ValueError for anything that is not `size` bytes packed by `squeezed`.
    """
    if not 0 < size <= _LARGEST:
        raise ValueError(f"a network of {size} bytes")
    try:
        if how == "raw":
            raw = payload
        elif how == "deflate":
            raw = zlib.decompressobj().decompress(payload, size + 1)
        elif how == "lzma":
            raw = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_filters(size)).decompress(payload, size + 1)
        else:
            raise ValueError(f"packing {how!r}")
    except (zlib.error, lzma.LZMAError) as error:
        raise ValueError(str(error)) from None
    if len(raw) != size:
        raise ValueError(f"weights of {len(raw)} bytes where {size} belong")
    return raw
