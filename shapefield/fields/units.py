"""A field that takes and gives the input's own units, differentiable."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from shapefield.fields.beyond import everywhere
from shapefield.mesh.model import Similarity


class InInputUnits(nn.Module):
    """g(x) = f((x - c) s) / s for distances; without the last division for occupancy (a negated logit).

    Outside its box the field goes on as `beyond` says.
    """

    center: Tensor

    def __init__(self, module: nn.Module, kind: str, similarity: Similarity) -> None:
        super().__init__()
        self.module, self.kind = module, kind
        self.length = 1.0 / similarity.scale if kind == "distance" else 1.0
        self.scale = similarity.scale
        self.register_buffer("center", torch.tensor(similarity.center, dtype=torch.float64))

    def forward(self, points: Tensor) -> Tensor:
        """points (…, 3) in input units → (…), negative inside; the subtraction is done in float64."""
        unit = ((points.double() - self.center) * self.scale).float()
        return (self.length * everywhere(self.module, unit.reshape(-1, 3), self.kind)).reshape(points.shape[:-1])
