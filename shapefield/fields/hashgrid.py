"""`hashgrid`: a multiresolution hash grid and a small network (Instant Neural Graphics Primitives, Müller et al. 2022).

Legend: n points, d inputs.
"""

from __future__ import annotations

import torch
from torch import Tensor

from shapefield.fields.field import Field
from shapefield.methods import HashGridOptions
from shapefield.nn.gridlevels import grid_levels
from shapefield.nn.hashencoding import HashEncoding
from shapefield.nn.perceptron import perceptron


def hash_encoding(options: HashGridOptions, inputs: int) -> HashEncoding:
    """The encoding that the options describe."""
    return HashEncoding(
        grid_levels(inputs, options.levels, options.features, options.table, options.coarsest, options.finest)
    )


class HashGrid(Field):
    """f(x) = MLP(γ(x)); a latent code is appended after the encoding."""

    def __init__(self, options: HashGridOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.encoding = hash_encoding(options, inputs)
        self.network = perceptron(self.encoding.outputs + condition, outputs, options.width, options.depth)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        features = self.encoding(self.joined(points, code)[:, : self.inputs])
        if code is not None:
            features = torch.cat([features, code.expand(len(points), self.condition)], dim=1)
        return self.network(features)


build = HashGrid
