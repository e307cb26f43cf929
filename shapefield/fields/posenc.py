"""`posenc`: NeRF's fixed octaves and a ReLU network (Mildenhall et al. 2020)."""

import torch
from torch import Tensor

from shapefield.fields.field import Field
from shapefield.methods import PosencOptions
from shapefield.nn.frequencies import PositionalEncoding
from shapefield.nn.perceptron import perceptron


class PosencField(Field):
    """f(x) = MLP(γ(x)); a latent code is appended after the encoding."""

    def __init__(self, options: PosencOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.encoding = PositionalEncoding(inputs, options.frequencies)
        self.network = perceptron(self.encoding.outputs + condition, outputs, options.width, options.depth)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        rest = self.joined(points, code)[:, self.inputs :]
        return self.network(torch.cat([self.encoding(points), rest], dim=1))


build = PosencField
