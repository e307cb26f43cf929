"""`deepsdf`: a deep ReLU network that sees its input again half-way (DeepSDF, Park et al. 2019)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from shapefield.fields.field import Field
from shapefield.methods import DeepSDFOptions


class DeepSDF(Field):
    """`depth` hidden layers; at layer `skip` the hidden state and the input are concatenated; linear output.

    The layer before the skip is narrower by the input's length, so that the skip layer has `width` inputs, as in the
    paper. Geometric initialisation (SAL, Atzmon & Lipman 2020, theorem 1) makes the fresh network close to
    ‖x‖ - r, a sphere: eight plain ReLU layers barely learn without it.
    """

    def __init__(self, options: DeepSDFOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__(inputs, outputs, condition)
        if options.skip >= options.depth:
            raise ValueError(f"skip: expected a layer below the depth {options.depth}, got {options.skip}")
        seen, width = inputs + condition, options.width
        self.skip = options.skip
        layers: list[nn.Linear] = []
        for k in range(options.depth):
            before = layers[-1].out_features + (seen if k == self.skip else 0) if layers else seen
            wide = width - seen if k + 1 == self.skip else width
            layers.append(nn.Linear(before, max(wide, 1)))
        self.layers = nn.ModuleList(layers)
        self.last = nn.Linear(width, outputs)
        if options.initialisation == "geometric":
            self._start_as_sphere(layers, radius=0.5)
        if options.weight_norm:
            for layer in layers:
                nn.utils.parametrizations.weight_norm(layer)

    @torch.no_grad()
    def _start_as_sphere(self, layers: list[nn.Linear], radius: float) -> None:
        for k, layer in enumerate(layers):
            layer.weight.normal_(0.0, math.sqrt(2 / layer.out_features))
            layer.bias.zero_()
            if k == 0 and self.condition:
                layer.weight[:, self.inputs :] *= 0.1
            if self.skip and k == self.skip:
                layer.weight[:, -(self.inputs + self.condition) :] = 0.0
        self.last.weight.normal_(math.sqrt(math.pi / self.last.in_features), 1e-5)
        self.last.bias.fill_(-radius)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → signed distances (n, c), negative inside."""
        seen = h = self.joined(points, code)
        for k, layer in enumerate(self.layers):
            if self.skip and k == self.skip:
                h = torch.cat([h, seen], dim=1)
            h = torch.relu(layer(h))
        return self.last(h)


build = DeepSDF
