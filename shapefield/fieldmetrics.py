"""How good any function of points is as the signed distance of a solid: errors of its values, and of its surface."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapefield.config import SamplingConfig
from shapefield.errors import UsageError
from shapefield.events import Event, Stage
from shapefield.mesh.model import UNIT_RADIUS, Mesh
from shapefield.metrics import Report, compare
from shapefield.sampling import draw
from shapefield.solid import Solid
from shapefield.surface import extract

SAMPLES = SamplingConfig(samples=100_000, mix="instant-ngp")
"""Points that the values are held against: some near the surface at two scales, some all over the box."""


@dataclass(frozen=True, slots=True)
class FieldReport:
    """Figures of a function against a solid; lengths divided by R, the solid's bounding radius.

    near, uniform : mean |f - d| near the surface (two normal deviations of 0.02 and 0.004), and all over the box
    wrong_side    : share of all those points at which f has not the sign of d
    surface       : figures of the level set {f = 0}, from a grid
    """

    near: float
    uniform: float
    wrong_side: float
    surface: Report

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return dataclasses.asdict(self) | {"surface": self.surface.as_dict()}


def measured(
    field: Callable[[np.ndarray], Any], solid: Solid, resolution: int = 256, seed: int = 0
) -> Generator[Event, Any, FieldReport]:
    """Measure field : (n, 3) float64 points, input frame → (n,) in input units, negative inside.

    Raises UsageError for a function that gives something else, NoSurfaceError for one without a surface in the box.
    """
    frame = solid.similarity

    def value(points: np.ndarray) -> np.ndarray:
        """The same from the unit frame to the unit frame."""
        return (asked(field, frame.to_input(points)) * frame.scale).astype(np.float32)

    yield Stage("samples")
    samples = yield from draw(solid, SAMPLES, seed)
    near, uniform = (value(points) for points in (samples.near, samples.uniform))
    values = np.concatenate([near, uniform])
    true = np.concatenate([samples.near_distance, samples.uniform_distance])
    yield Stage("surface", f"{resolution}³")
    found = yield from extract(value, resolution)
    yield Stage("report")
    surface = yield from compare(Mesh(frame.to_input(found.mesh.vertices), found.mesh.faces), solid, seed=seed)
    return FieldReport(
        float(np.abs(near - samples.near_distance).mean() / UNIT_RADIUS),
        float(np.abs(uniform - samples.uniform_distance).mean() / UNIT_RADIUS),
        float(((values < 0) != (true < 0)).mean()),
        surface,
    )


def asked(field: Callable[[np.ndarray], Any], points: np.ndarray) -> np.ndarray:
    """(n,) float64: the field's values at the points (n, 3), which may come as a torch tensor and as (n, 1)."""
    given = field(points)
    if type(given).__module__.partition(".")[0] == "torch":
        given = given.detach().cpu().numpy()
    try:
        values = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"field: expected numbers ({len(points)},), got {type(given).__name__}") from None
    if values.shape not in ((len(points),), (len(points), 1)):
        raise UsageError(f"field: expected values ({len(points)},) of points {points.shape}, got {values.shape}")
    if not np.isfinite(values).all():
        raise UsageError("field: expected finite values, got NaN or infinity")
    return values.reshape(-1)
