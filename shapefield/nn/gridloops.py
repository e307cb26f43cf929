"""The compiled loops of `gridkernel` on tensors, shared out over torch's threads.

Legend: n points, L levels, F features (even), E entries, b nodes.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from shapefield.machine.threads import shared_out
from shapefield.nn import gridkernel
from shapefield.nn.gridlevels import GridLevels


def encode(points: Tensor, table: Tensor, levels: GridLevels) -> Tensor:
    """points (n, 3), table (E, F) → features (n, L F)."""
    p, t, out = points.numpy(), table.numpy(), np.empty((len(points), levels.outputs), dtype=np.float32)
    shared_out(len(p), lambda a, b: gridkernel.encode(p, t, *levels.loops, out, a, b))
    return torch.from_numpy(out)


def interpolate(points: Tensor, grid: Tensor) -> Tensor:
    """points (n, 3), grid (b, b, b) with nodes linspace(-1, 1, b) of x, y, z → (n, 1), linear."""
    p, g, out = points.numpy(), grid.numpy(), np.empty((len(points), 1), dtype=np.float32)
    shared_out(len(p), lambda a, b: gridkernel.interpolate(p, g, out[:, 0], a, b))
    return torch.from_numpy(out)


def scatter(points: Tensor, upstream: Tensor, levels: GridLevels) -> Tensor:
    """points (n, 3), upstream (n, L F) → the table's gradient (E, F)."""
    p, u, out = points.numpy(), upstream.numpy(), np.zeros((levels.entries, levels.features), dtype=np.float32)
    shared_out(len(levels.resolution), lambda a, b: gridkernel.scatter(p, u, *levels.loops, out, a, b))
    return torch.from_numpy(out)


def slope(points: Tensor, table: Tensor, upstream: Tensor, levels: GridLevels) -> Tensor:
    """The gradient (n, 3) of sum(upstream · features) by the points; 0 outside the box."""
    p, t, u, out = points.numpy(), table.numpy(), upstream.numpy(), np.empty((len(points), 3), dtype=np.float32)
    shared_out(len(p), lambda a, b: gridkernel.slope(p, t, u, *levels.loops, out, a, b))
    return torch.from_numpy(out)
