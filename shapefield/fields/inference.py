"""A trained field as NumPy functions of unit-frame points, in chunks: what extraction, metrics and slices call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from shapefield.fields.beyond import everywhere
from shapefield.fields.field import value_and_gradient

CHUNK = 1 << 14
"""Points a pass. What a few hundred units make of twice as many fits no cache: layers take 1.4 to 1.7 times as long."""
DEVICE_CHUNK = 1 << 18
"""Points a pass on a device that is no CPU: enough to fill it."""


class Inference:
    """Values and gradients of a trained module, negative inside whatever its kind; outside its box as in `beyond`.

    kind : "distance" (the module's value is returned) or "occupancy" (minus the logit is returned)
    """

    def __init__(self, module: nn.Module, kind: str = "distance", device: str = "cpu") -> None:
        self.module, self.kind, self.device = module.eval(), kind, device
        self.chunk = CHUNK if device == "cpu" else DEVICE_CHUNK

    def value(self, points: np.ndarray) -> np.ndarray:
        """points (n, 3) unit frame → (n,) float32, negative inside."""
        out = np.empty(len(points), dtype=np.float32)
        with torch.inference_mode():
            for rows in self._portions(points):
                out[rows] = self._ask(points[rows])(self._tensor(points[rows]))[:, 0].cpu().numpy()
        return out

    def gradient(self, points: np.ndarray) -> np.ndarray:
        """points (n, 3) unit frame → (n, 3) float32: the analytic gradient of `value`."""
        out = np.empty((len(points), 3), dtype=np.float32)
        for rows in self._portions(points):
            part = points[rows]
            out[rows] = value_and_gradient(self._ask(part), self._tensor(part))[1].cpu().numpy()
        return out

    def vector(self, points: np.ndarray) -> np.ndarray:
        """points (n, 3) unit frame → (n, c) float32: the module's raw outputs (colours)."""
        with torch.inference_mode():
            blocks = [self.module(self._tensor(points[rows])).cpu().numpy() for rows in self._portions(points)]
        return np.concatenate(blocks) if blocks else np.empty((0, 3), dtype=np.float32)

    def _ask(self, points: np.ndarray) -> Callable[[torch.Tensor], torch.Tensor]:
        """(n, 3) → (n, 1), for these points: those in the box, which most questions are of, need no more."""
        if len(points) and np.abs(points).max() > 1.0:
            return lambda asked: everywhere(self.module, asked, self.kind)[:, None]
        return self.module if self.kind == "distance" else lambda asked: -self.module(asked)

    def _tensor(self, points: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).to(self.device)

    def _portions(self, points: np.ndarray) -> list[slice]:
        return [slice(first, first + self.chunk) for first in range(0, len(points), self.chunk)]
