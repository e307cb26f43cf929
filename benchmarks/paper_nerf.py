"""NeRF read plainly off the paper (Mildenhall et al. 2020), for the benchmark's table: no code of the engine's models.

Two networks of 8 layers of 256, encodings of 10 and 4 octaves, 64 stratified and 128 further samples, ReLU density,
Adam at 5e-4 decayed tenfold over the run, rays through pixels of all views at random, white behind. Steps are what the
clock allows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from shapefield.nerf.cameras import rays
from shapefield.nerf.scene import Pixels

RAYS, COARSE, FINE = 1024, 64, 128
"""A quarter of the paper's 4 096 rays: steps four times as many, which suits a minute better."""


def encoding(x: Tensor, octaves: int) -> Tensor:
    """(…, d) → (…, d + 2 d octaves)."""
    waves = [f(2.0**k * torch.pi * x) for k in range(octaves) for f in (torch.sin, torch.cos)]
    return torch.cat([x, *waves], dim=-1)


class Network(nn.Module):
    """Figure 7 of the paper's supplement."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.ModuleList([nn.Linear(63, 256), *(nn.Linear(256, 256) for _ in range(4))])
        self.second = nn.ModuleList([nn.Linear(319, 256), nn.Linear(256, 256), nn.Linear(256, 256)])
        self.density, self.feature = nn.Linear(256, 1), nn.Linear(256, 256)
        self.view, self.colour = nn.Linear(283, 128), nn.Linear(128, 3)

    def forward(self, points: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """(…, 3), (…, 3) → density (…), colour (…, 3)."""
        entered = h = encoding(points, 10)
        for layer in self.first:
            h = torch.relu(layer(h))
        h = torch.cat([entered, h], dim=-1)
        for layer in self.second:
            h = torch.relu(layer(h))
        seen = torch.relu(self.view(torch.cat([self.feature(h), encoding(directions, 4)], dim=-1)))
        return torch.relu(self.density(h)[..., 0]), torch.sigmoid(self.colour(seen))


class PaperNerf:
    """near, far: the interval of the rays, model units, of a scene in [-1, 1]^3."""

    def __init__(self, near: float, far: float, seed: int) -> None:
        torch.manual_seed(seed)
        self.coarse, self.fine, self.near, self.far = Network(), Network(), near, far
        self.generator = torch.Generator().manual_seed(seed)

    def _composite(self, network: Network, origins: Tensor, directions: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        points = origins[:, None] + t[..., None] * directions[:, None]
        density, colour = network(points, directions[:, None].expand_as(points))
        delta = torch.cat([t[:, 1:] - t[:, :-1], torch.full_like(t[:, :1], 1e10)], dim=1)
        alpha = 1.0 - torch.exp(-density * delta)
        light = torch.cumprod(torch.cat([torch.ones_like(alpha[:, :1]), 1.0 - alpha[:, :-1] + 1e-10], dim=1), dim=1)
        weights = light * alpha
        return (weights[..., None] * colour).sum(dim=1) + 1.0 - weights.sum(dim=1, keepdim=True), weights

    def render(self, origins: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """(R, 3), (R, 3) → coarse and fine colours (R, 3)."""
        count = len(origins)
        bins = torch.linspace(self.near, self.far, COARSE + 1)
        t = bins[:-1] + (bins[1:] - bins[:-1]) * torch.rand((count, COARSE), generator=self.generator)
        rgb, weights = self._composite(self.coarse, origins, directions, t)
        middles = 0.5 * (t[:, 1:] + t[:, :-1])
        pdf = weights[:, 1:-1].detach() + 1e-5
        cdf = torch.cumsum(pdf / pdf.sum(dim=1, keepdim=True), dim=1)
        cdf = torch.cat([torch.zeros_like(cdf[:, :1]), cdf], dim=1)
        u = torch.rand((count, FINE), generator=self.generator)
        above = torch.searchsorted(cdf, u, right=True).clamp(1, cdf.shape[1] - 1)
        c0, c1 = cdf.gather(1, above - 1), cdf.gather(1, above)
        m0, m1 = middles.gather(1, above - 1), middles.gather(1, above)
        more = m0 + (u - c0) / (c1 - c0).clamp_min(1e-5) * (m1 - m0)
        t, _ = torch.sort(torch.cat([t, more], dim=1), dim=1)
        return rgb, self._composite(self.fine, origins, directions, t)[0]

    def train(self, pictures: Sequence[Pixels], origins: Tensor, directions: Tensor, seconds: float) -> int:
        """Train on all rays (P, 3) of the pictures, in order, for so many seconds; returns the steps."""
        white = np.ones(3, dtype=np.float32)
        truth = torch.from_numpy(np.concatenate([p.over(white).reshape(-1, 3) for p in pictures]))
        optimiser = torch.optim.Adam([*self.coarse.parameters(), *self.fine.parameters()], lr=5e-4)
        begun, steps = time.perf_counter(), 0
        while (spent := time.perf_counter() - begun) < seconds:
            optimiser.param_groups[0]["lr"] = 5e-4 * 0.1 ** (spent / seconds)
            chosen = torch.randint(len(truth), (RAYS,), generator=self.generator)
            coarse, fine = self.render(origins[chosen], directions[chosen])
            loss = ((coarse - truth[chosen]) ** 2).mean() + ((fine - truth[chosen]) ** 2).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            steps += 1
            if steps == 1:
                begun = time.perf_counter()  # the first step brings libraries in
        return steps

    @torch.no_grad()
    def picture(self, origins: Tensor, directions: Tensor) -> np.ndarray:
        """(R, 3) colours of the fine network."""
        parts = zip(origins.split(2048), directions.split(2048), strict=True)
        return torch.cat([self.render(o, d)[1] for o, d in parts]).numpy()


def rays_of(pictures: Sequence[Pixels], similarity) -> tuple[Tensor, Tensor]:
    """All pixels' origins and directions (P, 3), model frame."""
    found = [rays(p.camera) for p in pictures]
    origins = np.concatenate([similarity.to_unit(o) for o, _ in found]).astype(np.float32)
    directions = np.concatenate([d for _, d in found]).astype(np.float32)
    return torch.from_numpy(origins), torch.from_numpy(directions)
