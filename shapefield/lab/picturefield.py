"""A fitted picture: colours at any point, pictures at any size, analytic derivatives.

Legend: n points (n, 2) in the frame of `lab.pictures`, c channels. The network's own range is [-1, 1];
a colour is (f + 1) / 2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from shapefield.lab.pictures import centres
from shapefield.methods import Method

CHUNK = 1 << 15
LUMINANCE = (0.2126, 0.7152, 0.0722)
"""Weights of red, green and blue in the derivatives of a coloured picture (Rec. 709)."""


@dataclass(eq=False)
class PictureField:
    """A trained picture.

    module : (n, 2) → (n, c) in [-1, 1]
    size   : (h, w) of the picture it was fitted to
    bits   : bits a weight in its file, None for float32
    run    : how it was trained;  report : how good it is; both plain JSON
    """

    method: Method
    options: Any
    module: nn.Module
    size: tuple[int, int]
    channels: int
    name: str = "picture"
    bits: int | None = None
    run: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    device: str = "cpu"

    @property
    def parameters(self) -> int:
        """Trained numbers."""
        return sum(p.numel() for p in self.module.parameters())

    def values(self, points: np.ndarray) -> np.ndarray:
        """points (n, 2) → (n, c) float32 colours, not clipped."""
        blocks = []
        with torch.inference_mode():
            for start in range(0, len(points), CHUNK):
                block = torch.from_numpy(np.ascontiguousarray(points[start : start + CHUNK], dtype=np.float32))
                blocks.append(((self.module(block.to(self.device)) + 1) / 2).cpu().numpy())
        return np.concatenate(blocks) if blocks else np.empty((0, self.channels), dtype=np.float32)

    def render(self, scale: float = 1.0) -> np.ndarray:
        """(h s, w s, c) float32 in [0, 1]: the picture at `scale` times its size."""
        height, width = (max(1, round(v * scale)) for v in self.size)
        # the frame follows the fitted picture: a rounded height must not shift the pixels
        points = centres(height, width) * (max(height, width) / scale / max(self.size))
        return self.values(points).reshape(height, width, self.channels).clip(0.0, 1.0)

    def derivatives(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """points (n, 2) → gradient (n, 2) and Laplacian (n,) of the luminance, analytic, per pixel and per pixel²."""
        weights = torch.tensor(LUMINANCE if self.channels == 3 else (1.0,)) / 2
        pixel = 2.0 / max(self.size)
        gradients, laplacians = [], []
        for start in range(0, len(points), CHUNK):
            block = torch.from_numpy(np.ascontiguousarray(points[start : start + CHUNK], dtype=np.float32))
            block = block.to(self.device).requires_grad_(True)
            gradient, laplacian = derivatives(lambda x: self.module(x) @ weights.to(x.device), block)
            gradients.append((gradient.detach() * pixel).cpu().numpy())
            laplacians.append((laplacian.detach() * pixel**2).cpu().numpy())
        return np.concatenate(gradients), np.concatenate(laplacians)


def derivatives(function: Any, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Gradient (n, d) and Laplacian (n,) of a scalar function (n, d) → (n,) at points that require a gradient.

    Differentiable themselves. The Laplacian of a network of ReLUs is 0 wherever it exists.
    """
    with torch.enable_grad():
        value = function(points)
        (gradient,) = torch.autograd.grad(value.sum(), points, create_graph=True)
        laplacian = torch.zeros(len(points), device=points.device, dtype=points.dtype)
        for axis in range(points.shape[1]):
            column = gradient[:, axis].sum()
            if not column.requires_grad:
                continue
            (second,) = torch.autograd.grad(
                column, points, create_graph=True, allow_unused=True, materialize_grads=True
            )
            laplacian = laplacian + second[:, axis]
    return gradient, laplacian
