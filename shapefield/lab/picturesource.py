"""What a picture's field learns from: points and what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from shapefield.errors import UsageError
from shapefield.lab.pictures import Picture, centres
from shapefield.training.source import bytes_of, stratified


class Signal:
    """A `training.source.Source` of values (n, c) in [-1, 1] at points (n, d), the pixels of a picture as a rule."""

    def __init__(
        self,
        points: Tensor,
        values: Tensor,
        name: str = "signal",
        digest: str = "",
        references: Mapping[str, Picture] | None = None,
    ) -> None:
        self.points, self.values = points, values
        self.name, self.digest, self.references = name, digest, dict(references or {})

    def __len__(self) -> int:
        return len(self.points)

    @property
    def cost(self) -> int:
        """Bytes of points and values."""
        return bytes_of(self.points, self.values)

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Points and values, one random one out of each of `size` equal stretches; all where there are no more."""
        if size >= len(self):
            return self.points, self.values
        index = stratified(len(self), size, generator)
        return self.points[index], self.values[index]


def signal_of(picture: Picture, known: np.ndarray | None, device: str) -> Signal:
    """The pixels that may be looked at: `known` (h, w) bool, None for all. UsageError if it does not fit, or hides all.

    The picture is its own reference, with the pixels that were hidden.
    """
    height, width, channels = picture.pixels.shape
    points, colours = centres(height, width), picture.pixels.reshape(-1, channels)
    digest = hashlib.sha256(picture.pixels.tobytes())
    if known is not None:
        if known.shape != (height, width):
            raise UsageError(f"mask: expected {width} x {height} pixels, got {known.shape[1]} x {known.shape[0]}")
        if not known.any():
            raise UsageError("mask: expected some pixels that are known, got a mask that hides all of them")
        points, colours = points[known.ravel()], colours[known.ravel()]
        digest.update(known.tobytes())
    values = 2 * torch.from_numpy(np.ascontiguousarray(colours)).to(device) - 1
    references = {picture.name: picture}
    return Signal(torch.from_numpy(points).to(device), values, picture.name, digest.hexdigest()[:16], references)
