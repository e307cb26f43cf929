"""`occupancy`: a ReLU network whose output is a logit, positive inside (Mescheder et al. 2019)."""

from typing import Any

import torch
from torch import Tensor

from shapefield.fields.field import Field
from shapefield.methods import OccupancyOptions
from shapefield.nn.perceptron import perceptron


class OccupancyNetwork(Field):
    """o(x) = sigmoid(f(x)) is the probability of inside; the module gives the logit f."""

    def __init__(self, options: OccupancyOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.network = perceptron(inputs + condition, outputs, options.width, options.depth)
        if options.initialisation == "spread":
            self._spread_kinks()

    @torch.no_grad()
    def _spread_kinks(self) -> None:
        """Let each of the first layer's units bend somewhere in the box, thrice as steep.

        With biases of zero all of them bend at the origin, and thin parts away from it may never be found.
        """
        first: Any = self.network[0]
        first.weight.mul_(3.0)
        first.bias.uniform_(-1.0, 1.0).mul_(torch.einsum("ij,ij->i", first.weight, first.weight).sqrt_())

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → logits (n, c), positive inside."""
        return self.network(self.joined(points, code))


build = OccupancyNetwork
