"""`occupancy`: a ReLU network whose output is a logit, positive inside (Mescheder et al. 2019)."""

from torch import Tensor

from shapefield.fields.field import Field
from shapefield.fields.perceptron import perceptron
from shapefield.methods import OccupancyOptions


class OccupancyNetwork(Field):
    """o(x) = sigmoid(f(x)) is the probability of inside; the module gives the logit f."""

    def __init__(self, options: OccupancyOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.network = perceptron(inputs + condition, outputs, options.width, options.depth)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → logits (n, c), positive inside."""
        return self.network(self.joined(points, code))

    def probability(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → probability of inside (n, c) in [0, 1]."""
        return self(points, code).sigmoid()


build = OccupancyNetwork
