"""The multiresolution hash encoding (Instant Neural Graphics Primitives, Müller et al. 2022, §3) as a module.

Legend: n points, d inputs, L levels, F features, E table entries.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from shapefield.nn.gridlevels import GridLevels
from shapefield.nn.gridlookup import lookup


class HashEncoding(nn.Module):
    """Features of L levels, interpolated linearly between the corners of the cell a point is in.

    The table starts at U(-1e-4, 1e-4), as in the paper's section 4.
    """

    def __init__(self, levels: GridLevels) -> None:
        super().__init__()
        self.levels, self.outputs = levels, levels.outputs
        self.table = nn.Parameter(torch.empty(levels.entries, levels.features).uniform_(-1e-4, 1e-4))

    def forward(self, points: Tensor) -> Tensor:
        """points (n, d) in [-1, 1] → features (n, L F)."""
        return lookup(points, self.table, self.levels)
