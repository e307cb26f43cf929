"""Occupancy networks with their encoder (Mescheder et al. 2019): points → code in one pass → inside or outside.

encoder : ResNet-PointNet, residual blocks between which every point learns the greatest feature of all
decoder : residual blocks whose batch normalisation takes its scale and shift from the code

Legend: s shapes, c points of a cloud, p points asked, k numbers of a code, w units.
"""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import Tensor, nn

from shapefield.methods import OccNetOptions
from shapefield.nn.frequencies import PositionalEncoding

MOMENTUM = 0.1
"""Of the running mean and variance that stand in for a batch's where only one shape is asked for."""
EPSILON = 1e-5


class OccNet(nn.Module):
    """Encoder and decoder. As a field it is positive inside and 0 where the probability is the options' threshold."""

    def __init__(self, options: OccNetOptions) -> None:
        super().__init__()
        self.encoder = PointNet(options.code, options.encoder)
        self.encoding = PositionalEncoding(3, options.frequencies)
        self.first = nn.Linear(self.encoding.outputs, options.width)
        self.blocks = nn.ModuleList(ConditionalBlock(options.width, options.code) for _ in range(options.depth))
        self.norm = ConditionalNorm(options.width, options.code)
        self.last = nn.Linear(options.width, 1)
        self.shift = math.log(options.threshold / (1 - options.threshold))

    def encode(self, clouds: Tensor) -> Tensor:
        """clouds (s, c, 3) on surfaces → codes (s, k)."""
        return self.encoder(clouds)

    def logits(self, points: Tensor, codes: Tensor) -> Tensor:
        """points (s, p, 3), codes (s, k) → (s, p): of the probability to be inside."""
        h = self.first(self.encoding(points.reshape(-1, 3)).view(*points.shape[:2], -1))
        for block in self.blocks:
            h = block(h, codes)
        return self.last(torch.relu(self.norm(h, codes)))[:, :, 0]

    def forward(self, points: Tensor, codes: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """points (s, p, 3), codes (s, k) → (s, p): logits less that of the threshold."""
        return self.logits(points, codes) - self.shift


class PointNet(nn.Module):
    """(s, c, 3) → (s, k), the same whatever the points' order."""

    def __init__(self, outputs: int, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(3, 2 * width)
        self.blocks = nn.ModuleList(ResidualBlock(2 * width, width) for _ in range(5))
        self.last = nn.Linear(width, outputs)

    def forward(self, clouds: Tensor) -> Tensor:
        """The last block's greatest features, and a linear layer."""
        h = self.first(clouds)
        for number, block in enumerate(self.blocks):
            if number:
                h = torch.cat([h, h.amax(dim=1, keepdim=True).expand_as(h)], dim=2)
            h = block(h)
        return self.last(torch.relu(h.amax(dim=1)))


class ResidualBlock(nn.Module):
    """x → S x + B relu(A relu(x)), B zero at the start."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.inner = nn.Linear(inputs, min(inputs, outputs))
        self.outer = nn.Linear(min(inputs, outputs), outputs)
        self.shortcut = nn.Linear(inputs, outputs, bias=False)
        nn.init.zeros_(self.outer.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(…, inputs) → (…, outputs)."""
        return self.shortcut(x) + self.outer(torch.relu(self.inner(torch.relu(x))))


class ConditionalNorm(nn.Module):
    """Batch normalisation whose scale and shift are linear in the code: γ(z) x̂ + β(z), γ = 1 and β = 0 at the start."""

    mean: Tensor
    variance: Tensor

    def __init__(self, width: int, code: int) -> None:
        super().__init__()
        self.scale, self.shift = nn.Linear(code, width), nn.Linear(code, width)
        for layer, start in ((self.scale, 1.0), (self.shift, 0.0)):
            nn.init.zeros_(layer.weight)
            nn.init.constant_(layer.bias, start)
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))

    def forward(self, x: Tensor, codes: Tensor) -> Tensor:
        """x (s, p, w), codes (s, k) → (s, p, w)."""
        if self.training:
            mean, variance = x.mean(dim=(0, 1)), x.var(dim=(0, 1), unbiased=False)
            with torch.no_grad():
                self.mean.lerp_(mean, MOMENTUM)
                self.variance.lerp_(variance, MOMENTUM)
        else:
            mean, variance = self.mean, self.variance
        factor = self.scale(codes)[:, None] * (variance + EPSILON).rsqrt()
        return (x - mean) * factor + self.shift(codes)[:, None]


class ConditionalBlock(nn.Module):
    """x → x + B relu(N₁(A relu(N₀(x)))), B zero at the start."""

    def __init__(self, width: int, code: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(ConditionalNorm(width, code) for _ in range(2))
        self.inner, self.outer = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.outer.weight)

    def forward(self, x: Tensor, codes: Tensor) -> Tensor:
        """x (s, p, w), codes (s, k) → (s, p, w)."""
        first, second = (cast(ConditionalNorm, norm) for norm in self.norms)
        inner = self.inner(torch.relu(first(x, codes)))
        return x + self.outer(torch.relu(second(inner, codes)))


def build(options: OccNetOptions, seed: int = 0) -> OccNet:
    """The network, freshly initialised from `seed`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return OccNet(options)
