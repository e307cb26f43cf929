"""All that training needs from a mesh, before any network is built: samples, the hybrid's base, colours. No torch."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shapefield.config import FitConfig
from shapefield.events import Event
from shapefield.fitting.colours import draw_colours
from shapefield.fitting.glimpse import glimpse
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
    seen    : a preview of the base was shown
    """

    samples: Samples
    coarse: np.ndarray | None
    painted: tuple[np.ndarray, np.ndarray] | None
    seen: bool = False


def gather(mesh: Mesh, solid: Solid, config: FitConfig, previews: bool = False) -> Generator[Event, Any, Gathered]:
    """Draw everything from the run's seed; the base grid first, for with `previews` its surface is the first one."""
    seed = config.training.seed
    chosen = method(config.method)
    coarse, seen = None, False
    if chosen.aid:
        coarse = yield from coarse_grid(
            solid, chosen.options(**(chosen.preset(config.preset)[0] | config.options)).base
        )
        if previews and (first := glimpse(solid, coarse)) is not None:
            seen = True
            yield first
    samples = yield from draw(solid, config.sampling, seed)
    in_unit = replace(mesh, vertices=solid.similarity.to_unit(mesh.vertices))
    return Gathered(samples, coarse, draw_colours(in_unit, PAINTED, seed), seen)
