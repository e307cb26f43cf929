"""`tensorf`: a grid of features as a sum of vectors times matrices (TensoRF, Chen et al. 2022)."""

from __future__ import annotations

import torch
from torch import Tensor

from shapefield.fields.field import Field
from shapefield.methods import TensorfOptions
from shapefield.nn.perceptron import perceptron
from shapefield.nn.vectormatrix import VectorMatrix


class Tensorf(Field):
    """f(x) = MLP(γ(x)), as the paper decodes colours; a latent code is appended after the components."""

    def __init__(self, options: TensorfOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.tensor = VectorMatrix(inputs, options.cells, options.rank)
        self.network = perceptron(self.tensor.outputs + condition, outputs, options.width, options.depth)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        joined = self.joined(points, code)
        rest = joined[:, self.inputs :]
        return self.network(torch.cat([self.tensor(joined[:, : self.inputs]), rest], dim=1))


build = Tensorf
