"""What the stages of a fit will need, asked for before they allocate. The surface's own is `surface.forecasting`.

The figures are peak bytes for each face, sample and parameter, estimated from the arrays that live side by side.
"""

from __future__ import annotations

import math
from typing import Any

from shapefield.machine.memory import require
from shapefield.methods import Method
from shapefield.methods.options import Layers

A_FACE = 700
"""Welding, edges, the hierarchy and the winding number's own."""
A_SAMPLE = 28
"""Its own numbers, at most."""
A_MOVED = 28
"""More for each sample that is given in input units: points in double precision, and distances."""
A_POOLED = 60
"""More for each sample in a fit: the pool, in Morton order, and what orders it (measured: 50)."""
DRAWING = 80 << 20
"""Of one piece of the samples, which are drawn piece by piece in double precision."""
A_NODE = 120
"""Of the exact coarse grid: its points, their order and their distances."""
A_PARAMETER = 110
"""Weights, gradients, Adam's moments, averages, the snapshot a rollback returns to, and a checkpoint on its way out."""
A_UNIT = 24
"""Of a hidden layer, for every point of a batch: values and gradients, and once more for the eikonal term."""

FOREIGN_UNITS = 256
"""Hidden units that a registered network is taken to have."""


def require_distances(faces: int) -> None:
    """Raise ResourceError unless there is room to make a solid of so many faces."""
    require(A_FACE * faces, f"distances to {faces:,} faces", "simplify the mesh first")


def require_samples(samples: int) -> None:
    """Raise ResourceError unless there is room to draw the samples."""
    require(DRAWING + (A_SAMPLE + A_MOVED) * samples, f"{samples:,} samples", "use fewer --samples")


def require_pool(samples: int, base: int | None) -> None:
    """Raise ResourceError unless there is room to fit to the samples and to a coarse grid of `base` nodes an edge."""
    need = DRAWING + (A_SAMPLE + A_POOLED) * samples + A_NODE * (base or 0) ** 3
    require(need, f"a fit to {samples:,} samples", "use fewer --samples")


def require_training(method: Method, options: Any, batch: int) -> None:
    """Raise ResourceError unless there is room to train the method's network."""
    count = parameters(method, options)
    units = options.units if isinstance(options, Layers) else FOREIGN_UNITS
    need = A_PARAMETER * count + A_UNIT * units * batch
    require(need, f"training {count:,} parameters on {batch:,} points a step", "use a smaller network or --batch")


def parameters(method: Method, options: Any) -> int:
    """Numbers that are trained or kept, counted on a network that has shapes only; 0 for a user's own module."""
    if method.factory is not None:
        return 0
    from shapefield.fields.metadevice import on_meta_device

    return sum(math.prod(t.shape) for t in on_meta_device(method, options).state_dict().values())
