"""`siren`: sine layers (Implicit Neural Representations with Periodic Activation Functions, Sitzmann et al. 2020)."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from shapefield.fields.field import Field
from shapefield.methods import SirenOptions


class Sine(nn.Linear):
    """h → sin(ω0 (W h + b)), (n, a) → (n, b)."""

    def __init__(self, inputs: int, outputs: int, omega: float) -> None:
        super().__init__(inputs, outputs)
        self.omega = omega

    def forward(self, h: Tensor) -> Tensor:
        """ω0 goes into the small matrix and not onto the large activation: one pass over memory less."""
        return torch.sin(nn.functional.linear(h, self.omega * self.weight, self.omega * self.bias))


class Siren(Field):
    """h_1 = sin(ω0 (W_1 x + b_1)), h_k = sin(ω0 (W_k h + b_k)), f = W h + b.

    Initialisation of the paper's section 3.2 and its code: W_1 ~ U(-1/n, 1/n), every later one, the last included,
    W ~ U(-√(6/n)/ω0, √(6/n)/ω0), n = fan-in: then ω0 W h is standard normal before each hidden sine.
    """

    def __init__(self, options: SirenOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.omega = options.omega
        widths = [inputs + condition] + [options.width] * options.depth
        layers = [Sine(a, b, self.omega) for a, b in pairwise(widths)]
        self.layers = nn.ModuleList(layers)
        self.last = nn.Linear(options.width, outputs)
        with torch.no_grad():
            layers[0].weight.uniform_(-1 / widths[0], 1 / widths[0])
            for layer in [*layers[1:], self.last]:
                bound = math.sqrt(6 / layer.in_features) / self.omega
                layer.weight.uniform_(-bound, bound)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        h = self.joined(points, code)
        for layer in self.layers:
            h = layer(h)
        return self.last(h)


build = Siren
