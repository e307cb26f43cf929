"""A grid of features as a sum of vectors times matrices (TensoRF, Chen et al. 2022).

Legend: n points, d inputs, R components for an axis.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from shapefield.nn.planelookup import on_line, on_plane


class VectorMatrix(nn.Module):
    """R components for every axis: v_r(x_a) · M_r(the other axes) (VM decomposition, equation 3); (n, d) → (n, d R).

    In two dimensions the other axis is one, and a component is the product of two vectors (CP, equation 1).
    Matrices start at N(0, 0.1²), the paper's code's; vectors at N(0.2, 0.1²). Where both are around zero, as there, a
    component is nearly nothing, and so is its gradient: with half of all seeds a sphere was not learnt in 1 000 steps.
    """

    def __init__(self, inputs: int, resolution: int, rank: int) -> None:
        super().__init__()
        if inputs not in (2, 3):
            raise ValueError(f"built for points of 2 or 3 coordinates, got {inputs}")
        side = resolution + 1
        self.vectors = nn.ParameterList(torch.randn(side, rank).mul_(0.1).add_(0.2) for _ in range(inputs))
        others = (side,) * (inputs - 1)
        self.matrices = nn.ParameterList(torch.randn(*others, rank).mul_(0.1) for _ in range(inputs))
        self.outputs = inputs * rank

    def forward(self, points: Tensor) -> Tensor:
        """points (n, d) in [-1, 1] → (n, d R)."""
        columns, found = points.unbind(dim=1), []
        for axis, (vector, matrix) in enumerate(zip(self.vectors, self.matrices, strict=True)):
            rest = [c for k, c in enumerate(columns) if k != axis]
            wide = on_plane(rest[0], rest[1], matrix) if len(rest) == 2 else on_line(rest[0], matrix)
            found.append(on_line(columns[axis], vector) * wide)
        return torch.cat(found, dim=1)
