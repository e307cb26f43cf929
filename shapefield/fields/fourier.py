"""`fourier`: random (or learned) Fourier features and a ReLU network (Tancik et al. 2020)."""

import torch
from torch import Tensor

from shapefield.fields.field import Field
from shapefield.methods import FourierOptions
from shapefield.nn.frequencies import FourierFeatures
from shapefield.nn.perceptron import perceptron


class FourierField(Field):
    """f(x) = MLP(γ(x)); a latent code is appended after the encoding."""

    def __init__(self, options: FourierOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.encoding = FourierFeatures(inputs, options.frequencies, options.sigma, options.learned)
        self.network = perceptron(self.encoding.outputs + condition, outputs, options.width, options.depth)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        rest = self.joined(points, code)[:, self.inputs :]
        return self.network(torch.cat([self.encoding(points), rest], dim=1))


build = FourierField
