"""All of space in a box: Mip-NeRF 360's contraction with the largest coordinate as the norm, so that cubes fit cubes.

Model frame (the scene's box is [-1, 1]^3) → grid frame: x / 2 inside the box, (2 - 1 / |x|) x / (2 |x|) outside.
"""

from __future__ import annotations

import torch
from torch import Tensor

NEAR = 0.05
"""Rays begin this far from a camera, in box halves …"""
NEAR_SHARE = 0.6
"""… and this share of the way to the box's faces later, for a camera outside: no fog before lenses."""
FAR = 64.0


def contract(points: Tensor) -> Tensor:
    """(…, 3) model frame → (…, 3) in [-1, 1], the box in the middle half."""
    size = points.abs().amax(dim=-1, keepdim=True)
    outer = size.clamp_min(1.0)
    return torch.where(size <= 1.0, 0.5 * points, points * ((2.0 - 1.0 / outer) / (2.0 * outer)))


def expand(points: Tensor) -> Tensor:
    """Inverse of `contract` for points strictly inside [-1, 1]^3."""
    size = points.abs().amax(dim=-1, keepdim=True)
    outer = 1.0 / (2.0 - 2.0 * size.clamp(0.5, 1.0 - 1e-6))
    return torch.where(size <= 0.5, 2.0 * points, points * (outer / size.clamp_min(0.5)))
