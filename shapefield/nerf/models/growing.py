"""What grids of vertices share: cells that skip empty space, growth on the way, colour by spherical harmonics."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from shapefield.methods.radiance import GrowingOptions
from shapefield.nerf.models.model import RadianceField, Rays
from shapefield.nerf.occupancy import Occupancy, resampled
from shapefield.nerf.rendering import Packed, RenderOutput, accumulate_packed, over_background
from shapefield.nn.harmonics import harmonics
from shapefield.nn.vertexgrid import read

COLOUR_FROM = 1e-3
"""Samples of less weight get no colour: they would not be seen."""


class GrowingGrid(RadianceField):
    """v vertices along an edge; `coefficients` (rows, 3 (degree + 1)^2) of colour. N samples of R rays."""

    options: Any
    coefficients: Tensor

    def __init__(self, options: GrowingOptions, cells: Tensor | None) -> None:
        """cells : (r, r, r) bool, where matter can be at the start (a visual hull); None for everywhere."""
        super().__init__()
        self.options = options
        start = torch.ones((options.coarse,) * 3, dtype=torch.bool) if cells is None else cells
        self.occupancy = Occupancy(resampled(start, options.coarse))
        self.channels = 3 * (options.degree + 1) ** 2

    @property
    def vertices(self) -> int:
        """Vertices along an edge."""
        return self.occupancy.resolution + 1

    @property
    def step(self) -> float:
        """Length of a ray step in the grid's frame: one cell times the option. In contracted space a step in the
        model frame is 2 max(1, |x|) times that, |x| the largest coordinate."""
        return 2.0 / self.occupancy.resolution * self.options.step

    @abstractmethod
    def _corners(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 3) → rows and weights of the corners of each point's cell, both (n, 8)."""

    @abstractmethod
    def _matter(self) -> Tensor:
        """(r, r, r) bool: cells that hold something as the field is now."""

    @abstractmethod
    def _grow(self, resolution: int) -> None:
        """Go on with so many cells along an edge, from the present values."""

    def colour(self, points: Tensor, directions: Tensor) -> Tensor:
        return self._colour(*self._corners(points), directions)

    def _colour(self, rows: Tensor, weights: Tensor, directions: Tensor) -> Tensor:
        values = read(rows, weights, self.coefficients)
        basis = harmonics(directions, self.options.degree)
        return torch.sigmoid(torch.einsum("nck,nk->nc", values.view(len(values), 3, -1), basis))

    def _accumulated(
        self, rays: Rays, samples: Packed, corners: tuple[Tensor, Tensor], weights: Tensor, background: Tensor | None
    ) -> RenderOutput:
        """Samples with the weights (N,) and corners (N, 8) each, as what R rays see."""
        rows, trilinear = corners
        seen = (weights.detach() > COLOUR_FROM).nonzero()[:, 0]
        ray = samples.ray[seen]
        colour = self._colour(rows[seen], trilinear[seen], rays.directions[ray])
        rgb = accumulate_packed(weights[seen], colour, ray, len(rays))
        opacity = accumulate_packed(weights, None, samples.ray, len(rays))
        depth = accumulate_packed(weights * samples.t, None, samples.ray, len(rays))
        return RenderOutput(over_background(rgb, opacity, background), opacity, depth)

    def after_step(self, step: int, generator: torch.Generator | None = None) -> bool:
        done = (step + 1) / self.steps
        for share, resolution in self.options.growth():
            if step / self.steps < share <= done and resolution > self.occupancy.resolution:
                self._grow(resolution)
                return True
        if (step + 1) % self.options.refresh == 0 and done > 0.05:
            self._skip_all_but(self._matter())
        return False

    def _skip_all_but(self, cells: Tensor) -> None:
        """Rays march through `cells` (r, r, r) alone from now on."""
        self.occupancy.replace(cells)
