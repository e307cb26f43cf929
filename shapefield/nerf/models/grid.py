"""`grid`: density and spherical-harmonic colour on a vertex grid that grows finer, with rows only where matter can be.

Density is softplus(raw + shift) per finest-step length, interpolated before the activation (DVGO, Sun et al. 2022);
colour is sigmoid(sum of harmonics times coefficients). The occupancy grid is the field's own cells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shapefield.methods.radiance import GridOptions
from shapefield.nerf.models.gridrender import GridState, render_compiled
from shapefield.nerf.models.growing import GrowingGrid
from shapefield.nerf.models.model import Rays, TrainingRender
from shapefield.nerf.occupancy import around, dilated, leaps, resampled
from shapefield.nerf.rendering import (
    RenderOutput,
    distortion_packed,
    packed_transmittance,
)
from shapefield.nerf.sampling import box_interval
from shapefield.nn.contraction import FAR, NEAR, NEAR_SHARE, contract
from shapefield.nn.gridlookup import kernel
from shapefield.nn.harmonics import harmonics
from shapefield.nn.vertexgrid import corners, read, read_smooth

INITIAL_ALPHA = 1e-2
EMPTY = -12.0


class GridModel(GrowingGrid):
    """v vertices along an edge, m rows kept; tables `raw` (m, 1) and `coefficients` (m, 3 (degree + 1)^2)."""

    def __init__(self, options: GridOptions, cells: Tensor | None = None, contracted: bool = False) -> None:
        """cells : (r, r, r) bool, where matter can be at the start (a visual hull); None for everywhere."""
        super().__init__(options, cells)
        self.contracted = contracted
        self.register_buffer("index", torch.zeros(0, dtype=torch.int32), persistent=False)
        self.raw, self.coefficients = nn.Parameter(torch.zeros(1, 1)), nn.Parameter(torch.zeros(1, self.channels))
        self._kept: GridState | None = None
        self._shift = math.log(math.expm1(-math.log1p(-INITIAL_ALPHA)))
        self._allocate()

    index: Tensor

    def _allocate(self) -> None:
        """Rows for the corners of occupied cells, with fresh values."""
        self._kept = None
        cells = self.occupancy.cells
        flat = around(F.pad(cells, (1,) * 6)).reshape(-1)
        self.index = _numbered(flat)
        rows = int(flat.sum()) + 1
        self.raw = nn.Parameter(torch.zeros(rows, 1, device=cells.device))
        with torch.no_grad():
            self.raw[0] = EMPTY
        self.coefficients = nn.Parameter(torch.zeros(rows, self.channels, device=cells.device))

    def _corners(self, points: Tensor) -> tuple[Tensor, Tensor]:
        return corners(contract(points) if self.contracted else points, self.index, self.vertices)

    def _thickness(self, raw: Tensor) -> Tensor:
        """Raw value → optical thickness of one cell, whatever its length."""
        return F.softplus(raw + self._shift)

    def density(self, points: Tensor) -> Tensor:
        rows, weights = self._corners(points)
        raw = read_smooth(rows, weights, self.raw)[:, 0]
        density = self._thickness(raw) * (0.5 * self.occupancy.resolution)
        if self.contracted:
            return density / (2.0 * points.abs().amax(dim=1).clamp_min(1.0))
        return torch.where((points.abs() <= 1.0).all(dim=1), density, torch.zeros_like(raw))

    def surface_value(self, points: Tensor) -> Tensor:
        """ln of the threshold density minus ln of the density: linear across a surface, negative inside."""
        threshold = self.options.surface_alpha
        level = math.log(-math.log1p(-threshold) * 0.5 * self.occupancy.resolution * (0.5 if self.contracted else 1.0))
        return level - torch.log(self.density(points).clamp_min(1e-6))

    def see(self, rays: Rays, background: Tensor | None, generator: torch.Generator | None = None) -> TrainingRender:
        enter, leave = self._interval(rays, generator)
        behind = torch.zeros(3, device=rays.origins.device) if background is None else background
        if self._quick(rays):
            basis = harmonics(rays.directions, self.options.degree)
            *found, spread = render_compiled(
                rays.origins, rays.directions, enter, leave, basis, behind, self.raw, self.coefficients, self._state()
            )
            return TrainingRender(RenderOutput(*found), (), self._distortion(spread.mean, generator))
        return self._see_plainly(rays, enter, leave, behind, generator)

    def _distortion(self, spread: Callable[[], Tensor], generator: torch.Generator | None) -> dict[str, Tensor]:
        """The distortion's loss from its mean over the rays, while training; `spread` is asked only if it counts."""
        weight = self.options.distortion
        return {"distortion": weight * spread()} if generator is not None and weight > 0 else {}

    def _quick(self, rays: Rays) -> bool:
        """Whether the compiled renderer serves: on a CPU."""
        return rays.origins.device.type == "cpu" and kernel() == "numba"

    def _interval(self, rays: Rays, generator: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """(enter, leave), both (R,): where rays march; jittered by up to a step with a generator."""
        if self.contracted:
            outside = (rays.origins.abs().amax(dim=1) - 1.0).clamp_min(0.0)
            enter = NEAR + NEAR_SHARE * outside  # nothing is looked for close to a camera outside the box
            leave = torch.full_like(enter, FAR)
        else:
            one = torch.ones(3, device=rays.origins.device)
            enter, leave = box_interval(rays.origins, rays.directions, -one, one, 0.0)
        if generator is not None:
            jitter = torch.rand(enter.shape, generator=generator, device=enter.device)
            enter = enter + self.step * jitter * (2.0 if self.contracted else 1.0)
        return enter, leave

    def _state(self) -> GridState:
        """The maps as the kernel wants them, kept until they change."""
        if self._kept is None:
            self._kept = GridState(
                self.index.numpy(),
                self.occupancy.cells.numpy(),
                leaps(self.occupancy.cells.numpy()),
                np.array([self.step, self.options.step, self._shift, float(self.contracted)], dtype=np.float32),
                len(self.raw),
            )
        return self._kept

    def _see_plainly(
        self, rays: Rays, enter: Tensor, leave: Tensor, behind: Tensor, generator: torch.Generator | None
    ) -> TrainingRender:
        """The same in plain torch, on any device; rays do not end early."""
        march = self.occupancy.march_contracted if self.contracted else self.occupancy.march
        samples = march(rays.origins, rays.directions, enter, leave, self.step)
        points = rays.origins[samples.ray] + samples.t[:, None] * rays.directions[samples.ray]
        places = self._corners(points)
        thickness = self._thickness(read(*places, self.raw)[:, 0]) * self.options.step
        weights = packed_transmittance(thickness, samples) * -torch.expm1(-thickness)
        along = samples.t if samples.even is None else samples.even
        even = replace(samples, t=along, delta=torch.full_like(along, self.step))
        losses = self._distortion(lambda: distortion_packed(weights, even), generator)
        return TrainingRender(self._accumulated(rays, samples, places, weights, behind), (), losses)

    def groups(self) -> list[dict[str, Any]]:
        return [
            {"params": [self.raw], "scale": 1.0},
            {"params": [self.coefficients], "scale": self.options.colour_rate},
        ]

    def _skip_all_but(self, cells: Tensor) -> None:
        super()._skip_all_but(cells)
        self._kept = None

    @torch.no_grad()
    def _matter(self) -> Tensor:
        """(r, r, r) bool: cells with a corner that stops enough light, grown by one, within those that have rows."""
        v = self.vertices
        alpha = -torch.expm1(-F.softplus(self.raw[:, 0] + self._shift))
        strong = (alpha > self.options.occupied_alpha).index_select(0, self.index).view(v, v, v)
        lacking = (self.index == 0).view(v, v, v)
        return dilated(around(strong)) & ~around(lacking)

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
        self._kept = None
        self.occupancy.replace(tensors["cells"].bool())
        flat = tensors["rows"].view(-1).bool()
        self.index = _numbered(flat)
        self.raw = nn.Parameter(tensors["raw"].detach().clone())
        self.coefficients = nn.Parameter(tensors["coefficients"].detach().clone())


def _numbered(needed: Tensor) -> Tensor:
    """(n,) bool → (n,) int32: 1, 2, 3 … where needed, 0 elsewhere."""
    return torch.where(needed, torch.cumsum(needed, 0), torch.zeros_like(needed, dtype=torch.int64)).to(torch.int32)


def build(options: GridOptions, matter: Tensor | None = None, contracted: bool = False) -> GridModel:
    """The model as the registry makes it."""
    return GridModel(options, matter, contracted)
