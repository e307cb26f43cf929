"""`classic`: the paper's model (NeRF, Mildenhall et al. 2020): two networks, stratified and inverse-CDF sampling.

Both networks get the photometric loss. Positions are the model frame's, directions unit vectors.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shapefield.methods.radiance import ClassicOptions
from shapefield.nerf.models.model import RadianceField, Rays, TrainingRender
from shapefield.nerf.rendering import Packed, RenderOutput, composite, distortion_packed, render_weight_from_density
from shapefield.nerf.sampling import box_interval, edges_around, inverse_cdf, stratified
from shapefield.nn.contraction import FAR, NEAR, NEAR_SHARE, contract
from shapefield.nn.frequencies import octaves, positional


def encoded(values: Tensor, count: int) -> Tensor:
    """(n, d) → (n, d (1 + 2 count)): the paper's encoding, octave after octave as in its code."""
    return positional(values, octaves(count, values.dtype, values.device), octave_first=True)


class Network(nn.Module):
    """Positions to density and features, features and directions to colour; the position enters again in the middle."""

    def __init__(self, options: ClassicOptions) -> None:
        super().__init__()
        self.options = options
        position = 3 * (1 + 2 * options.position_octaves)
        direction = 3 * (1 + 2 * options.direction_octaves)
        self.again = options.depth // 2 + 1 if options.depth > 2 else -1
        sizes = [position] + [options.width + (position if k == self.again else 0) for k in range(1, options.depth)]
        self.layers = nn.ModuleList(nn.Linear(size, options.width) for size in sizes)
        self.density_layer = nn.Linear(options.width, 1)
        self.feature = nn.Linear(options.width, options.width)
        self.view = nn.Linear(options.width + direction, options.width // 2)
        self.rgb = nn.Linear(options.width // 2, 3)

    def trunk(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 3) → density (n,) per model length, non-negative, and features (n, width)."""
        entered = encoded(points, self.options.position_octaves)
        hidden = entered
        for k, layer in enumerate(self.layers):
            hidden = F.relu(layer(torch.cat([entered, hidden], dim=1) if k == self.again else hidden))
        # softplus where the paper has ReLU: a ReLU that starts negative everywhere never learns (an empty picture)
        return DENSITY_SCALE * F.softplus(self.density_layer(hidden)[:, 0] - 1.0), hidden

    def forward(self, points: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 3), (n, 3) → density (n,), colour (n, 3) in [0, 1]."""
        density, hidden = self.trunk(points)
        seen = torch.cat([self.feature(hidden), encoded(directions, self.options.direction_octaves)], dim=1)
        return density, torch.sigmoid(self.rgb(F.relu(self.view(seen))))


DENSITY_SCALE = 10.0


class ClassicModel(RadianceField):
    """The coarse network places the fine one's samples."""

    beside_rate = 10.0

    def __init__(self, options: ClassicOptions, contracted: bool) -> None:
        super().__init__()
        self.options, self.contracted = options, contracted
        self.coarse = Network(options)
        self.fine = Network(options) if options.fine_samples else self.coarse

    def _place(self, points: Tensor) -> Tensor:
        return contract(points) if self.contracted else points

    def density(self, points: Tensor) -> Tensor:
        return self.fine.trunk(self._place(points))[0]

    def colour(self, points: Tensor, directions: Tensor) -> Tensor:
        return self.fine(self._place(points), directions)[1]

    def surface_value(self, points: Tensor) -> Tensor:
        level = math.log(-math.log1p(-self.options.surface_alpha) * 32.0)
        return level - torch.log(self.density(points).clamp_min(1e-6))

    def see(self, rays: Rays, background: Tensor | None, generator: torch.Generator | None = None) -> TrainingRender:
        enter, leave = self._interval(rays)
        hit = (leave > enter).nonzero()[:, 0]
        behind = torch.zeros(3, device=enter.device) if background is None else background
        behind = behind.expand(len(rays), 3)
        empty = RenderOutput(behind, behind.new_zeros(len(rays)), behind.new_zeros(len(rays)))
        if not len(hit):
            return TrainingRender(empty, (empty,) if self.training and generator is not None else ())
        inside, enter, leave = rays.part(hit), enter[hit], leave[hit]
        t = self._stratified(enter, leave, generator)
        edges = edges_around(t, enter, leave)
        coarse, weights = self._rendered(self.coarse, inside, t, edges, behind[hit])
        last = coarse
        if self.options.fine_samples:
            between = 0.5 * (t[:, 1:] + t[:, :-1])
            more = inverse_cdf(between, weights[:, 1:-1].detach(), self.options.fine_samples, generator)
            t, _ = torch.sort(torch.cat([t, more], dim=1), dim=1)
            edges = edges_around(t, enter, leave)
            last, weights = self._rendered(self.fine, inside, t, edges, behind[hit])
        losses: dict[str, Tensor] = {}
        if generator is not None and self.options.distortion > 0:
            losses["distortion"] = self.options.distortion * _distortion(weights, t, edges)
        also = (_spread(coarse, empty, hit),) if self.options.fine_samples and generator is not None else ()
        return TrainingRender(_spread(last, empty, hit), also, losses)

    def _interval(self, rays: Rays) -> tuple[Tensor, Tensor]:
        if self.contracted:
            enter = NEAR + NEAR_SHARE * (rays.origins.abs().amax(dim=1) - 1.0).clamp_min(0.0)
            return enter, torch.full_like(enter, FAR)
        one = torch.ones(3, device=rays.origins.device)
        return box_interval(rays.origins, rays.directions, -one, one, 0.0)

    def _stratified(self, enter: Tensor, leave: Tensor, generator: torch.Generator | None) -> Tensor:
        count = self.options.coarse_samples
        if not self.contracted:
            return stratified(enter, leave, count, generator)
        return 1.0 / stratified(1.0 / enter, 1.0 / leave, count, generator)  # evenly in disparity

    def _rendered(
        self, network: Network, rays: Rays, t: Tensor, edges: Tensor, behind: Tensor
    ) -> tuple[RenderOutput, Tensor]:
        points = rays.origins[:, None] + t[..., None] * rays.directions[:, None]
        along = rays.directions[:, None].expand_as(points).reshape(-1, 3)
        density, colour = network(self._place(points.reshape(-1, 3)), along)
        weights = render_weight_from_density(density.view(t.shape), edges[:, 1:] - edges[:, :-1])
        return composite(weights, colour.view(*t.shape, 3), t, behind), weights

    def restart(self, seed: int) -> bool:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for layer in self.modules():
                if isinstance(layer, nn.Linear):
                    layer.reset_parameters()
        return True

    def groups(self) -> list[dict[str, Any]]:
        return [{"params": list(self.parameters())}]


def _spread(part: RenderOutput, whole: RenderOutput, hit: Tensor) -> RenderOutput:
    """The rays that hit the box among all rays."""
    return RenderOutput(
        whole.rgb.index_copy(0, hit, part.rgb.to(whole.rgb.dtype)),
        whole.opacity.index_copy(0, hit, part.opacity),
        whole.depth.index_copy(0, hit, part.depth),
    )


def _distortion(weights: Tensor, t: Tensor, edges: Tensor) -> Tensor:
    count, size = t.shape
    ray = torch.arange(count, device=t.device).repeat_interleave(size)
    delta = edges[:, 1:] - edges[:, :-1]
    return distortion_packed(weights.flatten(), Packed(ray, t.flatten(), delta.flatten(), count))


def build(options: ClassicOptions, matter: Tensor | None = None, contracted: bool = False) -> ClassicModel:
    """The model as the registry makes it; it does not use where matter can be."""
    return ClassicModel(options, contracted)
