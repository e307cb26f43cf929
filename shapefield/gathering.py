"""All that training needs from a mesh, before any network is built: samples, the hybrid's base, colours. No torch."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shapefield.colours import draw_colours
from shapefield.config import FitConfig
from shapefield.events import Event
from shapefield.mesh.model import Mesh
from shapefield.methods import method
from shapefield.sampling import Samples, coarse_grid, draw
from shapefield.solid import Solid

PAINTED = 200_000
"""Samples of the input's colours."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """What training is fed with, unit frame.

    samples : signed samples of the solid
    coarse  : (b, b, b) float32 exact distances for a method with a base grid, else None
    painted : points (k, 3) and colours (k, 3) in [0, 1] where the input has colours, else None
    """

    samples: Samples
    coarse: np.ndarray | None
    painted: tuple[np.ndarray, np.ndarray] | None


def gather(mesh: Mesh, solid: Solid, config: FitConfig) -> Generator[Event, Any, Gathered]:
    """Draw everything from the run's seed."""
    seed = config.training.seed
    samples = yield from draw(solid, config.sampling, seed)
    chosen = method(config.method)
    coarse = None
    if chosen.aid:
        coarse = yield from coarse_grid(solid, chosen.options(**config.options).base)
    in_unit = replace(mesh, vertices=solid.similarity.to_unit(mesh.vertices))
    return Gathered(samples, coarse, draw_colours(in_unit, PAINTED, seed))
