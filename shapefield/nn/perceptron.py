"""The stack of linear layers that stands behind every encoding."""

from __future__ import annotations

from torch import nn


def perceptron(inputs: int, outputs: int, width: int, depth: int) -> nn.Sequential:
    """`depth` hidden layers of `width` ReLU units and a linear output; He-initialised, biases zero.

    PyTorch's own default shrinks the signal by √3 a layer, which a deep ReLU stack never quite makes up for.
    """
    layers: list[nn.Module] = []
    for k in range(depth):
        layers += [nn.Linear(inputs if k == 0 else width, width), nn.ReLU()]
    last = nn.Linear(width if depth else inputs, outputs)
    layers.append(last)
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    nn.init.xavier_uniform_(last.weight, gain=0.5)
    return nn.Sequential(*layers)
