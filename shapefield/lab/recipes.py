"""How each method is set for pictures: its rate and the options that differ from those for shapes. Knows no torch.

Small networks and batches: on a CPU many quick steps beat few large ones. Measured on the sample camera at 256²,
8 s on two cores: SIREN 4 x 256 with 16 384 pixels a step 24.3 dB, 3 x 128 with 4 096 32.2 dB; hash grid 35.8 dB.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from shapefield.config import Checked, option
from shapefield.errors import UsageError
from shapefield.methods import METHODS, Method, method

_SMALL = {"width": 128, "depth": 3}
PICTURES: dict[str, tuple[float, dict[str, Any]]] = {
    "siren": (2e-3, _SMALL),
    "fourier": (2e-3, {**_SMALL, "sigma": 10.0, "frequencies": 128}),
    "hashgrid": (1e-2, {"levels": 8, "table": 14, "coarsest": 16, "finest": 256, "width": 32, "depth": 1}),
    "posenc": (2e-3, {**_SMALL, "frequencies": 8}),
    "mlp": (2e-3, _SMALL),
    "wire": (2e-3, {**_SMALL, "omega": 15.0, "scale": 10.0}),
    "bacon": (2e-3, {**_SMALL, "bandwidth": 48.0}),
    "triplane": (1e-2, {"cells": 192, "features": 8}),
    "kplanes": (1e-2, {"cells": 48, "features": 8}),
    "tensorf": (1e-2, {"cells": 192, "rank": 32}),
    "deepsdf": (1e-3, {**_SMALL, "initialisation": "default", "skip": 2}),
}
"""Rate and options by method; a method that is not here takes its recipe for shapes."""


BATCH = 1 << 12
"""Pixels a step, at the most, where none are asked for."""
SECONDS = 20.0


@dataclass(frozen=True)
class PictureConfig(Checked):
    """How a picture is fitted."""

    steps: int | None = option(None, "optimiser steps; excludes --budget", low=1, high=10_000_000)
    horizon: int | None = option(
        None, "steps that the schedules are laid out for, where only --steps of them are done", low=1, high=1 << 40
    )
    budget: float | None = option(None, "seconds of training; default 20", unit="s", low=0.1)
    batch: int | None = option(None, "pixels a step; default: all, at most 4096", low=16, high=1 << 24)
    rate: float | None = option(None, "learning rate; default: the method's own", low=1e-8, high=10.0)
    schedule: str = option("cosine", "how the rate decays", choices=("cosine", "exponential", "constant"))
    seed: int = option(0, "seed of everything random", low=0, high=2**63 - 1)
    device: str = option("auto", "auto, cpu, cuda, mps, or any torch device string")


def fits_pictures(entry: Method) -> bool:
    """Whether a method's network takes the two coordinates of a pixel and can give colours."""
    return 2 in entry.can.dimensions and entry.can.colour


def picture_method(name: str, options: dict[str, Any]) -> tuple[Method, Any, float]:
    """The method, its options for pictures and its rate. UsageError lists the methods that fit pictures."""
    entry = method(name)
    if not fits_pictures(entry):
        there = ", ".join(n for n, m in METHODS.items() if fits_pictures(m))
        raise UsageError(f"method: expected one for pictures ({there}), got {name!r}")
    rate, preset = PICTURES.get(name, (entry.recipe.rate, {}))
    known = {f.name for f in dataclasses.fields(entry.options)}
    unknown = next((k for k in options if k not in known), None)
    if unknown is not None:
        raise UsageError(f"{unknown}: expected an option of {name} ({', '.join(sorted(known))}), got {unknown!r}")
    return entry, entry.options(**(preset | options)), rate


def resolved(name: str, config: PictureConfig, given: dict[str, Any]) -> dict[str, Any]:
    """Every setting by name, as a fit with that method takes it."""
    _, options, rate = picture_method(name, given)
    own = dataclasses.asdict(config) | {"batch": config.batch or BATCH, "rate": config.rate or rate}
    own["budget"] = None if config.steps is not None else config.budget or SECONDS
    return own | dataclasses.asdict(options)
