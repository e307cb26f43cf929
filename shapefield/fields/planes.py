"""`triplane` and `kplanes`: features from axis-aligned planes and a small network.

triplane : the planes' features are added (Convolutional Occupancy Networks, Peng et al. 2020; EG3D, Chan et al. 2022)
kplanes  : they are multiplied, which lets a feature be local in space, at several resolutions whose products are
           concatenated (K-Planes, Fridovich-Keil et al. 2023, §3.1)

Legend: n points, d inputs, F features of a plane, S resolutions. A point of d coordinates has d (d - 1) / 2 planes.
"""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor, nn

from shapefield.fields.field import Field
from shapefield.fields.perceptron import perceptron
from shapefield.fields.planelookup import on_plane
from shapefield.methods import KPlanesOptions, TriplaneOptions


class Planes(nn.Module):
    """One plane (r + 1, r + 1, F) for every pair of axes; (n, d) → (n, F).

    product : multiply the planes' features, which then start at U(0.1, 0.5), positive so that no product dies;
              otherwise add them, and they start at N(0, 0.1²)
    """

    def __init__(self, inputs: int, resolution: int, features: int, product: bool) -> None:
        super().__init__()
        self.axes, self.product = list(combinations(range(inputs), 2)), product
        side = resolution + 1
        self.grids = nn.ParameterList(torch.empty(side, side, features) for _ in self.axes)
        for grid in self.grids:
            if product:
                nn.init.uniform_(grid, 0.1, 0.5)
            else:
                nn.init.normal_(grid, 0.0, 0.1)

    def forward(self, points: Tensor) -> Tensor:
        """points (n, d) in [-1, 1] → (n, F)."""
        found: Tensor | None = None
        for (a, b), grid in zip(self.axes, self.grids, strict=True):
            features = on_plane(points[:, a], points[:, b], grid)
            if found is None:
                found = features
            else:
                found = found * features if self.product else found + features
        assert found is not None
        return found


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
