"""`triplane` and `kplanes`: features from axis-aligned planes and a small network.

triplane : the planes' features are added (Convolutional Occupancy Networks, Peng et al. 2020; EG3D, Chan et al. 2022)
kplanes  : they are multiplied, which lets a feature be local in space, at several resolutions whose products are
           concatenated (K-Planes, Fridovich-Keil et al. 2023, §3.1)

Legend: n points, d inputs, F features of a plane, S resolutions. A point of d coordinates has d (d - 1) / 2 planes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from shapefield.fields.field import Field
from shapefield.methods import KPlanesOptions, TriplaneOptions
from shapefield.nn.perceptron import perceptron
from shapefield.nn.planes import Planes


class PlaneField(Field):
    """f(x) = MLP(γ(x)), γ the planes' features of every resolution; a latent code is appended after them."""

    def __init__(
        self, scales: list[int], features: int, product: bool, network: tuple[int, int], shape: tuple[int, int, int]
    ) -> None:
        """scales: cells along an edge;  network: width and depth;  shape: inputs, outputs, condition."""
        inputs, outputs, condition = shape
        super().__init__(inputs, outputs, condition)
        self.planes = nn.ModuleList(Planes(inputs, cells, features, product) for cells in scales)
        self.network = perceptron(features * len(scales) + condition, outputs, *network)

    def forward(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """points (n, d) → (n, c)."""
        joined = self.joined(points, code)
        x, rest = joined[:, : self.inputs], joined[:, self.inputs :]
        return self.network(torch.cat([*(planes(x) for planes in self.planes), rest], dim=1))


def build(options: TriplaneOptions, inputs: int = 3, outputs: int = 1, condition: int = 0) -> PlaneField:
    """The field the options are of: K-Planes' are a triplane's with several scales."""
    shape, network = (inputs, outputs, condition), (options.width, options.depth)
    if isinstance(options, KPlanesOptions):
        scales = [options.cells * 2**k for k in range(options.scales)]
        return PlaneField(scales, options.features, True, network, shape)
    return PlaneField([options.cells], options.features, False, network, shape)
