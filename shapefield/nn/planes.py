"""Features from axis-aligned planes, added (Peng et al. 2020) or multiplied (Fridovich-Keil et al. 2023, §3.1).

Legend: n points, d inputs, F features of a plane. A point of d coordinates has d (d - 1) / 2 planes.
"""

from __future__ import annotations

from itertools import combinations

import torch
from torch import Tensor, nn

from shapefield.nn.planelookup import on_plane


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
