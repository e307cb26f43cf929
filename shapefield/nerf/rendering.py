"""Volume rendering as pure functions of densities and lengths; knows no network, a field arrives as a callable.

Notation: R rays, S samples a ray (batched) or N samples in all (packed, sorted by ray; `ray` (N,) says whose each is).
t: distance along the unit direction;  delta: length of the segment a sample stands for.
    alpha_i = 1 - exp(-sigma_i delta_i);   T_i = prod_{j<i} (1 - alpha_j) = exp(-sum_{j<i} sigma_j delta_j)
    w_i = T_i alpha_i;   C = sum w_i c_i + (1 - sum w_i) background;   depth = sum w_i t_i;   opacity = sum w_i
(Kajiya & von Herzen 1984 as discretised by Max 1995; NeRF, Mildenhall et al. 2020, eq. 3.)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """Samples of R rays, sorted by ray and then by distance.

    ray : (N,) int64;  t : (N,) middle of the segment;  delta : (N,) its length;  count : R
    even : (N,) the middle's distance where all steps count as equally long, from any start on the ray; None for t
    """

    ray: Tensor
    t: Tensor
    delta: Tensor
    count: int
    even: Tensor | None = None

    def firsts(self) -> Tensor:
        """(R,) int64 index of every ray's first sample (of the next ray's where it has none)."""
        per_ray = torch.bincount(self.ray, minlength=self.count)
        return torch.cumsum(per_ray, 0) - per_ray


@dataclass(frozen=True, slots=True, eq=False)
class RenderOutput:
    """What R rays see.

    rgb : (R, 3) over the background;  opacity : (R,) in [0, 1];  depth : (R,) sum of w_i t_i, not divided by opacity
    """

    rgb: Tensor
    opacity: Tensor
    depth: Tensor

    def distance(self) -> Tensor:
        """(R,) expected distance given that the ray hits: depth / opacity, 0 where opacity is under 1 %."""
        return torch.where(self.opacity > 0.01, self.depth / self.opacity.clamp_min(1e-6), torch.zeros_like(self.depth))


def alpha_from_density(density: Tensor, delta: Tensor) -> Tensor:
    """Share of the light that a segment stops, any shape. expm1 keeps thin segments exact."""
    return -torch.expm1(-density * delta)


def transmittance_from_alpha(alpha: Tensor) -> Tensor:
    """(R, S) → (R, S): light that reaches each sample; 1 for the first."""
    passed = torch.cumprod(1.0 - alpha, dim=-1)
    return torch.cat([torch.ones_like(passed[..., :1]), passed[..., :-1]], dim=-1)


def render_weight_from_density(density: Tensor, delta: Tensor) -> Tensor:
    """(R, S) densities and lengths → (R, S) weights, through summed optical thickness (finite gradients at alpha 1)."""
    thickness = density * delta
    before = torch.cumsum(thickness, dim=-1)
    before = torch.cat([torch.zeros_like(before[..., :1]), before[..., :-1]], dim=-1)
    return torch.exp(-before) * -torch.expm1(-thickness)


def packed_transmittance(thickness: Tensor, samples: Packed) -> Tensor:
    """(N,) optical thickness sigma * delta of every segment → (N,) light that reaches it.

    The sum runs over all rays at once in double precision; a ray's own start is subtracted, exactly for its first
    sample, and a running sum of non-negative numbers cannot fall: T is never above 1.
    """
    before = torch.cumsum(thickness.double(), 0)
    before = torch.cat([before.new_zeros(1), before[:-1]]) if len(before) else before
    if not len(before):
        return thickness
    start = before[samples.firsts().clamp_max(len(before) - 1)]
    return torch.exp(start[samples.ray] - before).to(thickness.dtype)


def packed_weight_from_density(density: Tensor, samples: Packed) -> Tensor:
    """(N,) densities → (N,) weights."""
    thickness = density * samples.delta
    return packed_transmittance(thickness, samples) * -torch.expm1(-thickness)


def accumulate(weights: Tensor, values: Tensor | None = None) -> Tensor:
    """(R, S) weights and (R, S, c) values → (R, c); without values the opacity (R,)."""
    return weights.sum(dim=-1) if values is None else (weights[..., None] * values).sum(dim=-2)


def accumulate_packed(weights: Tensor, values: Tensor | None, ray: Tensor, count: int) -> Tensor:
    """(N,) weights and (N, c) values → (R, c); without values the opacity (R,). `ray` (N,) need not be sorted."""
    if values is None:
        return weights.new_zeros(count).index_add(0, ray, weights)
    return weights.new_zeros(count, values.shape[1]).index_add(0, ray, weights[:, None] * values)


def over_background(rgb: Tensor, opacity: Tensor, background: Tensor | None) -> Tensor:
    """(R, 3) accumulated colour plus what shines through of the background ((3,) or (R, 3)); None is black."""
    return rgb if background is None else rgb + (1.0 - opacity)[:, None] * background


def composite(weights: Tensor, colours: Tensor, t: Tensor, background: Tensor | None = None) -> RenderOutput:
    """Batched: weights (R, S), colours (R, S, 3), t (R, S) → Rendering."""
    opacity = accumulate(weights)
    rgb = over_background(accumulate(weights, colours), opacity, background)
    return RenderOutput(rgb, opacity, (weights * t).sum(dim=-1))


def render(
    field: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]],
    origins: Tensor,
    directions: Tensor,
    edges: Tensor,
    background: Tensor | None = None,
) -> tuple[RenderOutput, Tensor]:
    """Render a field along rays cut at `edges` (R, S + 1); returns the output and the weights (R, S).

    field : (points (n, 3), unit directions (n, 3)) → (density (n,), colour (n, 3)); asked at the segments' middles
    """
    t = 0.5 * (edges[:, 1:] + edges[:, :-1])
    points = origins[:, None] + t[..., None] * directions[:, None]
    along = directions[:, None].expand_as(points)
    density, colour = field(points.reshape(-1, 3), along.reshape(-1, 3))
    weights = render_weight_from_density(density.reshape(t.shape), edges[:, 1:] - edges[:, :-1])
    return composite(weights, colour.reshape(*t.shape, 3), t, background), weights


def distortion_packed(weights: Tensor, samples: Packed, scale: float = 1.0) -> Tensor:
    """Mean over rays of Mip-NeRF 360's distortion (eq. 15): sum_ij w_i w_j |t_i - t_j| + sum_i w_i^2 delta_i / 3.

    Linear in N by running sums (Sun et al. 2022). t and delta are divided by `scale`.
    """
    if not len(weights):
        return weights.sum()
    t, delta = (samples.t / scale).double(), samples.delta / scale
    first = samples.firsts().clamp_max(len(weights) - 1)

    def before(values: Tensor) -> Tensor:
        running = torch.cumsum(values, 0)
        running = torch.cat([running.new_zeros(1), running[:-1]])
        return running - running[first][samples.ray]

    heavy = weights.double()
    pairs = 2.0 * (heavy * (t * before(heavy) - before(heavy * t))).sum()
    return (pairs.to(weights.dtype) + (weights**2 * delta).sum() / 3.0) / max(samples.count, 1)
