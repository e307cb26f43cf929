"""Where along a ray a field is asked: where rays meet a box, stratified places, places by inverse CDF.

R rays, S samples; distances along unit directions.
"""

from __future__ import annotations

import torch
from torch import Tensor


def box_interval(origins: Tensor, directions: Tensor, low: Tensor, high: Tensor, near: float) -> tuple[Tensor, Tensor]:
    """(enter, leave), both (R,): where rays are inside the box (3,) corners, from `near` on; leave <= enter: a miss."""
    tiny = torch.full_like(directions, 1e-12)
    safe = torch.where(directions.abs() < 1e-12, torch.copysign(tiny, directions), directions)
    a, b = (low - origins) / safe, (high - origins) / safe
    enter = torch.minimum(a, b).amax(dim=1).clamp_min(near)
    leave = torch.maximum(a, b).amin(dim=1)
    return enter, leave


def stratified(enter: Tensor, leave: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
    """(R, count) sorted distances, one uniform draw in each of `count` equal bins (NeRF eq. 2); bin middles without
    a generator."""
    bins = torch.arange(count, device=enter.device, dtype=enter.dtype)
    if generator is None:
        inside = torch.full((len(enter), count), 0.5, device=enter.device, dtype=enter.dtype)
    else:
        inside = torch.rand((len(enter), count), generator=generator, device=enter.device, dtype=enter.dtype)
    return enter[:, None] + (leave - enter)[:, None] * (bins + inside) / count


def inverse_cdf(edges: Tensor, weights: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
    """(R, count) sorted draws from the piecewise constant density that `weights` (R, S) put on `edges` (R, S + 1).

    Without a generator the middles of `count` equal shares of probability. A ray without weight is drawn uniformly.
    """
    weights = weights + 1e-5 * (weights.sum(dim=-1, keepdim=True) + 1e-7) / weights.shape[-1]
    pdf = weights / weights.sum(dim=-1, keepdim=True)
    cdf = torch.cat([torch.zeros_like(pdf[..., :1]), torch.cumsum(pdf, dim=-1)], dim=-1)
    cdf = cdf / cdf[..., -1:]
    shares = torch.arange(count, device=edges.device, dtype=edges.dtype)
    if generator is None:
        u = (shares + 0.5).expand(len(edges), count) / count
    else:
        u = (shares + torch.rand((len(edges), count), generator=generator, device=edges.device)) / count
    above = torch.searchsorted(cdf.contiguous(), u.contiguous(), right=True).clamp(1, cdf.shape[-1] - 1)
    below = above - 1
    c0, c1 = cdf.gather(-1, below), cdf.gather(-1, above)
    e0, e1 = edges.gather(-1, below), edges.gather(-1, above)
    share = ((u - c0) / (c1 - c0).clamp_min(1e-12)).clamp(0.0, 1.0)
    return e0 + share * (e1 - e0)


def edges_around(t: Tensor, enter: Tensor, leave: Tensor) -> Tensor:
    """(R, S) sorted distances → (R, S + 1) segment edges: middles between neighbours, and the interval's ends."""
    middle = 0.5 * (t[:, 1:] + t[:, :-1])
    return torch.cat([torch.minimum(enter, t[:, 0])[:, None], middle, torch.maximum(leave, t[:, -1])[:, None]], dim=1)
