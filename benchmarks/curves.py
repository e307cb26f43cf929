"""Error over training time: our methods beside the reference configurations, on the same samples, in one run.

`python -m benchmarks curves [--mesh bunny] [--methods hybrid hashgrid] [--references siren-l1 …] [--seconds 20 120]`

The clock stands still while a point of a curve is measured. Both wall seconds and the process's CPU seconds are
kept: beside other work the second are the ones to compare. Times to reach 2e-3 and 6e-4 are interpolated between
points on logarithmic axes, and their ratios to the first method's are printed. --rates tunes a reference. Rates stay
constant, for a schedule needs a known end; with --decay those of the references fall to nothing over their time.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import meshes, record
from benchmarks.references import REFERENCES, frozen, train
from shapefield.config import SamplingConfig
from shapefield.driving import finish
from shapefield.errors import InputError
from shapefield.fields import build
from shapefield.fields.inference import Inference
from shapefield.fitting.sampled import SampledShape
from shapefield.fitting.task import Objective, ShapeTask
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read
from shapefield.methods import METHODS
from shapefield.metrics import compare
from shapefield.sampling import Samples, coarse_grid, draw
from shapefield.solid import Solid, solid_of
from shapefield.surface import extract
from shapefield.training.loop import Trainer, TrainingPlan

LEVELS = (2e-3, 6e-4)
Value = Callable[[np.ndarray], np.ndarray]


def main(arguments: list[str]) -> int:
    """Train each for its time, measuring along the way; print times to the levels, write JSON and a plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks curves", description=main.__doc__)
    parser.add_argument("--mesh", default="bunny")
    parser.add_argument("--methods", nargs="*", default=["hybrid", "hashgrid"])
    parser.add_argument("--references", nargs="*", default=list(REFERENCES), choices=list(REFERENCES))
    parser.add_argument("--rates", type=float, nargs="*", help="train each reference at these rates instead of its own")
    parser.add_argument("--decay", action="store_true", help="let the references' rates fall along a half cosine")
    parser.add_argument("--seconds", type=float, nargs=2, default=[15.0, 120.0], help="for methods, for references")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall", help="which seconds --seconds are")
    parser.add_argument("--samples", type=int, default=500_000)
    parser.add_argument("--resolution", type=int, default=128)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    settings = record.machine(options.seed, peers=("torch",)) | vars(options) | {"threads": torch.get_num_threads()}
    record.show(settings)
    solid = solid_of(read(meshes.find(options.mesh)))
    samples = finish(draw(solid, SamplingConfig(samples=options.samples), options.seed))
    rows = []
    for name in options.methods:
        rows.append(_curve(name, _ours(name, solid, samples, options), solid, options, Clock(options.seconds[0])))
    for name in options.references:
        for rate in options.rates or [REFERENCES[name].rate]:
            title, clock = f"{name} ({rate:g}{' falling' * options.decay})", Clock(options.seconds[1])
            falling = (lambda c=clock: c.share(options.clock)) if options.decay else lambda: 0.0
            reference = replace(REFERENCES[name], rate=rate)
            run = (frozen(f) for f in train(reference, samples, options.seed, falling))
            rows.append(_curve(title, run, solid, options, clock))
    for row in rows[1:]:
        for level in LEVELS:
            mine, theirs = rows[0][f"{options.clock} to {level:g}"], row[f"{options.clock} to {level:g}"]
            if mine and theirs:
                print(f"{row['name']} needs {theirs / mine:.1f} times the training of {rows[0]['name']} to {level:g}")
    place = record.save("curves", settings, rows, options.json)
    curves = {row["name"]: (row[options.clock], row["mean"]) for row in rows}
    record.plot(place, curves, (f"{options.clock} seconds of training", "mean error / R"), options.mesh, LEVELS)
    return 0


@dataclass
class Clock:
    """Seconds of training so far, of the `seconds` there are; it stands while a point is measured."""

    seconds: float
    wall: float = 0.0
    cpu: float = 0.0

    def share(self, kind: str) -> float:
        """How much of the time is over, 0 to 1."""
        return min(1.0, getattr(self, kind) / self.seconds)


def _ours(name: str, solid: Solid, samples: Samples, options: argparse.Namespace) -> Iterator[Value]:
    """A method of ours by its recipe, step by step. The rate stays constant: a schedule needs a known end.

    What is evaluated is the weights' moving average, as a fit ends with it.
    """
    method = METHODS[name]
    values, recipe = method.preset("cpu", options.samples)
    architecture = method.options(**values)
    module: Any = build(method, architecture, seed=options.seed)
    if method.aid:
        module.set_base(torch.from_numpy(finish(coarse_grid(solid, architecture.base))))
    objective = Objective(method.value, recipe.batch, recipe.clamp, recipe.eikonal)
    task = ShapeTask(module, SampledShape(samples, objective.kind), objective)
    trainer = Trainer(
        task, TrainingPlan(1_000_000, recipe.rate, schedule="constant", ema=recipe.ema, seed=options.seed)
    )
    steps = trainer.run(every=0.0)
    for _ in steps:
        yield lambda points: _averaged(trainer, Inference(module, method.value).value, points)


def _averaged(trainer: Trainer, value: Value, points: np.ndarray) -> np.ndarray:
    """The value with the moving average in place of the weights."""
    if not trainer.average:
        return value(points)
    kept = [p.detach().clone() for p in trainer.parameters]
    for parameter, mean in zip(trainer.parameters, trainer.average, strict=True):
        parameter.data.copy_(mean)
    try:
        return value(points)
    finally:
        for parameter, own in zip(trainer.parameters, kept, strict=True):
            parameter.data.copy_(own)


def _curve(name: str, run: Iterator[Value], solid: Solid, options: argparse.Namespace, clock: Clock) -> dict[str, Any]:
    """Train until the clock has run out, measuring at times that grow by a half."""
    row: dict[str, Any] = {"name": name, "wall": [], "cpu": [], "steps": [], "mean": []}
    steps, due = 0, 0.25 / clock.seconds
    while True:
        began, spent = time.perf_counter(), time.process_time()
        value = next(run)
        clock.wall += time.perf_counter() - began
        clock.cpu += time.process_time() - spent
        steps += 1
        share = clock.share(options.clock)
        if share >= min(due, 1.0):
            mean = _mean_error(value, solid, options.resolution)
            for key, figure in (("wall", clock.wall), ("cpu", clock.cpu), ("steps", steps), ("mean", mean)):
                row[key].append(figure)
            line = f"{name:28} {clock.wall:7.2f} s  {clock.cpu:7.2f} CPU s  {steps:6} steps  mean {mean:.3e}"
            print(line, flush=True)
            due = 1.5 * share
            if share >= 1.0:
                break
    for level in LEVELS:
        for kind in ("wall", "cpu"):
            row[f"{kind} to {level:g}"] = _time_to(level, row[kind], row["mean"])
    return row


def _mean_error(value: Value, solid: Solid, resolution: int) -> float:
    """Exact mean error / R of the extracted mesh; 1 where nothing crosses zero."""
    try:
        found = finish(extract(value, resolution))
    except InputError:
        return 1.0
    mesh = Mesh(solid.similarity.to_input(found.mesh.vertices), found.mesh.faces)
    return finish(compare(mesh, solid, points=50_000)).mean


def _time_to(level: float, seconds: list[float], errors: list[float]) -> float | None:
    """When the error first is at most `level`, between two points on logarithmic axes; None where it never is."""
    for k, error in enumerate(errors):
        if error <= level:
            if k == 0:
                return seconds[0]
            share = math.log(errors[k - 1] / level) / math.log(errors[k - 1] / error)
            return seconds[k - 1] * (seconds[k] / seconds[k - 1]) ** share
    return None
