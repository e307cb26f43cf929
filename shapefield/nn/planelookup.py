"""Features of a point from grids along some of its axes: lines (one axis) and planes (two), interpolated linearly.

Legend: n points, r cells along an edge, F features.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from shapefield.nn.cells import cell_of
from shapefield.nn.recording import recorded


def on_line(coordinate: Tensor, line: Tensor) -> Tensor:
    """coordinate (n,) in [-1, 1], line (r + 1, F) with nodes linspace(-1, 1, r + 1) → (n, F)."""
    low, inside = cell_of(coordinate, len(line) - 1)
    return _rows(line, torch.stack([low, low + 1], dim=1), torch.stack([1 - inside, inside], dim=1))


def on_plane(first: Tensor, second: Tensor, plane: Tensor) -> Tensor:
    """coordinates (n,) and (n,) in [-1, 1], plane (r + 1, r + 1, F), its first axis for `first` → (n, F)."""
    side = len(plane)
    i, u = cell_of(first, side - 1)
    j, v = cell_of(second, side - 1)
    corner = i * side + j
    entries = torch.stack([corner, corner + 1, corner + side, corner + side + 1], dim=1)
    weights = torch.stack([(1 - u) * (1 - v), (1 - u) * v, u * (1 - v), u * v], dim=1)
    return _rows(plane.view(side * side, -1), entries, weights)


def _rows(table: Tensor, entries: Tensor, weights: Tensor) -> Tensor:
    """Σ_k weights (n, k) · table[entries (n, k)] (E, F) → (n, F).

    embedding_bag never writes the (n, k, F) rows out, but has no second derivative: where one may be asked for (the
    weights depend on points that want a gradient), and where the work is recorded, the rows are gathered plainly.
    """
    if weights.requires_grad or recorded():
        return (weights[:, :, None] * nn.functional.embedding(entries, table)).sum(dim=1)
    return nn.functional.embedding_bag(entries, table, per_sample_weights=weights, mode="sum")
