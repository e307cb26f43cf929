"""What can be set about a family of shapes, whatever its model."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from shapefield.config import Checked, option
from shapefield.methods import method

DEFAULT_BUDGET = 900.0
"""Seconds of a family's training that is given neither steps nor a budget."""


@dataclass(frozen=True)
class FamilyConfig(Checked):
    """How the members are prepared, and how long is trained."""

    model: str = option("grid", "the model, of those that `shapefield methods --kind family` lists")
    preset: str = option("auto", "the paper's sizes, or a CPU's; auto: the device's", choices=("auto", "cpu", "paper"))
    align: str = option(
        "auto",
        "turn members that stand otherwise than the others; none leaves all as they are",
        choices=("auto", "none"),
    )
    normalise: str = option(
        "each", "bring each member to one size, or all by a common factor", choices=("each", "common")
    )
    holdout: float = option(0.0, "share of the members that is kept out of training, for eval", low=0.0, high=0.9)
    shards: int | None = option(
        None,
        "groups that the files are dealt to, of which every step takes as many shapes; default: one a process",
        low=1,
        high=1 << 16,
    )
    samples: int = option(40_000, "training samples of a member", low=1_000, high=10_000_000)
    steps: int | None = option(None, "optimiser steps; excludes --budget", low=1, high=100_000_000)
    horizon: int | None = option(
        None, "steps that the schedules are laid out for, where only --steps of them are done", low=1, high=1 << 40
    )
    budget: float | None = option(None, "seconds from start to the file written; default: 15m", unit="s", low=0.1)
    seed: int = option(0, "seed of everything random", low=0, high=2**63 - 1)
    device: str = option("auto", "auto, cpu, cuda, mps, or any torch device string")
    checkpoint_every: float = option(20.0, "seconds of work between checkpoints, 0 for none", unit="s", low=0.0)


def preset_of(config: FamilyConfig, device: str) -> str:
    """The preset on that torch device: "auto" is a CPU's there, and the paper's elsewhere."""
    return config.preset if config.preset != "auto" else ("cpu" if device == "cpu" else "paper")


def options_for(config: FamilyConfig, given: dict[str, Any], device: str) -> Any:
    """The model's options: its defaults, what the preset changes on that device, and what was given."""
    model = method(config.model, "family")
    return model.options(**(model.preset(preset_of(config, device)) | given))


def resolved(config: FamilyConfig, given: dict[str, Any], device: str) -> dict[str, Any]:
    """Every setting by name, as a run on that device takes it."""
    own = dataclasses.asdict(config) | {"preset": preset_of(config, device), "device": device}
    own["budget"] = None if config.steps is not None else config.budget or DEFAULT_BUDGET
    return own | dataclasses.asdict(options_for(config, given, device))
