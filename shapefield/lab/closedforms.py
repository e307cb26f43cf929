"""Shapes whose signed distance is known in closed form, and points near their surfaces. n points (n, d), d 2 or 3."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Distance = Callable[[Tensor], Tensor]
"""(n, d) → (n,), negative inside."""


def disc(x: Tensor) -> Tensor:
    """Radius 0.6 about 0."""
    return x.norm(dim=1) - 0.6


def square(x: Tensor) -> Tensor:
    """Half-edge 0.55 about 0."""
    beyond = x.abs() - 0.55
    return beyond.clamp_min(0).norm(dim=1) + beyond.amax(dim=1).clamp_max(0)


def ring(x: Tensor) -> Tensor:
    """Between radii 0.35 and 0.75 about 0."""
    return (x.norm(dim=1) - 0.55).abs() - 0.2


def torus(x: Tensor) -> Tensor:
    """Radii 0.55 and 0.2 about the z axis."""
    return torch.stack([x[:, :2].norm(dim=1) - 0.55, x[:, 2]], dim=1).norm(dim=1) - 0.2


def near_and_far(distance: Distance, near: int, far: int, dimension: int, draw: torch.Generator) -> Tensor:
    """(near + far, d) points: `near` within about 0.1 of the surface, `far` uniform in [-1, 1]^d.

    The near ones are uniform points carried to the surface along the distance's gradient, and off it again.
    """
    x = (2 * torch.rand(near + far, dimension, generator=draw) - 1).requires_grad_(True)
    values = distance(x)
    (normals,) = torch.autograd.grad(values.sum(), x)
    x, off = x.detach(), 0.05 * torch.randn(near, dimension, generator=draw)
    return torch.cat([x[:near] - (values.detach()[:, None] * normals)[:near] + off, x[near:]])
