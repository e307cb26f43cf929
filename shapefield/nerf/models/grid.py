"""`grid`: density and spherical-harmonic colour on a vertex grid that grows finer, with rows only where matter can be.

Density is softplus(raw + shift) per finest-step length, interpolated before the activation (DVGO, Sun et al. 2022);
colour is sigmoid(sum of harmonics times coefficients). The occupancy grid is the field's own cells.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shapefield.nerf.config import GridOptions
from shapefield.nerf.harmonics import harmonics
from shapefield.nerf.models.lookup import corners, read, read_smooth
from shapefield.nerf.models.model import RadianceField, Rays, Seen
from shapefield.nerf.occupancy import Occupancy, dilated, resampled
from shapefield.nerf.rendering import (
    Rendering,
    accumulate_packed,
    distortion_packed,
    over_background,
    packed_weight_from_density,
)

INITIAL_ALPHA = 1e-2
EMPTY = -12.0
COLOUR_FROM = 1e-3
"""Samples of less weight get no colour: they would not be seen."""


class GridModel(RadianceField):
    """v vertices along an edge, m rows kept; tables `raw` (m, 1) and `coefficients` (m, 3 (degree + 1)^2)."""

    def __init__(self, options: GridOptions, cells: Tensor | None = None, contracted: bool = False) -> None:
        """cells : (r, r, r) bool, where matter can be at the start (a visual hull); None for everywhere."""
        super().__init__()
        self.options, self.contracted = options, contracted
        start = torch.ones((options.coarse,) * 3, dtype=torch.bool) if cells is None else cells
        self.occupancy = Occupancy(resampled(start, options.coarse))
        self.channels = 3 * (options.degree + 1) ** 2
        self.register_buffer("index", torch.zeros(0, dtype=torch.int32), persistent=False)
        self.raw, self.coefficients = nn.Parameter(torch.zeros(1, 1)), nn.Parameter(torch.zeros(1, self.channels))
        self._shift = math.log(math.expm1(-math.log1p(-INITIAL_ALPHA)))
        self._allocate()

    index: Tensor

    @property
    def vertices(self) -> int:
        """Vertices along an edge."""
        return self.occupancy.resolution + 1

    @property
    def step(self) -> float:
        """Length of a ray step in the model frame: one cell times the option."""
        return 2.0 / self.occupancy.resolution * self.options.step

    def _allocate(self) -> None:
        """Rows for the corners of occupied cells, with fresh values."""
        cells = self.occupancy.cells
        needed = F.max_pool3d(F.pad(cells.float()[None, None], (1,) * 6), 2, 1)[0, 0] > 0
        flat = needed.view(-1)
        self.index = torch.where(flat, torch.cumsum(flat, 0), torch.zeros_like(flat, dtype=torch.int64)).to(torch.int32)
        rows = int(flat.sum()) + 1
        self.raw = nn.Parameter(torch.zeros(rows, 1, device=cells.device))
        with torch.no_grad():
            self.raw[0] = EMPTY
        self.coefficients = nn.Parameter(torch.zeros(rows, self.channels, device=cells.device))

    def _corners(self, points: Tensor) -> tuple[Tensor, Tensor]:
        return corners(points, self.index, self.vertices)

    def _density_of(self, raw: Tensor) -> Tensor:
        """Raw value → density per model length; alpha of one cell is 1 - exp(-softplus)."""
        return F.softplus(raw + self._shift) * (0.5 * self.occupancy.resolution)

    def density(self, points: Tensor) -> Tensor:
        rows, weights = self._corners(points)
        raw = read_smooth(rows, weights, self.raw)[:, 0]
        inside = (points.abs() <= 1.0).all(dim=1)
        return torch.where(inside, self._density_of(raw), torch.zeros_like(raw))

    def colour(self, points: Tensor, directions: Tensor) -> Tensor:
        return self._colour(*self._corners(points), directions)

    def _colour(self, rows: Tensor, weights: Tensor, directions: Tensor) -> Tensor:
        values = read(rows, weights, self.coefficients)
        basis = harmonics(directions, self.options.degree)
        return torch.sigmoid(torch.einsum("nck,nk->nc", values.view(len(values), 3, -1), basis))

    def surface_value(self, points: Tensor) -> Tensor:
        """ln of the threshold density minus ln of the density: linear across a surface, negative inside."""
        threshold = self.options.surface_alpha
        level = math.log(-math.log1p(-threshold) * 0.5 * self.occupancy.resolution)
        return level - torch.log(self.density(points).clamp_min(1e-6))

    def see(self, rays: Rays, background: Tensor | None, generator: torch.Generator | None = None) -> Seen:
        samples = self.occupancy.march(rays.origins, rays.directions, self.step, 0.0, generator)
        points = rays.origins[samples.ray] + samples.t[:, None] * rays.directions[samples.ray]
        rows, trilinear = self._corners(points)
        density = self._density_of(read(rows, trilinear, self.raw)[:, 0])
        weights = packed_weight_from_density(density, samples)
        seen = (weights.detach() > COLOUR_FROM).nonzero()[:, 0]
        ray = samples.ray[seen]
        colour = self._colour(rows[seen], trilinear[seen], rays.directions[ray])
        rgb = accumulate_packed(weights[seen], colour, ray, len(rays))
        opacity = accumulate_packed(weights, None, samples.ray, len(rays))
        depth = accumulate_packed(weights * samples.t, None, samples.ray, len(rays))
        losses: dict[str, Tensor] = {}
        if generator is not None and self.options.distortion > 0:
            losses["distortion"] = self.options.distortion * distortion_packed(weights, samples)
        return Seen(Rendering(over_background(rgb, opacity, background), opacity, depth), (), losses)

    def groups(self) -> list[dict[str, Any]]:
        return [
            {"params": [self.raw], "scale": 1.0},
            {"params": [self.coefficients], "scale": self.options.colour_rate},
        ]

    def after_step(self, step: int, generator: torch.Generator | None = None) -> bool:
        done = (step + 1) / self.steps
        for share, resolution in self.options.growth():
            if step / self.steps < share <= done and resolution > self.occupancy.resolution:
                self._grow(resolution)
                return True
        if (step + 1) % self.options.refresh == 0 and done > 0.05:
            self.occupancy.replace(self._matter())
        return False

    @torch.no_grad()
    def _matter(self) -> Tensor:
        """(r, r, r) bool: cells with a corner that stops enough light, grown by one, within those that have rows."""
        v = self.vertices
        alpha = -torch.expm1(-F.softplus(self.raw[:, 0] + self._shift))
        strong = (alpha > self.options.occupied_alpha)[self.index.long()].view(v, v, v)
        cells = dilated(F.max_pool3d(strong.float()[None, None], 2, 1)[0, 0] > 0)
        has_rows = -F.max_pool3d(-(self.index > 0).float().view(1, 1, v, v, v), 2, 1)[0, 0] > 0
        return cells & has_rows

    @torch.no_grad()
    def _grow(self, resolution: int) -> None:
        """A finer grid over what holds matter, its values interpolated from the present one."""
        cells = self._matter()
        old = (self.index, self.vertices, self.raw, self.coefficients)
        if not cells.any():
            cells = self.occupancy.cells
        self.occupancy.replace(resampled(cells, resolution))
        self._allocate()
        v = self.vertices
        kept = (self.index > 0).nonzero()[:, 0]
        grid = torch.stack([kept // (v * v), kept // v % v, kept % v], dim=1)
        points = grid.float() * (2.0 / (v - 1)) - 1.0
        for part in torch.arange(len(kept), device=kept.device).split(262144):
            rows, weights = corners(points[part], old[0], old[1])
            target = self.index[kept[part]].long()
            self.raw[target] = read_smooth(rows, weights, old[2])
            self.coefficients[target] = F.embedding_bag(rows, old[3], per_sample_weights=weights, mode="sum")

    def tensors(self) -> dict[str, Tensor]:
        return {
            "raw": self.raw,
            "coefficients": self.coefficients,
            "cells": self.occupancy.cells,
            "rows": (self.index > 0),
        }

    def load_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.occupancy.replace(tensors["cells"].bool())
        flat = tensors["rows"].view(-1).bool()
        self.index = torch.where(flat, torch.cumsum(flat, 0), torch.zeros_like(flat, dtype=torch.int64)).to(torch.int32)
        self.raw = nn.Parameter(tensors["raw"].detach().clone())
        self.coefficients = nn.Parameter(tensors["coefficients"].detach().clone())
