"""In which cell of a regular grid over [-1, 1] a coordinate lies, and where in it."""

from __future__ import annotations

from torch import Tensor


def cell_of(points: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """Coordinates of any shape, `cells` along an edge → the cell's first node, int64, and the place in it, [0, 1].

    Outside the box they are the border's. The place is differentiable, the cell is not.
    """
    position = ((points + 1) * (0.5 * cells)).clamp(0, cells)
    low = position.detach().floor().clamp(max=cells - 1)
    return low.long(), position - low
