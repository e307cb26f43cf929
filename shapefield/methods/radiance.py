"""The built-in radiance fields: what can be set of each, what it needs, and a row for each.

The models are in `shapefield.nerf.models`. The bytes are peaks, estimated from the arrays that live side by side; those
said to be measured were, on the built-in scenes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shapefield.config import Checked, option
from shapefield.methods.method import Capabilities, RadianceMethod

A_VERTEX = 400
"""Of a grid that nothing is known about: the values, their gradients and moments, and the maps (measured: 380)."""
A_HULL_VERTEX = 170
"""The same where the box is the scene's: much of it is outside the hull (measured: 155)."""
A_CELL_SAMPLE = 40
"""Of a grid's sample on a ray: its cell, the place in it, and the gradients."""
A_UNIT = 7
"""Of a hidden unit for every sample: values and gradients (measured: 6)."""


@dataclass(frozen=True)
class Need:
    """Bytes that a training will take, for what, and what to do where they are not there."""

    bytes: float
    what: str
    remedy: str


class RadianceOptions(Checked):
    """What the options of every radiance field have: rays a step, the learning rate, and what a step needs."""

    if TYPE_CHECKING:
        rays: int
        rate: float

    def need(self, rays: int, hull: bool) -> Need:
        """What training on so many rays a step needs at its largest; hull: it is known where matter can be."""
        return Need(0.0, f"{rays:,} rays a step", "use fewer --rays")


@dataclass(frozen=True)
class GrowingOptions(RadianceOptions):
    """A grid of vertices that grows finer on the way."""

    coarse: int = option(32, "cells along an edge at the start", low=8, high=512)
    fine: int = option(128, "cells along an edge at the end", low=8, high=1024)
    growths: int = option(2, "how often the grid grows on the way", low=0, high=8)
    grown_by: float = option(0.5, "share of the steps by which the last growth is done", low=0.05, high=0.95)
    degree: int = option(1, "degree of the spherical harmonics of colour", low=0, high=2)
    refresh: int = option(50, "steps between refreshes of the occupancy", low=1, high=100_000)
    step: float = option(1.0, "ray step in cells", low=0.1, high=1.0)
    rays: int = option(2048, "rays a step", low=16, high=1 << 20)

    def growth(self) -> list[tuple[float, int]]:
        """(share of the steps, cells) of every growth: geometric, at even shares of the steps up to `grown_by`."""
        if self.fine <= self.coarse or self.growths < 1:
            return []
        shares = [(k + 1) / self.growths for k in range(self.growths)]
        return [(self.grown_by * s, round(self.coarse * (self.fine / self.coarse) ** s)) for s in shares]

    @property
    def finest(self) -> int:
        """Cells along an edge once it has grown."""
        return max(self.coarse, self.fine if self.growths else 0)

    def need(self, rays: int, hull: bool) -> Need:
        """Memory at its largest: all of a grid is asked for as if it held matter, as it does at the start."""
        nodes = A_VERTEX * (self.finest + 1) ** 3
        steps = rays * max(self.coarse, self.finest // 4) / self.step
        what = f"a grid of {self.finest}³ cells and {rays:,} rays a step"
        return Need(nodes + A_CELL_SAMPLE * steps, what, "use a smaller --set fine, or fewer --rays")


@dataclass(frozen=True)
class GridOptions(GrowingOptions):
    """The vertex grid."""

    rate: float = option(0.9, "learning rate of density", low=1e-6, high=10.0)
    colour_rate: float = option(0.2, "learning rate of colour, as a share of density's", low=1e-4, high=10.0)
    occupied_alpha: float = option(0.02, "a cell that stops more light than this is kept", low=1e-6, high=0.5)
    surface_alpha: float = option(0.5, "a cell that stops this share of light is the surface", low=0.01, high=0.99)
    distortion: float = option(0.0, "weight of Mip-NeRF 360's distortion loss", low=0.0, high=10.0)

    def need(self, rays: int, hull: bool) -> Need:
        """Less where the hull is known: much of the box is outside of it."""
        need = super().need(rays, hull)
        return replace(need, bytes=need.bytes - (A_VERTEX - A_HULL_VERTEX) * (self.finest + 1) ** 3) if hull else need


@dataclass(frozen=True)
class ClassicOptions(RadianceOptions):
    """The paper's model (NeRF, Mildenhall et al. 2020) in sizes that a CPU learns in a minute."""

    width: int = option(64, "units of a hidden layer", low=8, high=2048)
    depth: int = option(3, "hidden layers before density; the input enters again in the middle", low=1, high=16)
    position_octaves: int = option(6, "frequencies of the position's encoding", low=0, high=16)
    direction_octaves: int = option(4, "frequencies of the direction's encoding", low=0, high=8)
    coarse_samples: int = option(32, "stratified samples a ray", low=4, high=1024)
    fine_samples: int = option(32, "samples by inverse CDF, added to the coarse ones", low=0, high=2048)
    rays: int = option(256, "rays a step", low=16, high=1 << 20)
    rate: float = option(1e-2, "learning rate", low=1e-7, high=1.0)
    surface_alpha: float = option(0.5, "a length of 1/64 of the box that stops this share of light is the surface",
                                  low=0.01, high=0.99)  # fmt: skip
    distortion: float = option(0.0, "weight of Mip-NeRF 360's distortion loss", low=0.0, high=10.0)

    def need(self, rays: int, hull: bool) -> Need:
        """Memory for the activations of all samples of a step."""
        samples = 2 * self.coarse_samples + self.fine_samples
        what = f"{rays:,} rays of {samples} samples a step"
        return Need(A_UNIT * self.width * (self.depth + 3) * rays * samples, what, "use fewer --rays")


@dataclass(frozen=True)
class SurfaceOptions(GrowingOptions):
    """NeuS and VolSDF: a signed distance on a grid of vertices, rendered through its own density."""

    fine: int = option(96, "cells along an edge at the end", low=8, high=512)
    grown_by: float = option(0.6, "share of the steps by which the last growth is done", low=0.05, high=0.95)
    step: float = option(0.75, "ray step in cells", low=0.1, high=1.0)
    rate: float = option(0.02, "learning rate of the distance", low=1e-6, high=1.0)
    colour_rate: float = option(4.0, "learning rate of colour, as a share of the distance's", low=1e-3, high=100.0)
    eikonal: float = option(0.02, "weight of E[(|grad f| - 1)^2]", low=0.0, high=10.0)
    smooth: float = option(2e-3, "weight of the curvature (squared Laplacian) of the distance", low=0.0, high=10.0)
    sharpness: float = option(24.0, "inverse width of the surface at the start, in box halves", low=1.0, high=1e4)


RADIANCE = (
    RadianceMethod(
        "grid",
        "density and colour on a grid of vertices that grows finer",
        "by far the quickest on a processor: take this one first",
        "Plenoxels, Fridovich-Keil et al. 2022; DVGO, Sun et al. 2022",
        "shapefield.nerf.models.grid",
        GridOptions,
        can=Capabilities(colour=True, unbounded=True),
    ),
    RadianceMethod(
        "classic",
        "the network of the first NeRF paper, coarse and fine",
        "compact and smooth, and slow to learn",
        "NeRF, Mildenhall et al. 2020",
        "shapefield.nerf.models.classic",
        ClassicOptions,
        paper={"width": 256, "depth": 8, "position_octaves": 10, "direction_octaves": 4, "coarse_samples": 64,
               "fine_samples": 128, "rays": 1024, "rate": 5e-4},
        can=Capabilities(colour=True, unbounded=True),
    ),
    RadianceMethod(
        "neus",
        "a signed distance and colour on a grid, rendered through the distance's own density",
        "the cleanest mesh, a little less sharp in pictures",
        "NeuS, Wang et al. 2021",
        "shapefield.nerf.models.sdf:neus",
        SurfaceOptions,
        can=Capabilities(colour=True),
    ),
    RadianceMethod(
        "volsdf",
        "another signed distance on a grid, its density softer at the start",
        "where neus fails",
        "VolSDF, Yariv et al. 2021",
        "shapefield.nerf.models.sdf:volsdf",
        SurfaceOptions,
        can=Capabilities(colour=True),
    ),
)  # fmt: skip
