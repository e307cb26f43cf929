"""`neus` and `volsdf`: a signed distance and colour on a vertex grid, rendered through the distance's own density.

neus   : alpha_i from the drop of the logistic Phi_s(f) over the segment, f at its ends by f -+ |cos| delta / 2
         (NeuS, Wang et al. 2021, eq. 13)
volsdf : sigma = (1 / beta) Psi_beta(-f), Psi_beta the Laplace distribution (VolSDF, Yariv et al. 2021, eqs. 2-3)
The distance is negative inside, in the model frame's unit; 1 / s and beta are learned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shapefield.methods.radiance import SurfaceOptions
from shapefield.nerf.models.growing import GrowingGrid
from shapefield.nerf.models.model import Rays, TrainingRender
from shapefield.nerf.occupancy import dilated, resampled
from shapefield.nerf.rendering import (
    Packed,
    packed_transmittance,
)
from shapefield.nerf.sampling import box_interval
from shapefield.nn.vertexgrid import corners, read

START_RADIUS = 0.6


class SurfaceModel(GrowingGrid):
    """`distance` (v^3, 1) and `coefficients` (v^3, 3 (degree + 1)^2) on v vertices an edge; `log_sharpness` ()."""

    is_shell = False
    cost_later = 2.2
    beside_rate = 1.0

    def __init__(self, options: SurfaceOptions, kind: str, cells: Tensor | None = None) -> None:
        """kind: "neus" or "volsdf";  cells : (r, r, r) bool, where matter can be, or None for everywhere."""
        super().__init__(options, cells)
        self.kind = kind
        v = options.coarse + 1
        self.distance = nn.Parameter(self._starting(cells, v).view(-1, 1))
        self.coefficients = nn.Parameter(torch.zeros(v**3, self.channels))
        self.log_sharpness = nn.Parameter(torch.tensor(float(options.sharpness)).log())
        self.register_buffer("hull", self.occupancy.cells.clone(), persistent=False)

    hull: Tensor

    @staticmethod
    def _starting(cells: Tensor | None, v: int) -> Tensor:
        """(v, v, v) a first distance: that of the visual hull, shrunk a little, or of a ball."""
        line = torch.linspace(-1.0, 1.0, v)
        grid = torch.stack(torch.meshgrid(line, line, line, indexing="ij"), dim=-1)
        if cells is None or not cells.any() or cells.all():
            return grid.norm(dim=-1) - START_RADIUS
        from scipy.ndimage import distance_transform_edt

        r = cells.shape[0]
        inside = np.asarray(distance_transform_edt(cells.numpy()))
        outside = np.asarray(distance_transform_edt(~cells.numpy()))
        signed = torch.from_numpy((outside - inside).astype("float32")) * (2.0 / r)
        return F.interpolate(signed[None, None], size=(v, v, v), mode="trilinear")[0, 0] + 2.0 / r

    @property
    def sharpness(self) -> Tensor:
        """1 / width of the surface: NeuS's s, VolSDF's 1 / beta."""
        return self.log_sharpness.clamp(0.0, 8.0).exp()

    def _corners(self, points: Tensor) -> tuple[Tensor, Tensor]:
        return corners(points, None, self.vertices)

    def surface_value(self, points: Tensor) -> Tensor:
        """The signed distance."""
        rows, weights = self._corners(points)
        return (self.distance[:, 0][rows] * weights).sum(dim=1)

    def density(self, points: Tensor) -> Tensor:
        """VolSDF's density of the distance (for NeuS its logistic counterpart)."""
        return self._laplace(self.surface_value(points))

    def _laplace(self, distance: Tensor) -> Tensor:
        s = self.sharpness
        near = 0.5 * torch.exp(-(distance.abs() * s).clamp_max(60.0))
        return s * torch.where(distance > 0, near, 1.0 - near)

    def _thickness(self, distance: Tensor, samples: Packed) -> Tensor:
        """(N,) optical thickness of each sample's segment from distances (N,)."""
        if self.kind == "volsdf":
            return self._laplace(distance) * samples.delta
        following = torch.cat([distance[1:], distance[-1:]])
        joined = torch.zeros(len(distance), dtype=torch.bool, device=distance.device)
        joined[:-1] = (samples.ray[1:] == samples.ray[:-1]) & (samples.t[1:] - samples.t[:-1] < 1.5 * samples.delta[1:])
        slope = torch.where(joined, following - distance, -samples.delta)
        slope = slope.clamp(-4.0, 0.0)  # a ray that leaves a surface is not stopped by it
        s = self.sharpness
        before, after = (distance - 0.5 * slope) * s, (distance + 0.5 * slope) * s
        # -log(1 - alpha) with alpha = (Phi(before) - Phi(after)) / Phi(before) is log Phi(before) - log Phi(after)
        return (F.logsigmoid(before) - F.logsigmoid(after)).clamp_min(0.0)

    def see(self, rays: Rays, background: Tensor | None, generator: torch.Generator | None = None) -> TrainingRender:
        one = torch.ones(3, device=rays.origins.device)
        enter, leave = box_interval(rays.origins, rays.directions, -one, one, 0.0)
        if generator is not None:
            enter = enter + self.step * torch.rand(enter.shape, generator=generator, device=enter.device)
        samples = self.occupancy.march(rays.origins, rays.directions, enter, leave, self.step)
        points = rays.origins[samples.ray] + samples.t[:, None] * rays.directions[samples.ray]
        places = self._corners(points)
        distance = read(*places, self.distance)[:, 0]
        thickness = self._thickness(distance, samples) if len(distance) else distance
        weights = packed_transmittance(thickness, samples) * -torch.expm1(-thickness)
        losses = self._regularisers(generator) if generator is not None else {}
        return TrainingRender(self._accumulated(rays, samples, places, weights, background), (), losses)

    def _regularisers(self, generator: torch.Generator) -> dict[str, Tensor]:
        """Eikonal and curvature of the grid itself, by central differences over a random slab of it."""
        v = self.vertices
        depth = min(v, max(6, 40000 // (v * v)))
        first = int(torch.randint(v - depth + 1, (1,), generator=generator, device=generator.device))
        block = self.distance.view(v, v, v)[first : first + depth]
        cell = 2.0 / (v - 1)
        middle = block[1:-1, 1:-1, 1:-1]
        pairs = (
            (block[2:, 1:-1, 1:-1], block[:-2, 1:-1, 1:-1]),
            (block[1:-1, 2:, 1:-1], block[1:-1, :-2, 1:-1]),
            (block[1:-1, 1:-1, 2:], block[1:-1, 1:-1, :-2]),
        )
        squared = torch.stack([((high - low) / (2.0 * cell)) ** 2 for high, low in pairs]).sum(dim=0)
        bend = torch.stack([high + low - 2.0 * middle for high, low in pairs]).sum(dim=0) / cell
        return {
            "eikonal": self.options.eikonal * ((squared + 1e-12).sqrt() - 1.0).square().mean(),
            "smooth": self.options.smooth * bend.square().mean(),
        }

    def groups(self) -> list[dict[str, Any]]:
        return [
            {"params": [self.distance], "scale": 1.0},
            {"params": [self.coefficients], "scale": self.options.colour_rate},
            {"params": [self.log_sharpness], "scale": 1.0},
        ]

    @torch.no_grad()
    def _matter(self) -> Tensor:
        """Cells whose density can be seen: near or behind the surface, within the hull."""
        v = self.vertices
        reach = max(6.0 / float(self.sharpness), 2.0 * 2.0 / (v - 1))
        near = (self.distance.view(v, v, v) < reach).float()[None, None]
        return dilated(F.max_pool3d(near, 2, 1)[0, 0] > 0) & resampled(self.hull, v - 1)

    @torch.no_grad()
    def _grow(self, resolution: int) -> None:
        old = self.vertices
        cells = resampled(self._matter(), resolution)

        def finer(table: Tensor) -> nn.Parameter:
            block = table.view(old, old, old, -1).permute(3, 0, 1, 2)[None]
            size = (resolution + 1,) * 3
            block = F.interpolate(block, size=size, mode="trilinear", align_corners=True)[0]
            return nn.Parameter(block.permute(1, 2, 3, 0).reshape(-1, table.shape[1]).contiguous())

        self.distance, self.coefficients = finer(self.distance), finer(self.coefficients)
        self.occupancy.replace(cells)

    def tensors(self) -> dict[str, Tensor]:
        return {
            "distance": self.distance, "coefficients": self.coefficients, "log_sharpness": self.log_sharpness,
            "cells": self.occupancy.cells, "hull": self.hull,
        }  # fmt: skip

    def load_tensors(self, tensors: dict[str, Tensor]) -> None:
        self.occupancy.replace(tensors["cells"].bool())
        self.hull = tensors["hull"].bool()
        for name in ("distance", "coefficients", "log_sharpness"):
            setattr(self, name, nn.Parameter(tensors[name].detach().clone()))


def neus(options: SurfaceOptions, matter: Tensor | None = None, contracted: bool = False) -> SurfaceModel:
    """`neus` as the registry makes it; it knows its box alone."""
    return SurfaceModel(options, "neus", matter)


def volsdf(options: SurfaceOptions, matter: Tensor | None = None, contracted: bool = False) -> SurfaceModel:
    """`volsdf`, likewise."""
    return SurfaceModel(options, "volsdf", matter)
