"""NeRF's positional encoding (Mildenhall et al. 2020, eq. 4), with the input itself before it as their code has it."""

from __future__ import annotations

import torch
from torch import Tensor


def encoded(values: Tensor, octaves: int) -> Tensor:
    """(n, d) → (n, d + 2 d octaves): x, then sin(2^k pi x), cos(2^k pi x) for k = 0 .. octaves - 1."""
    if octaves == 0:
        return values
    scales = torch.pi * 2.0 ** torch.arange(octaves, device=values.device, dtype=values.dtype)
    angles = (values[:, None, :] * scales[:, None]).flatten(1)
    return torch.cat([values, torch.sin(angles), torch.cos(angles)], dim=1)


def encoded_size(inputs: int, octaves: int) -> int:
    """Numbers that `encoded` makes of `inputs`."""
    return inputs * (1 + 2 * octaves)
