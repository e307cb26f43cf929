"""`bacon`: a multiplicative filter network whose outputs are band-limited (BACON, Lindell et al. 2022)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from shapefield.fields.field import Field
from shapefield.methods import BaconOptions

HALF_PERIOD = 1.25
"""The field repeats itself over [-1.25, 1.25]^d. Over the box itself, a shape that reaches 0.95 would be its copy's
neighbour, and a distance cannot rise between the two: outside a sphere it rose by 0.3 instead of 1 (measured)."""


class SineFilter(nn.Module):
    """g(x) = sin(ω x + φ), ω (w, d) fixed: whole multiples of π / HALF_PERIOD, up to ± limit; φ ~ U(-π, π).

    Whole multiples make the field periodic, so its spectrum is a finite set of lines.
    """

    multiple: Tensor

    def __init__(self, inputs: int, width: int, limit: int) -> None:
        super().__init__()
        self.register_buffer("multiple", torch.randint(-limit, limit + 1, (width, inputs)).float())
        self.phase = nn.Parameter(torch.empty(width).uniform_(-math.pi, math.pi))

    def forward(self, points: Tensor) -> Tensor:
        """points (n, d) → (n, w)."""
        return nn.functional.linear(math.pi / HALF_PERIOD * points, self.multiple, self.phase).sin()


class Bacon(Field):
    """z_0 = g_0(x), z_k = g_k(x) ∘ (W_k z_{k-1} + b_k), outputs y_k = V_k z_k + c_k (equations 3 and 4).

    A product of two sines has the sum and the difference of their frequencies, so y_k holds none above
    B_0 + … + B_k along an axis: `bands[k]`, in cycles a period.
    The filters' limits B_k grow with k as in the paper: coarse outputs are coarse.
    W ~ U(-√(6/w), √(6/w)): each product then keeps its variance (§3.2).
    """

    def __init__(self, options: BaconOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        width, depth = options.width, options.depth
        limits = band_limits(options.bandwidth, depth)
        self.bands = [sum(limits[: k + 1]) for k in range(depth + 1)]
        self.detail = options.detail
        if self.detail > depth:
            raise ValueError(f"detail: expected at most the depth {depth}, got {self.detail}")
        self.filters = nn.ModuleList(SineFilter(inputs, width, limit) for limit in limits)
        mixing = [nn.Linear(width + condition, width) for _ in range(depth)]
        self.mixing = nn.ModuleList(mixing)
        self.heads = nn.ModuleList(nn.Linear(width, outputs) for _ in range(depth))
        bound = math.sqrt(6 / (width + condition))
        for layer in mixing:
            nn.init.uniform_(layer.weight, -bound, bound)

    def levels(self, points: Tensor, code: Tensor | None = None) -> list[Tensor]:
        """points (n, d) → the outputs y_1, y_2, … (n, c) from coarse to fine."""
        joined = self.joined(points, code)
        x, rest = joined[:, : self.inputs], joined[:, self.inputs :]
        z, found = self.filters[0](x), []
        for k, (mix, head) in enumerate(zip(self.mixing, self.heads, strict=True)):
            z = self.filters[k + 1](x) * mix(torch.cat([z, rest], dim=1) if self.condition else z)
            found.append(head(z))
        return found

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c): the level of detail `detail`, counted from 1; 0 is the finest."""
        return self.levels(points, code)[self.detail - 1]


def band_limits(bandwidth: float, depth: int) -> list[int]:
    """Limits of the depth + 1 filters in cycles a period: 1 : 1 : 2 : 4 : …, at least 1, adding up to `bandwidth`.

    bandwidth : greatest frequency of the finest output along an axis, in cycles a unit length
    """
    total = max(round(2 * HALF_PERIOD * bandwidth), depth + 1)
    shares = [2.0 ** max(k - 1, 0) for k in range(depth + 1)]
    limits = [max(1, int(total * share / sum(shares))) for share in shares]
    limits[-1] = max(1, total - sum(limits[:-1]))
    return limits


build = Bacon
