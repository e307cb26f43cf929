"""What is minimised: named losses of a field on batches of samples.

Legend: n points, f the field's value (n,), d the signed distance (n,), negative inside.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def clamped_l1(f: Tensor, d: Tensor, delta: float) -> Tensor:
    """E|clamp(f, δ) - clamp(d, δ)|, DeepSDF's equation 4, with a slope where that has none; δ = 0 switches it off.

    f is clamped on the side of a target beyond ±δ only. Where f is within ±δ, or beyond it on the target's side, this
    is the paper's loss; where f is beyond it on the wrong side the paper's is constant, so that a cavity inside what
    starts as a sphere is never found, and here it goes on rising with |f|.
    """
    if delta:
        low = torch.where(d <= -delta, -delta, -torch.inf)
        high = torch.where(d >= delta, delta, torch.inf)
        f, d = f.clamp(low, high), d.clamp(-delta, delta)
    return (f - d).abs().mean()


def eikonal(gradient: Tensor) -> Tensor:
    """E[(‖∇f‖ - 1)²] for gradients (n, 3) (IGR, Gropp et al. 2020, equation 3)."""
    return (gradient.norm(dim=1) - 1.0).square().mean()


def inside_entropy(logits: Tensor, inside: Tensor) -> Tensor:
    """Binary cross entropy of logits (n,), positive inside, against inside (n,) in {0, 1} (Mescheder et al. 2019)."""
    return nn.functional.binary_cross_entropy_with_logits(logits, inside.to(logits.dtype))


def colour_error(predicted: Tensor, wanted: Tensor) -> Tensor:
    """E|c - c'|² of colours (n, 3) in [0, 1]."""
    return (predicted - wanted).square().mean()


def gradient_of(field: nn.Module, points: Tensor) -> Tensor:
    """∇f at points (n, d), analytic and differentiable, for losses on the gradient."""
    points = points.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(field(points).sum(), points, create_graph=True)
    return gradient
