"""What a family is learnt from: the samples of many shapes, side by side.

Legend: s shapes of the family, n samples of each, b shapes and p points a step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from shapefield.families.gathering import Gathered, Member


class FamilyBatch(NamedTuple):
    """shapes (b,) int64, which members; points (b, p, 3) and distances (b, p) of them, family frame."""

    shapes: Tensor
    points: Tensor
    distances: Tensor


class FamilySamples:
    """Signed samples of every member; a `training.source.Source` whose references are the members by name.

    surface : so many of each member's first samples lie on its surface
    """

    def __init__(self, gathered: Gathered, shapes: int, device: str) -> None:
        """shapes : of a step, at most all."""
        self.name = f"{len(gathered.members)} shapes"
        self.digest = _digest(gathered)
        self.surface, self.shapes = gathered.surface, min(shapes, len(gathered.members))
        self.references: Mapping[str, Member] = {member.name: member for member in gathered.members}
        self.points = torch.from_numpy(gathered.points).to(device)
        self.distances = torch.from_numpy(gathered.distances).to(device)

    @property
    def cost(self) -> int:
        """Bytes of the samples."""
        return self.points.nbytes + self.distances.nbytes

    def batch(self, size: int, generator: torch.Generator) -> FamilyBatch:
        """Random points of random shapes, as many of each."""
        count, samples = self.distances.shape
        device = self.points.device
        chosen = torch.randperm(count, generator=generator, device=device)[: self.shapes]
        each = max(size // self.shapes, 1)
        place = chosen[:, None] * samples
        place = place + torch.randint(samples, (self.shapes, each), generator=generator, device=device)
        return FamilyBatch(chosen, self.points.view(-1, 3)[place], self.distances.view(-1)[place])


def _digest(gathered: Gathered) -> str:
    """Of every name, file and sample, those held out included."""
    found = hashlib.sha256()
    for member in (*gathered.members, *gathered.held):
        found.update(f"{member.name} {member.sha256} ".encode())
    found.update(gathered.points.tobytes())
    found.update(gathered.distances.tobytes())
    return found.hexdigest()[:16]
