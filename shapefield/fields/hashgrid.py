"""`hashgrid`: a multiresolution hash grid and a small network (Instant Neural Graphics Primitives, Müller et al. 2022).

Legend: n points, d inputs, L levels, F features, E table entries.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from shapefield.fields.field import Field
from shapefield.fields.gridlevels import grid_levels
from shapefield.fields.gridlookup import lookup
from shapefield.fields.perceptron import perceptron
from shapefield.methods import HashGridOptions


class HashEncoding(nn.Module):
    """Features of L levels, interpolated linearly between the corners of the cell a point is in.

    The table starts at U(-1e-4, 1e-4), as in the paper's section 4.
    """

    def __init__(self, options: HashGridOptions, inputs: int = 3) -> None:
        super().__init__()
        self.levels = grid_levels(
            inputs, options.levels, options.features, options.table, options.coarsest, options.finest
        )
        self.outputs = self.levels.outputs
        self.table = nn.Parameter(torch.empty(self.levels.entries, options.features).uniform_(-1e-4, 1e-4))

    def forward(self, points: Tensor) -> Tensor:
        """points (n, d) in [-1, 1] → features (n, L F)."""
        return lookup(points, self.table, self.levels)


class HashGrid(Field):
    """f(x) = MLP(γ(x)); a latent code is appended after the encoding."""

    def __init__(self, options: HashGridOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.encoding = HashEncoding(options, inputs)
        self.network = perceptron(self.encoding.outputs + condition, outputs, options.width, options.depth)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        features = self.encoding(self.joined(points, code)[:, : self.inputs])
        if code is not None:
            features = torch.cat([features, code.expand(len(points), self.condition)], dim=1)
        return self.network(features)


build = HashGrid
