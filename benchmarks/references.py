"""Reference configurations, written as plainly as their papers say, in ordinary torch: what our figures are held to.

Each is a network and a loss; all are trained by the same loop with torch.optim.Adam, on the same exact samples of
the same solid (surface points with normals, near points, uniform points: Instant-NGP's 4 : 3 : 1). No kernel, no
aid, no schedule beyond what the paper has. Their code was not copied.

Legend: n points of a batch, d(x) exact signed distance, Ω₀ the surface.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from shapefield.nn.gridlevels import GridLevels, grid_levels
from shapefield.nn.gridlookup import plain_lookup
from shapefield.sampling import Samples


class Sine(nn.Module):
    """x ↦ sin(30 x), Sitzmann et al. 2020."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(30.0 * x)


def siren(width: int = 256, hidden: int = 5) -> nn.Module:
    """Hidden sine layers and a linear one; W ~ U(±1/n) first, U(±√(6/n)/30) later (section 3.2)."""
    layers: list[nn.Module] = []
    for k in range(hidden + 1):
        fan = 3 if k == 0 else width
        layer = nn.Linear(fan, width if k < hidden else 1)
        bound = 1 / fan if k == 0 else math.sqrt(6 / fan) / 30
        nn.init.uniform_(layer.weight, -bound, bound)
        layers += [layer, Sine()] if k < hidden else [layer]
    return nn.Sequential(*layers)


class DeepSDF(nn.Module):
    """Eight weight-normalised ReLU layers of 512 with the input again at the fourth, tanh at the end (section 5)."""

    def __init__(self, width: int = 512, depth: int = 8, skip: int = 4) -> None:
        super().__init__()
        self.skip = skip
        sizes = [3] + [width] * depth
        self.layers = nn.ModuleList()
        for k in range(depth):
            fan = sizes[k] + (3 if k == skip else 0)
            self.layers.append(nn.utils.parametrizations.weight_norm(nn.Linear(fan, width)))
        self.last = nn.Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        hidden = x
        for k, layer in enumerate(self.layers):
            hidden = torch.relu(layer(torch.cat([hidden, x], dim=1) if k == self.skip else hidden))
        return torch.tanh(self.last(hidden))


class HashGrid(nn.Module):
    """16 levels of 2^19 entries of 2 features, 16 to 2048 cells, and two layers of 64 (Müller et al. 2022, table 1)."""

    def __init__(self, levels: int = 16, table: int = 19, finest: int = 2048) -> None:
        super().__init__()
        self.levels: GridLevels = grid_levels(3, levels, 2, table, 16, finest)
        self.table = nn.Parameter(torch.empty(self.levels.entries, 2).uniform_(-1e-4, 1e-4))
        self.network = nn.Sequential(
            nn.Linear(2 * levels, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.network(plain_lookup(x, self.table, self.levels))


@dataclass(frozen=True)
class Batch:
    """points (n, 3), exact distances (n, 1), normals (n, 3), and which points lie on the surface (n,) bool."""

    points: Tensor
    distance: Tensor
    normals: Tensor
    on: Tensor


def siren_loss(field: nn.Module, batch: Batch) -> Tensor:
    """3000 |f| on Ω₀ + 100 (1 - cos(∇f, n)) on Ω₀ + 100 exp(-100 |f|) off it + 50 |‖∇f‖ - 1| (equation 6, its code).

    On and off the surface half each, off it uniform: near samples have no part in it.
    """
    points = batch.points.requires_grad_(True)
    value = field(points)
    (gradient,) = torch.autograd.grad(value.sum(), points, create_graph=True)
    on, off = batch.on, ~batch.on
    cosine = torch.cosine_similarity(gradient[on], batch.normals[on], dim=1)
    return (
        3000 * value[on].abs().mean()
        + 100 * (1 - cosine).mean()
        + 100 * torch.exp(-100 * value[off].abs()).mean()
        + 50 * (gradient.norm(dim=1) - 1).abs().mean()
    )


def l1_loss(field: nn.Module, batch: Batch) -> Tensor:
    """E |f - d|: supervised distances."""
    return (field(batch.points) - batch.distance).abs().mean()


def clamped_loss(field: nn.Module, batch: Batch) -> Tensor:
    """E |clamp(f, δ) - clamp(d, δ)|, δ = 0.1 (Park et al. 2019, equation 9)."""
    return (field(batch.points).clamp(-0.1, 0.1) - batch.distance.clamp(-0.1, 0.1)).abs().mean()


def mape_loss(field: nn.Module, batch: Batch) -> Tensor:
    """E |f - d| / (|d| + 0.01): Instant-NGP's relative error for distances (section 5.2)."""
    return ((field(batch.points) - batch.distance).abs() / (batch.distance.abs() + 0.01)).mean()


@dataclass(frozen=True)
class Reference:
    """How a reference is trained. `betas`, `eps` of Adam; `near` whether near samples are drawn."""

    summary: str
    build: Callable[[], nn.Module]
    loss: Callable[[nn.Module, Batch], Tensor]
    rate: float
    batch: int
    near: bool = True
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8


REFERENCES = {
    "siren-own-loss": Reference("SIREN 5x256, its own loss", siren, siren_loss, 1e-4, 8192, near=False),
    "siren-l1": Reference("SIREN 5x256, exact distances, L1", siren, l1_loss, 1e-4, 8192),
    "deepsdf-512": Reference("DeepSDF 8x512, clamped L1, weight norm", DeepSDF, clamped_loss, 5e-4, 16384),
    "hashgrid-autograd": Reference(
        "hash grid 16x2^19 by autograd", HashGrid, mape_loss, 1e-2, 16384, betas=(0.9, 0.99), eps=1e-15
    ),
}


def batches(samples: Samples, size: int, near: bool, generator: torch.Generator) -> Iterator[Batch]:
    """Random batches without end: 4 : 3 : 1 of surface, near and uniform, or half surface and half uniform."""
    surface, normals = torch.from_numpy(samples.surface), torch.from_numpy(samples.normals)
    pools = [(torch.from_numpy(samples.uniform), torch.from_numpy(samples.uniform_distance), size // 8)]
    if near:
        pools.append((torch.from_numpy(samples.near), torch.from_numpy(samples.near_distance), 3 * size // 8))
    else:
        pools[0] = (*pools[0][:2], size // 2)
    count = size - sum(share for *_, share in pools)
    while True:
        chosen = torch.randint(len(surface), (count,), generator=generator)
        points, distances = [surface[chosen]], [torch.zeros(count)]
        for pool, distance, share in pools:
            index = torch.randint(len(pool), (share,), generator=generator)
            points.append(pool[index])
            distances.append(distance[index])
        filler = torch.zeros(size - count, 3)
        yield Batch(
            torch.cat(points),
            torch.cat(distances)[:, None],
            torch.cat([normals[chosen], filler]),
            torch.arange(size) < count,
        )


def train(
    reference: Reference, samples: Samples, seed: int = 0, share: Callable[[], float] = lambda: 0.0
) -> Iterator[nn.Module]:
    """The network after each step, without end.

    share : how much of its time is over, 0 to 1; the rate falls with it along a half cosine
    """
    torch.manual_seed(seed)
    field = reference.build()
    optimiser = torch.optim.Adam(field.parameters(), lr=reference.rate, betas=reference.betas, eps=reference.eps)
    generator = torch.Generator().manual_seed(seed)
    for batch in batches(samples, reference.batch, reference.near, generator):
        optimiser.param_groups[0]["lr"] = reference.rate * 0.5 * (1.0 + math.cos(math.pi * share()))
        optimiser.zero_grad()
        reference.loss(field, batch).backward()
        optimiser.step()
        yield field


def frozen(field: nn.Module) -> Callable[[np.ndarray], np.ndarray]:
    """(n, 3) float32 points → (n,) float32."""

    def value(points: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return field(torch.from_numpy(points))[:, 0].numpy()

    return value
