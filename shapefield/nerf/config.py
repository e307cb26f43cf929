"""What can be set for a radiance field: one torch-free dataclass per model, and one for the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from shapefield.config import Checked, option
from shapefield.errors import one_of

DEFAULT_BUDGET = 60.0
"""Seconds of a run that is given neither a budget nor steps."""
MODELS = ("grid", "classic", "neus", "volsdf")
CONTRACTED = ("grid", "classic")
"""The models that can hold all of space; the others know their box and a sky."""


@dataclass(frozen=True)
class NerfConfig(Checked):
    """A training run, whatever the model."""

    model: str = option("grid", "the radiance field", choices=MODELS)
    steps: int | None = option(None, "optimiser steps; excludes --budget", low=1, high=100_000_000)
    horizon: int | None = option(
        None, "steps that the schedules are laid out for, where only --steps of them are done", low=1, high=1 << 40
    )
    budget: float | None = option(None, "seconds from process start to the files written", unit="s", low=1.0)
    preset: str = option("auto", "sizes of the classic model: a CPU's or the paper's; auto: cpu on a CPU, else paper",
                         choices=("auto", "cpu", "paper"))  # fmt: skip
    rays: int | None = option(None, "rays a step; default: the model's own", low=16, high=1 << 20)
    rate: float | None = option(None, "learning rate; default: the model's own", low=1e-8, high=10.0)
    downscale: float | None = option(None, "pictures are shrunk by this; default: chosen from the budget", low=1.0)
    background: str = option(
        "auto", "behind the scene: a colour, random while training, or learned; auto: random with alpha, else learned",
        choices=("auto", "white", "black", "random", "transparent", "learned"),
    )  # fmt: skip
    contraction: str = option("auto", "space outside the box, contracted; auto: on without alpha",
                              choices=("auto", "on", "off"))  # fmt: skip
    exposure: str = option("auto", "a brightness and tint for each picture; auto: on without alpha",
                           choices=("auto", "on", "off"))  # fmt: skip
    seed: int = option(0, "seed of everything random", low=0, high=2**63 - 1)
    device: str = option("auto", "auto, cpu, cuda, mps, or any torch device string")
    preview_every: float = option(5.0, "seconds between previews of a held-out view, 0 for none", unit="s", low=0.0)
    checkpoint_every: float = option(20.0, "seconds of work between checkpoints, 0 for none", unit="s", low=0.0)

    @property
    def seconds(self) -> float:
        """The budget, or the default's."""
        return self.budget or DEFAULT_BUDGET


@dataclass(frozen=True)
class RenderConfig(Checked):
    """Which views are rendered, and how large."""

    split: str | None = option(None, "views of the dataset; default: test", choices=("train", "val", "test"))
    path: str | None = option(None, "a camera path instead of a split", choices=("orbit", "spiral"))
    frames: int = option(60, "frames of the path", low=1, high=1_000_000)
    width: int | None = option(None, "pixels across; default: the training pictures'", unit="px", low=1, high=16_384)
    depth: bool = option(False, "depth maps too, as PNG and .npy")
    fps: int = option(24, "frames a second of the video", low=1, high=240)


@dataclass(frozen=True)
class GrowingOptions(Checked):
    """A grid of vertices that grows finer on the way."""

    coarse: int = option(32, "cells along an edge at the start", low=8, high=512)
    fine: int = option(128, "cells along an edge at the end", low=8, high=1024)
    growths: int = option(2, "how often the grid grows on the way", low=0, high=8)
    grown_by: float = option(0.5, "share of the steps by which the last growth is done", low=0.05, high=0.95)
    degree: int = option(1, "degree of the spherical harmonics of colour", low=0, high=2)
    refresh: int = option(50, "steps between refreshes of the occupancy", low=1, high=100_000)
    rays: int = option(2048, "rays a step", low=16, high=1 << 20)

    def growth(self) -> list[tuple[float, int]]:
        """(share of the steps, cells) of every growth: geometric, at even shares of the steps up to `grown_by`."""
        if self.fine <= self.coarse or self.growths < 1:
            return []
        shares = [(k + 1) / self.growths for k in range(self.growths)]
        return [(self.grown_by * s, round(self.coarse * (self.fine / self.coarse) ** s)) for s in shares]


@dataclass(frozen=True)
class GridOptions(GrowingOptions):
    """The vertex grid."""

    step: float = option(1.0, "ray step in cells", low=0.1, high=1.0)
    rate: float = option(0.5, "learning rate of density", low=1e-6, high=10.0)
    colour_rate: float = option(0.2, "learning rate of colour, as a share of density's", low=1e-4, high=10.0)
    occupied_alpha: float = option(0.02, "a cell that stops more light than this is kept", low=1e-6, high=0.5)
    surface_alpha: float = option(0.5, "a cell that stops this share of light is the surface", low=0.01, high=0.99)
    distortion: float = option(0.0, "weight of Mip-NeRF 360's distortion loss", low=0.0, high=10.0)


@dataclass(frozen=True)
class ClassicOptions(Checked):
    """The paper's model (NeRF, Mildenhall et al. 2020) in sizes that a CPU learns in a minute; `PAPER` has its own."""

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


PAPER: dict[str, dict[str, Any]] = {
    "classic": {"width": 256, "depth": 8, "position_octaves": 10, "direction_octaves": 4, "coarse_samples": 64,
                "fine_samples": 128, "rays": 1024, "rate": 5e-4},
}  # fmt: skip
"""What the paper preset changes, by model; the rays are those of its authors' settings for synthetic scenes."""


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


def options_of(model: str) -> type[GridOptions] | type[ClassicOptions] | type[SurfaceOptions]:
    """The options dataclass of a model. UsageError for an unknown one."""
    known = {"grid": GridOptions, "classic": ClassicOptions, "neus": SurfaceOptions, "volsdf": SurfaceOptions}
    if model not in known:
        raise one_of("model", MODELS, model)
    return known[model]


def options_for(config: NerfConfig, given: dict[str, Any], device: str) -> Any:
    """The model's options: its defaults, what the preset changes on that device, and what was given."""
    paper = config.preset == "paper" or (config.preset == "auto" and device != "cpu")
    return options_of(config.model)(**(PAPER.get(config.model, {}) if paper else {}) | given)
