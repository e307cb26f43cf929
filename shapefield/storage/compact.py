"""A field's tensors in few bytes: rounded to integers, differenced where they are smooth, and entropy-coded.

w → q = round(w / 2^e), with the smallest exponent e a block for which |q| < 2^(bits-1). A power of two makes rounding
idempotent: what a file gave back is written again as the same bytes. A grid of distances is first replaced by its
differences along every axis in turn (the Lorenzo predictor, Ibarria et al. 2003); then signs are folded into the
lowest bit, low and high bytes are laid apart, and each tensor is packed as `quantising.squeezed` does it.

Tables take 8 bits and a grid of distances 14: docs/decisions/compact-fields.md.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.storage.quantising import inflated, squeezed

if TYPE_CHECKING:
    from torch import Tensor, nn

COMPACT = "compact"
"""The preset whose fields are written so."""
BLOCK = 1 << 13
"""Numbers of a table that share an exponent."""
BITS = {"table": 8, "base": 14}
"""By the last part of a tensor's name; everything else is small and takes 16."""
_LARGEST = 1 << 28


def round_module(module: nn.Module) -> None:
    """Replace every weight by what a compact file gives back, in place."""
    for name, tensor in module.state_dict().items():
        tensor.copy_(_as(rounded(name, tensor.detach().cpu().numpy()), tensor))


def rounded(name: str, values: np.ndarray) -> np.ndarray:
    """float32 values of a tensor of that name as a compact file gives them back."""
    integers, exponents = _integers(values.ravel(), *_form(name))
    return _floats(integers, exponents, _form(name)[1]).reshape(values.shape)


def compacted(tensors: dict[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, str]]:
    """(one uint8 tensor a name, how each is packed), from which `expanded` makes the rounded tensors again."""
    import torch

    packed, how = {}, {}
    for name, tensor in tensors.items():
        values = tensor.detach().cpu().numpy().astype(np.float32)
        bits, block = _form(name)
        integers, exponents = _integers(values.ravel(), bits, block)
        how[name], payload = squeezed(_bytes_of(_differenced(name, integers, values.shape), bits))
        data = exponents.astype(np.int8).tobytes() + payload
        packed[name] = torch.from_numpy(np.frombuffer(data, dtype=np.uint8).copy())
    return packed, how


def expanded(tensors: dict[str, Tensor], how: dict[str, Any], shapes: dict[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """The rounded tensors of the given shapes. Raises ValueError for bytes that do not hold exactly those."""
    import torch

    if set(tensors) != set(shapes) or set(how) != set(shapes):
        raise ValueError("its tensors are not those of its method")
    found = {}
    for name, shape in shapes.items():
        count = math.prod(shape)
        bits, block = _form(name)
        if count > _LARGEST or tensors[name].dtype != torch.uint8 or tensors[name].ndim != 1:
            raise ValueError(f"{name} is no packed tensor of {shape}")
        data = tensors[name].numpy().tobytes()
        blocks = -(-count // block)
        width = 1 if bits <= 8 else 2
        integers = _integers_of(inflated(data[blocks:], str(how[name]), count * width), width)
        integers = _summed(name, integers, shape)
        exponents = np.frombuffer(data[:blocks], dtype=np.int8)
        found[name] = torch.from_numpy(_floats(integers, exponents, block).reshape(shape))
    return found


def _as(values: np.ndarray, like: Tensor) -> Tensor:
    import torch

    return torch.from_numpy(values).to(like)


def _form(name: str) -> tuple[int, int]:
    """(bits, numbers a block) of a tensor of that name."""
    last = name.rsplit(".", 1)[-1]
    return BITS.get(last, 16), BLOCK if last == "table" else _LARGEST


def _integers(values: np.ndarray, bits: int, block: int) -> tuple[np.ndarray, np.ndarray]:
    """(n,) int64 q and (blocks,) int64 e."""
    top = np.maximum.reduceat(np.abs(values), np.arange(0, len(values), block)).astype(np.float64)
    limit = 2 ** (bits - 1) - 1
    exponents = np.ceil(np.log2(np.maximum(top, 2.0**-100) / limit)).astype(np.int64).clip(-120, 120)
    step = np.repeat(np.exp2(exponents), block)[: len(values)] if len(top) > 1 else np.exp2(exponents)
    return np.rint(values / step).astype(np.int64), exponents


def _floats(integers: np.ndarray, exponents: np.ndarray, block: int) -> np.ndarray:
    step = np.exp2(exponents.astype(np.float64))
    step = np.repeat(step, block)[: len(integers)] if len(step) > 1 else step
    return (integers * step).astype(np.float32)


def _differenced(name: str, integers: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if name.rsplit(".", 1)[-1] == "base":
        integers = integers.reshape(shape)
        for axis in range(len(shape) - 1):
            integers = np.diff(integers, axis=axis, prepend=0)
    return integers.ravel()


def _summed(name: str, integers: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if name.rsplit(".", 1)[-1] == "base":
        integers = integers.reshape(shape)
        for axis in range(len(shape) - 1):
            integers = np.cumsum(integers, axis=axis)
        integers = integers.astype(np.int16).astype(np.int64)
    return integers.ravel()


def _bytes_of(integers: np.ndarray, bits: int) -> bytes:
    """Signs folded into the lowest bit; all low bytes, then all high ones where there are more than 8 bits.

    Differences wrap around at 16 bits, and so do the sums that undo them.
    """
    wrapped = integers.astype(np.int8 if bits <= 8 else np.int16).astype(np.int64)
    folded = np.where(wrapped < 0, -2 * wrapped - 1, 2 * wrapped).astype(np.uint16)
    low = (folded & 255).astype(np.uint8).tobytes()
    return low if bits <= 8 else low + (folded >> 8).astype(np.uint8).tobytes()


def _integers_of(data: bytes, width: int) -> np.ndarray:
    planes = np.frombuffer(data, dtype=np.uint8).reshape(width, -1).astype(np.int64)
    folded = planes[0] if width == 1 else planes[0] + (planes[1] << 8)
    return np.where(folded & 1, -(folded + 1) // 2, folded // 2)
