"""What a fit leaves unset, put in: the only place that knows what comes then. Without torch."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import Any

from shapefield.config import FitConfig, affordable_samples
from shapefield.methods import Recipe, method

DEFAULT_BUDGET = 20.0
"""Seconds of a fit whose user sets neither steps nor budget."""


def settled(config: FitConfig) -> FitConfig:
    """With the default budget, number and mix of samples put in, so that all stages and the report see the same."""
    training = config.training
    if training.steps is None and training.budget is None:
        training = replace(training, budget=DEFAULT_BUDGET)
    samples = config.sampling.samples or affordable_samples(training.budget)
    mix = config.sampling.mix or method(config.method).recipe.mix
    return replace(config, training=training, sampling=replace(config.sampling, samples=samples, mix=mix))


def preset_of(config: FitConfig, device: str) -> str:
    """The preset on that torch device: "auto" is a CPU's there, and the paper's elsewhere."""
    return config.preset if config.preset != "auto" else ("cpu" if device == "cpu" else "paper")


def recipe_of(config: FitConfig, device: str) -> Recipe:
    """The method's training values: the preset's, and over them what the user set."""
    _, recipe = method(config.method).preset(preset_of(config, device), config.sampling.samples)
    set_here = {f.name: getattr(config.training, f.name, None) for f in dataclasses.fields(Recipe)}
    return replace(recipe, **{name: value for name, value in set_here.items() if value is not None})


def options_of(config: FitConfig, device: str) -> Any:
    """The method's options: its defaults, what the preset changes, and what the user set."""
    chosen = method(config.method)
    of_preset, _ = chosen.preset(preset_of(config, device), config.sampling.samples)
    return chosen.options(**(of_preset | config.options))


def resolved(config: FitConfig, device: str) -> FitConfig:
    """Everything that is known before the mesh is read, as a run on that device takes it."""
    config = settled(config)
    recipe = recipe_of(config, device)
    own = {f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe) if f.name != "mix"}
    training = replace(config.training, **own, device=device)
    options = dataclasses.asdict(options_of(config, device))
    return replace(config, preset=preset_of(config, device), options=options, training=training)
