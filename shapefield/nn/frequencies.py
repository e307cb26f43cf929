"""Encodings without tables: random Fourier features and NeRF's octaves.

Legend: n points, d inputs, m frequencies.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class FourierFeatures(nn.Module):
    """γ(x) = [sin(2πBx + b), cos(2πBx + b)], B ~ N(0, σ²) of shape (m, d) (Tancik et al. 2020, equation 5).

    learned : make B and the phase b parameters (Li et al. 2021); otherwise both are fixed and b is 0
    """

    def __init__(self, inputs: int, frequencies: int, sigma: float, learned: bool = False) -> None:
        super().__init__()
        matrix = torch.randn(frequencies, inputs).mul_(sigma)
        if learned:
            self.matrix, self.phase = nn.Parameter(matrix), nn.Parameter(torch.zeros(frequencies))
        else:
            self.register_buffer("matrix", matrix)
            self.register_buffer("phase", torch.zeros(frequencies))
        self.outputs = 2 * frequencies

    def forward(self, points: Tensor) -> Tensor:
        """points (n, d) → features (n, 2m)."""
        angles = nn.functional.linear(points, 2 * math.pi * self.matrix, self.phase)
        return torch.cat([angles.sin(), angles.cos()], dim=1)


class PositionalEncoding(nn.Module):
    """γ(x) = [x, sin(2^k πx), cos(2^k πx)], k = 0..L-1 (Mildenhall et al. 2020, equation 4)."""

    octaves: Tensor

    def __init__(self, inputs: int, frequencies: int) -> None:
        super().__init__()
        self.register_buffer("octaves", octaves(frequencies))
        self.outputs = inputs * (1 + 2 * frequencies)

    def forward(self, points: Tensor) -> Tensor:
        """points (n, d) → features (n, d (1 + 2L))."""
        return positional(points, self.octaves)


def positional(points: Tensor, octaves: Tensor, octave_first: bool = False) -> Tensor:
    """points (n, d), octaves (L,) = 2^k π → (n, d (1 + 2L)): the points, then the sines and the cosines.

    octave_first : the angles of all coordinates at one octave stand together; otherwise those of one coordinate
    """
    angles = points[:, None, :] * octaves[:, None] if octave_first else points[:, :, None] * octaves
    return torch.cat([points, angles.flatten(1).sin(), angles.flatten(1).cos()], dim=1)


def octaves(count: int, dtype: torch.dtype | None = None, device: torch.device | None = None) -> Tensor:
    """2^k π for k = 0..count-1."""
    return torch.tensor([math.pi * 2.0**k for k in range(count)], dtype=dtype, device=device)
