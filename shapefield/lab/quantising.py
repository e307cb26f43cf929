"""Weights as integers of b bits: one scale a tensor, symmetric, rounded to nearest.

q = round(w / s), s = max|w| / (2^(b-1) - 1), so that |q| ≤ 2^(b-1) - 1.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn


def scale_of(weight: Tensor, bits: int) -> Tensor:
    """s of a tensor, () float; 1 where all weights are zero."""
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
