"""One method fitted to one mesh: its figures, its error over time, its pictures."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.config import FitConfig
from shapefield.errors import ResourceError
from shapefield.events import Event, Notice, Progress
from shapefield.fieldfile import write_field
from shapefield.fitting.job import Job
from shapefield.fitting.pipeline import ShapeRun
from shapefield.fitting.reporting import peak_memory
from shapefield.lab.comparison.curves import Clockwork
from shapefield.lab.comparison.plan import PARAMETERS, Case
from shapefield.lab.comparison.rows import Row
from shapefield.lab.comparison.thumbnails import draw
from shapefield.lab.sizing import largest_within, parameters_of
from shapefield.mesh.model import UNIT_RADIUS
from shapefield.mesh.reading import read
from shapefield.mesh.surface_points import on_surface
from shapefield.methods import method
from shapefield.result import Result
from shapefield.settings import fit_config
from shapefield.solid import Solid

POINTS = 4096
"""Points of the true surface that the error over time is taken at."""


def fit_case(case: Case) -> Generator[Event, Any, Row]:
    """Fit, measure, draw; yields the fit's events. Raises the children of ShapefieldError."""
    shape = replace(read(case.input.path), colors=None)  # a colour network would weigh on time and bytes
    run = ShapeRun(Job(shape), config_of(case))
    row = Row(case)
    clock, points = Clockwork(case.config.seconds), np.empty((0, 3), dtype=np.float32)
    for event in run.events():
        yield event
        if isinstance(event, Progress) and event.stage == "training" and clock.due(event.elapsed):
            points = points if len(points) else surface_points(_truth(run))
            row.curve.append((event.elapsed, surface_error(run.result, points)))
    result, solid = run.result, _truth(run)
    points = points if len(points) else surface_points(solid)
    row.curve.append((result.run["seconds"], surface_error(result, points)))
    row.values = _values(result)
    if case.seed == 0:
        try:
            row.pictures = draw(run.extracted, solid)
        except ResourceError as error:
            yield Notice(f"no pictures: {error}")
    return row


def _truth(run: ShapeRun) -> Solid:
    """The mesh's solid."""
    assert run.reference is not None
    return run.reference


def config_of(case: Case) -> FitConfig:
    """The fit's settings: the same budget or steps for all, and in the second table the same size."""
    shared = case.config
    entry = method(case.method)
    settings: dict[str, Any] = {"method": case.method, "preset": shared.preset, "seed": case.seed}
    settings |= {"resolution": shared.resolution, "device": shared.device, "checkpoint_every": 0.0}
    settings |= {"steps": shared.steps} if shared.steps is not None else {"budget": shared.seconds}
    if case.table == PARAMETERS:
        preset, _ = entry.preset(shared.preset)
        before = entry.options(**preset)
        after = largest_within(entry, before, shared.parameters, inputs=3, outputs=1)
        changed = {k: v for k, v in vars(after).items() if v != getattr(before, k)}
        settings |= changed
    return fit_config(**settings)


def surface_points(solid: Solid) -> np.ndarray:
    """(POINTS, 3) float32 points of the solid's surface, area-weighted, unit frame."""
    generator = np.random.Generator(np.random.PCG64(1))
    points, _ = on_surface(solid.mesh.transformed(solid.similarity), POINTS, generator)
    return points.astype(np.float32)


def surface_error(result: Result, points: np.ndarray) -> float:
    """Mean |f| / ‖∇f‖ at points (n, 3) of the true surface, divided by the bounding radius.

    To first order the distance from the point to the field's own surface (Taubin 1991), whatever the field's scale;
    at most 2 a point. The weights are those of the step, not their moving average.
    """
    frozen = result.frozen
    value = np.abs(frozen.value(points))
    slope = np.linalg.norm(frozen.gradient(points), axis=1)
    return float(np.minimum(value / np.maximum(slope, 1e-9), 2.0).mean() / UNIT_RADIUS)


def _values(result: Result) -> dict[str, float]:
    quality, run = result.report["quality"], result.run
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "a.field"
        write_field(result, place)
        size = place.stat().st_size
    return {
        "error": quality["mean"],
        "iou": quality["iou"],
        "narrow_band_iou": quality["narrow_band_iou"],
        "normals": quality["normal_consistency"],
        "bytes": float(size),
        "parameters": float(parameters_of(result.method, result.options, inputs=3, outputs=1)),
        "seconds": float(run["seconds"]),
        "memory": float(peak_memory() or math.nan),
        "steps": float(run["steps_done"]),
    }
