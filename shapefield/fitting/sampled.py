"""The source of one shape's training: its signed samples on the device, and the solid they were drawn from, if any.

Legend: n samples in the pool, b points a step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from shapefield.distance.signed import morton_codes
from shapefield.sampling import Samples
from shapefield.solid import Solid
from shapefield.training.source import bytes_of, stratified


@dataclass(frozen=True, slots=True, eq=False)
class SignedBatch:
    """points (b, 3) of the unit frame, target (b,): d, or 1 inside and 0 out; index (b,) of each in the pool."""

    points: Tensor
    target: Tensor
    index: Tensor


class SampledShape:
    """A `training.source.Source` of signed points.

    The pool lies in Morton order and a batch takes one random sample out of each of b equal stretches of it: every
    batch covers the shape evenly, and neighbours in the batch are neighbours in space, which a table's cache likes.
    """

    def __init__(
        self,
        samples: Samples,
        kind: str = "distance",
        device: str = "cpu",
        name: str = "shape",
        digest: str = "",
        references: Mapping[str, Solid] | None = None,
    ) -> None:
        """kind : what a field of it learns, "distance" or "occupancy"."""
        points = np.concatenate([samples.surface, samples.near, samples.uniform])
        target = np.concatenate([np.zeros(len(samples.surface)), samples.near_distance, samples.uniform_distance])
        if kind == "occupancy":
            kept = target != 0.0  # a point on the surface has no side
            points, target = points[kept], target[kept] < 0.0
        order = np.argsort(morton_codes(points), kind="stable")
        self.points = torch.from_numpy(points[order].astype(np.float32)).to(device)
        self.target = torch.from_numpy(target[order].astype(np.float32)).to(device)
        self.name, self.digest, self.references = name, digest, dict(references or {})

    def __len__(self) -> int:
        return len(self.points)

    @property
    def cost(self) -> int:
        """Bytes of the pool."""
        return bytes_of(self.points, self.target)

    def batch(self, size: int, generator: torch.Generator) -> SignedBatch:
        """At most `size` samples, spread over the shape."""
        index = stratified(len(self), min(size, len(self)), generator)
        return SignedBatch(self.points[index], self.target[index], index)
