"""From what was gathered to a network that is ready to be trained on it, and what its surface will cost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from shapefield.config import FitConfig
from shapefield.families.initial import start_from
from shapefield.fieldfile import COLOUR_METHOD, COLOUR_OPTIONS
from shapefield.fields import build
from shapefield.fitting.forecasting import require_training
from shapefield.fitting.gathering import Gathered, wanted_level
from shapefield.fitting.provenance import identity_of
from shapefield.fitting.resolved import options_of, preset_of, recipe_of
from shapefield.fitting.sampled import SampledShape
from shapefield.fitting.task import Objective, ShapeTask
from shapefield.machine.devices import choose
from shapefield.mesh.model import UNIT_RADIUS
from shapefield.methods import Recipe, method
from shapefield.result import Result
from shapefield.storage.compact import COMPACT, rounded
from shapefield.surface import forecast
from shapefield.training.best import Best
from shapefield.training.loop import TrainingPlan
from shapefield.training.terms import Learning


def untrained(config: FitConfig, gathered: Gathered) -> tuple[Result, Recipe]:
    """A fresh field in the shape's units, and the values that it is trained with.

    Raises ResourceError for a device that is not there, UsageError for a level or crop beyond the shape, InputError
    for a start that cannot be read.
    """
    device = choose(config.training.device)
    chosen, preset = method(config.method), preset_of(config, device)
    recipe, options = recipe_of(config, device), options_of(config, device)
    if device == "cpu":
        require_training(chosen, options, recipe.batch)
    network = build(chosen, options, seed=config.training.seed)
    if config.training.init is not None:
        start_from(config.training.init, network, chosen, options)
    result = Result(chosen, options, preset, network, gathered.similarity, unit=gathered.unit)
    result.name, result.smallest = gathered.name, gathered.smallest
    result.reach = max(wanted_level(config), 0.0)
    result.device = device
    result.box(config.extraction)  # a level or crop that does not fit is told before training, not after
    return result, recipe


def learning_of(result: Result, recipe: Recipe, config: FitConfig, gathered: Gathered) -> Learning:
    """The fresh field of `untrained` as something to be trained on what was gathered."""
    training, device = config.training, result.device
    if gathered.coarse is not None:
        # rounded now, the network learns the rounding away
        base = rounded("base", gathered.coarse) if result.preset == COMPACT else gathered.coarse
        module: Any = result.module
        module.set_base(torch.from_numpy(base))
    if gathered.painted is not None:
        result.colour = _painter(gathered.painted[1], training.seed)
    clamp, level = recipe.clamp * UNIT_RADIUS, wanted_level(config) * result.similarity.scale
    clamp += abs(level) if clamp else 0.0  # the distances around the level are what is wanted
    objective = Objective(result.method.value, recipe.batch, clamp, recipe.eikonal, level)
    named = gathered.name, gathered.digest, gathered.references
    source = SampledShape(gathered.samples, objective.kind, device, *named)
    held = SampledShape(gathered.held, objective.kind, device)
    task = ShapeTask(result.module, source, objective, device, result.colour, gathered.painted, held)
    result.run["batch"] = task.batch
    plan = TrainingPlan(
        steps=1000,
        rate=recipe.rate,
        schedule=recipe.schedule,
        ema=recipe.ema,
        early_stop=recipe.early_stop,
        seed=training.seed,
        device=device,
        amp=training.amp,
    )
    identity = {"level": wanted_level(config)}
    identity |= identity_of(config, result.options, result.preset, device, gathered.backend)
    return Learning(
        result.method.name, source, task, plan, identity, kept=Best(task.error, [*result.module.parameters()])
    )


def surface_seconds(result: Result, area: float | None, resolution: int) -> float:
    """Seconds that the surface will take: its queries and normals at the measured speed, and its bookkeeping.

    area : of the surface, squared input units; None where it is not known: that of the sphere around it
    """
    points = np.random.Generator(np.random.PCG64(0)).uniform(-1, 1, (1 << 15, 3)).astype(np.float32)
    frozen = result.frozen
    a_value = _seconds_a_point(frozen.value, points)
    a_normal = _seconds_a_point(frozen.gradient, points[: 1 << 13])
    area = 4 * math.pi * UNIT_RADIUS**2 if area is None else area * result.similarity.scale**2
    wanted = forecast(resolution, area=area).evaluations
    # a vertex takes about three queries and one normal; the rest takes 0.6 s at 512³ (measured), the remainder is a
    # margin: steps grow slower than the probe's, and the file has to be written
    return wanted * (a_value + a_normal / 3) + 0.3 + 1.5 * (resolution / 512) ** 2


def _painter(colours: np.ndarray, seed: int) -> torch.nn.Module:
    """The RGB network. It starts from the mean of the colours (k, 3): a surface that has learnt little is not black."""
    network: Any = build(method(COLOUR_METHOD), COLOUR_OPTIONS, outputs=3, seed=seed)
    with torch.no_grad():
        network.network[-1].bias.copy_(torch.from_numpy(colours.mean(axis=0)))
    return network


def _seconds_a_point(ask: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> float:
    ask(points[:1000])  # not timed: it fills caches
    begun = time.perf_counter()
    ask(points)
    return (time.perf_counter() - begun) / len(points)
