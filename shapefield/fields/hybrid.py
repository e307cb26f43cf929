"""`hybrid`: a coarse grid of exact distances, and a hash grid that learns what is left. A figure of our own.

f(x) = trilinear(base)(x) + s · MLP(γ(x)), with the base fixed and the network's last layer starting at zero, so the
fresh field is the base alone. s = 1 / base cells brings the residual to the order of one.

Legend: n points, b nodes of the base along an edge.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from shapefield.fields.field import Field
from shapefield.fields.hashgrid import hash_encoding
from shapefield.methods import HybridOptions
from shapefield.nn.gridlookup import interpolated
from shapefield.nn.perceptron import perceptron


class Hybrid(Field):
    """The base is all zero until `set_base` gives it distances."""

    base: Tensor

    def __init__(self, options: HybridOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.cells = options.base - 1
        self.register_buffer("base", torch.zeros(*[options.base] * inputs, outputs))
        self.encoding = hash_encoding(options, inputs)
        self.network = perceptron(self.encoding.outputs + condition, outputs, options.width, options.depth)
        nn.init.zeros_(cast(nn.Linear, self.network[-1]).weight)
        self.scale = 1.0 / self.cells
        self.base_only = False

    def set_base(self, distances: Tensor) -> None:
        """Give the base its distances: (b, b, b) at the nodes linspace(-1, 1, b) of x, y, z, negative inside."""
        if distances.numel() != self.base.numel():
            raise ValueError(f"built for a base of {tuple(self.base.shape)}, got {tuple(distances.shape)}")
        self.base.copy_(distances.reshape(self.base.shape))

    def fixed(self, points: Tensor) -> Tensor:
        """points (n, d) → (n, c): the base alone, interpolated linearly."""
        return interpolated(points, self.base)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        coarse = self.fixed(points)
        return coarse if self.base_only else coarse + self.trained(points, code)

    def trained(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c): what the network adds to the base."""
        features = self.encoding(self.joined(points, code)[:, : self.inputs])
        if code is not None:
            features = torch.cat([features, code.expand(len(points), self.condition)], dim=1)
        return self.scale * self.network(features)


build = Hybrid
