"""`wire`: complex Gabor wavelets as activations (WIRE, Saragadam et al. 2023)."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from shapefield.fields.field import Field
from shapefield.methods import WireOptions


class GaborLayer(nn.Module):
    """z → ψ(W z + b), ψ(u) = exp(i ω u - s² |u|²) for complex u (equation 3); (n, 2a) → (n, 2w).

    A complex vector is laid out as all its real parts and then all its imaginary ones, and the product with
    W = A + iB is the real one with [[A, -B], [B, A]]: parameters stay real, so every optimiser and file takes them.
    real : the layer's input has real parts only, (n, a), and so has W: the first layer
    """

    def __init__(self, inputs: int, outputs: int, omega: float, scale: float, real: bool = False) -> None:
        super().__init__()
        self.omega, self.scale = omega, scale
        bound = 1.0 / math.sqrt(inputs)
        parts = 1 if real else 2
        self.weight = nn.Parameter(torch.empty(parts, outputs, inputs).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.empty(parts, outputs).uniform_(-bound, bound))

    def forward(self, z: Tensor) -> Tensor:
        """ψ in real numbers: u = p + iq → exp(-ω q - s² (p² + q²)) · (cos ω p + i sin ω p)."""
        if len(self.weight) == 1:
            p = nn.functional.linear(z, self.weight[0], self.bias[0])
            envelope = torch.exp(-(self.scale * p).square())
        else:
            p, q = complex_linear(z, self.weight, self.bias).chunk(2, dim=1)
            envelope = torch.exp(-self.omega * q - self.scale**2 * (p.square() + q.square()))
        phase = self.omega * p
        return torch.cat([envelope * phase.cos(), envelope * phase.sin()], dim=1)


def complex_linear(z: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """W z + b for complex z (n, 2a), W (2, w, a), b (2, w), real parts first → (n, 2w)."""
    real, imaginary = weight
    block = torch.cat([torch.cat([real, -imaginary], dim=1), torch.cat([imaginary, real], dim=1)])
    return nn.functional.linear(z, block, bias.flatten())


class Wire(Field):
    """z_1 = ψ(W_1 x + b_1), z_k = ψ(W_k z + b_k), f = Re(W z + b).

    As in the paper's code a layer has width / √2 complex units, so that it weighs what `width` real ones would, and
    weights start uniform in ±1/√n, n = fan-in.
    """

    def __init__(self, options: WireOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        units = max(1, round(options.width / math.sqrt(2)))
        widths = [inputs + condition] + [units] * options.depth
        self.layers = nn.ModuleList(
            GaborLayer(a, b, options.omega, options.scale, real=k == 0) for k, (a, b) in enumerate(pairwise(widths))
        )
        # the real part of a complex layer's output is a real layer on real and imaginary parts
        self.last = nn.Linear(2 * units, outputs)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        z = self.joined(points, code)
        for layer in self.layers:
            z = layer(z)
        return self.last(z)


build = Wire
