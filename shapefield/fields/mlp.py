"""`mlp`: a plain ReLU network on raw coordinates (spectral bias, Rahaman et al. 2019)."""

from torch import Tensor

from shapefield.fields.field import Field
from shapefield.methods import MLPOptions
from shapefield.nn.perceptron import perceptron


class MLP(Field):
    """f(x) = W_n ReLU(… ReLU(W_1 x + b_1) …) + b_n."""

    def __init__(self, options: MLPOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        self.network = perceptron(inputs + condition, outputs, options.width, options.depth)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        return self.network(self.joined(points, code))


build = MLP
