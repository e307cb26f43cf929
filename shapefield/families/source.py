"""What a family is learnt from: the samples of many shapes, side by side.

Legend: s shapes of the family, h of them held by this process, n samples of each, b shapes and p points a step.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from shapefield.errors import UsageError
from shapefield.families.gathering import GatheredFamily, Member
from shapefield.training.peers import ALONE, Peers


class FamilyBatch(NamedTuple):
    """shapes (b,) int64, which members; points (b, p, 3) and distances (b, p) of them, family frame."""

    shapes: Tensor
    points: Tensor
    distances: Tensor


class FamilySamples:
    """Signed samples of members; a `training.source.Source` whose references are the members by name.

    Members stand in groups, of which every step takes as many shapes; of several processes each holds some groups, and
    of a batch its own part.

    count   : s, of all members
    surface : so many of each member's first samples lie on its surface
    shapes  : b of a step, as many of each group, of all processes
    points (h, n, 3), distances (h, n) : of the members that are held here, `held` (h,) of them, rising
    """

    def __init__(self, gathered: GatheredFamily, shapes: int, device: str, peers: Peers = ALONE) -> None:
        """shapes : of a step, about, and at most all. Raises UsageError where a group has no member."""
        self.peers, self.count = peers, len(gathered.members)
        self.name, self.digest = f"{self.count} shapes", _digest(gathered, peers)
        groups = [
            torch.tensor([k for k, own in enumerate(gathered.groups) if own == g]) for g in range(gathered.shards)
        ]
        least = min(map(len, groups))
        if not least:
            raise UsageError(f"shards: expected a member of each of {len(groups)}, got none of one: take fewer")
        self.groups = [group.to(device) for group in groups]
        self.surface, self.shapes = gathered.surface, min(max(round(shapes / len(groups)), 1), least) * len(groups)
        self.references: Mapping[str, Member] = {member.name: member for member in gathered.members}
        self.points = torch.from_numpy(gathered.points).to(device)
        self.distances = torch.from_numpy(gathered.distances).to(device)
        self.held = torch.tensor(gathered.drawn, device=device)

    @property
    def cost(self) -> int:
        """Bytes of the samples."""
        return self.points.nbytes + self.distances.nbytes

    def batch(self, size: int, generator: torch.Generator) -> FamilyBatch:
        """Random points of random shapes, as many of each; drawn for all processes alike, this one's part of it."""
        samples, device = self.distances.shape[1], self.points.device
        each = self.shapes // len(self.groups)
        orders = [torch.randperm(len(group), generator=generator, device=device)[:each] for group in self.groups]
        chosen = torch.stack([group[order] for group, order in zip(self.groups, orders, strict=True)])
        rows = (*chosen.shape, max(size // self.shapes, 1))
        place = torch.randint(samples, rows, generator=generator, device=device)
        own = slice(self.peers.rank, None, self.peers.count)
        chosen, place = chosen[own].flatten(), place[own].flatten(0, 1)
        place = torch.searchsorted(self.held, chosen)[:, None] * samples + place
        return FamilyBatch(chosen, self.points.view(-1, 3)[place], self.distances.view(-1)[place])

    def of_all(self, found: list[float]) -> list[float]:
        """A number of each member that is held here → of all members, in their order."""
        pairs = self.peers.gathered(list(zip(self.held.tolist(), found, strict=True)))
        return [value for _, value in sorted(pair for part in pairs for pair in part)]


def _digest(gathered: GatheredFamily, peers: Peers) -> str:
    """Of every name, file and sample, those held out included; the same however many processes hold them."""
    found = hashlib.sha256()
    for member in (*gathered.members, *gathered.held):
        found.update(f"{member.name} {member.sha256} ".encode())
    pairs = zip(gathered.points, gathered.distances, strict=True)
    hashes = [hashlib.sha256(points.tobytes() + distances.tobytes()).hexdigest() for points, distances in pairs]
    told = peers.gathered(list(zip(gathered.drawn, hashes, strict=True)))
    found.update("".join(own for _, own in sorted(pair for part in told for pair in part)).encode())
    return found.hexdigest()[:16]
