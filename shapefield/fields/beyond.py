"""A trained field asked anywhere: inside its box as it is, and outside by what is known there.

A field has learnt the box [-1, 1]³ and nothing beyond. For a point p outside it let c be the nearest point of the box.
With f(c) ≥ 0, the solid within the box and f its distance, the distance of p is at least √(f(c)² + |p - c|²): the solid
lies beyond the plane through c across p - c. Where f(c) < 0, which a rough field may have at its border,
f(c) + |p - c| goes on without a jump. Both have a slope of about 1, so that the field is one everywhere.

Legend: n points.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch import where as choose


def everywhere(field: nn.Module, points: Tensor, kind: str) -> Tensor:
    """The field at points (n, 3) of its own frame, in or out of its box → (n,), negative inside; differentiable.

    kind : "distance", or "occupancy": minus the logit, which outside is that of the nearest point of the box
    """
    nearest = points.clamp(-1.0, 1.0)
    value = field(nearest)[:, 0]
    if kind == "occupancy":
        return -value
    square = (points - nearest).square().sum(dim=1)
    outside = square > 0
    gap = choose(outside, square, 1.0)  # the root's slope is infinite at 0, where nobody wants it
    return choose(outside, (value.clamp(min=0.0).square() + gap).sqrt() + value.clamp(max=0.0), value)
