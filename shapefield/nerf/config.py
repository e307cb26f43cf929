"""What can be set for a radiance field: one torch-free dataclass per model, and one for the run."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from shapefield.config import Checked, option
from shapefield.methods import method

DEFAULT_BUDGET = 60.0
"""Seconds of a run that is given neither a budget nor steps."""


@dataclass(frozen=True)
class NerfConfig(Checked):
    """A training run, whatever the model."""

    model: str = option("grid", "the radiance field, as `shapefield methods --kind radiance` lists them")
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
    masks: str = option(
        "auto", "what lies beside a mask: nothing (silhouette), or anything (ignore); auto: as the masks look",
        choices=("auto", "silhouette", "ignore"),
    )  # fmt: skip
    contraction: str = option("auto", "space outside the box, contracted; auto: on without alpha",
                              choices=("auto", "on", "off"))  # fmt: skip
    exposure: str = option("auto", "a brightness and tint for each picture; auto: on without alpha",
                           choices=("auto", "on", "off"))  # fmt: skip
    seed: int = option(0, "seed of everything random", low=0, high=2**63 - 1)
    device: str = option("auto", "auto, cpu, cuda, mps, or any torch device string")
    preview_every: float = option(5.0, "seconds between previews of a held-out view, 0 for none", unit="s", low=0.0)
    checkpoint_every: float = option(20.0, "seconds of work between checkpoints, 0 for none", unit="s", low=0.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        method(self.model, "radiance")  # an unknown one is told

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


def options_for(config: NerfConfig, given: dict[str, Any], device: str) -> Any:
    """The model's options: its defaults, what the preset changes on that device, and what was given."""
    paper = _preset(config, device) == "paper"
    model = method(config.model, "radiance")
    return model.options(**(model.paper if paper else {}) | given)


def resolved(config: NerfConfig, given: dict[str, Any], device: str) -> dict[str, Any]:
    """Every setting by name that is known before the pictures are read, as a run on that device takes it."""
    own = dataclasses.asdict(config) | {"preset": _preset(config, device), "device": device}
    own["budget"] = None if config.steps is not None else config.seconds
    options = dataclasses.asdict(options_for(config, given, device))
    return options | {name: options.get(name) if value is None else value for name, value in own.items()}


def _preset(config: NerfConfig, device: str) -> str:
    return config.preset if config.preset != "auto" else ("cpu" if device == "cpu" else "paper")
