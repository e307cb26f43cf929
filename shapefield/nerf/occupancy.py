"""Skipping empty space: which cells of a grid hold something, and the samples of rays inside such cells.

The grid lies over [-1, 1]^3; axis order is x, y, z; r cells along an edge.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from shapefield.nerf.rendering import Packed
from shapefield.nn.contraction import contract

STRIDE = 4
"""Steps that are tested at once against the coarse map before the fine one is asked."""


class Occupancy(nn.Module):
    """`cells` (r, r, r) bool and a coarse map derived from it when it is asked for."""

    cells: Tensor

    def __init__(self, cells: Tensor) -> None:
        super().__init__()
        self.register_buffer("cells", cells, persistent=False)
        self._coarse: Tensor | None = None

    @property
    def resolution(self) -> int:
        """Cells along an edge."""
        return self.cells.shape[0]

    def replace(self, cells: Tensor) -> None:
        """Take a new map of any resolution."""
        self.cells, self._coarse = cells, None

    @property
    def coarse(self) -> Tensor:
        """(c, c, c) bool: whether any cell within half a stride around the stretch of STRIDE cells is occupied.

        A stretch of STRIDE steps, each at most a cell long, leaves its middle by at most half a stride.
        """
        if self._coarse is None or self._coarse.device != self.cells.device:
            r = self.cells.shape[0]
            count = -(-r // STRIDE)
            half = STRIDE // 2
            padded = F.pad(self.cells.float()[None, None], (half, count * STRIDE - r + half) * 3)
            self._coarse = F.max_pool3d(padded, 2 * STRIDE, STRIDE)[0, 0] > 0
        return self._coarse

    def occupied(self, points: Tensor) -> Tensor:
        """(n, 3) points → (n,) bool; False outside the grid."""
        return _lookup(self.cells, self.resolution, points)

    def march(self, origins: Tensor, directions: Tensor, enter: Tensor, leave: Tensor, step: float) -> Packed:
        """Samples every `step` (at most a cell) inside occupied cells, from `enter` to `leave` (R,).

        origins, directions : (R, 3);  distances along the unit direction, grid units
        """
        r = self.resolution
        alive = (leave > enter).nonzero()[:, 0]
        enter_, leave_ = enter[alive], leave[alive]
        span = STRIDE * step
        most = int(((leave_ - enter_).amax() / span).ceil()) if len(alive) else 0
        middles = enter_[:, None] + (torch.arange(most, device=enter.device) + 0.5) * span
        points = origins[alive][:, None] + middles[..., None] * directions[alive][:, None]
        count = self.coarse.shape[0]
        index = ((points + 1.0) * (0.5 * r / STRIDE)).to(torch.int32).clamp_(0, count - 1)
        flat = (index[..., 0] * count + index[..., 1]) * count + index[..., 2]
        hit = self.coarse.view(-1)[flat] & (middles - 0.5 * span < leave_[:, None])
        row, column = hit.nonzero(as_tuple=True)
        t = enter_[row][:, None] + (column[:, None] * STRIDE + torch.arange(STRIDE, device=row.device) + 0.5) * step
        ray = alive[row]
        fine = origins[ray][:, None] + t[..., None] * directions[ray][:, None]
        kept = _lookup(self.cells, r, fine.view(-1, 3)) & (t < leave_[row][:, None]).reshape(-1)
        ray, t = ray[:, None].expand(-1, STRIDE).reshape(-1)[kept], t.reshape(-1)[kept]
        return Packed(ray, t, torch.full_like(t, step), len(origins))

    def march_contracted(
        self, origins: Tensor, directions: Tensor, enter: Tensor, leave: Tensor, step: float
    ) -> Packed:
        """The same where the grid holds all of space: a step is 2 max(1, |x|) times `step`, |x| the largest
        coordinate in the model frame."""
        t = enter + 0.5 * step
        alive = torch.arange(len(t), device=t.device)
        rays, places, lengths, evens = [], [], [], []
        count = 0
        while len(alive):
            points = origins[alive] + t[:, None] * directions[alive]
            length = step * 2.0 * points.abs().amax(dim=1).clamp_min(1.0)
            hit = _lookup(self.cells, self.resolution, contract(points))
            rays.append(alive[hit])
            places.append(t[hit])
            lengths.append(length[hit])
            evens.append(torch.full_like(lengths[-1], (count + 0.5) * step))
            count += 1
            t = t + length
            going = t < leave[alive]
            alive, t = alive[going], t[going]
        ray, t = torch.cat(rays), torch.cat(places)
        order = torch.argsort(ray, stable=True)
        return Packed(ray[order], t[order], torch.cat(lengths)[order], len(origins), torch.cat(evens)[order])


def _lookup(cells: Tensor, r: int, points: Tensor) -> Tensor:
    index = ((points + 1.0) * (0.5 * r)).floor().to(torch.int32)
    inside = ((index >= 0) & (index < r)).all(dim=-1)
    index = index.clamp_(0, r - 1)
    return cells.view(-1)[(index[..., 0] * r + index[..., 1]) * r + index[..., 2]] & inside


def leaps(cells: np.ndarray) -> np.ndarray:
    """(r, r, r) bool → (c, c, c) uint8 of coarse cells, STRIDE along an edge each: how many of them lie, in the maximum
    norm, from each to the nearest that holds something; 0 where it holds something itself, 255 for farther."""
    from scipy.ndimage import distance_transform_cdt

    count = -(-len(cells) // STRIDE)
    padded = np.pad(cells, (0, count * STRIDE - len(cells)))
    full = padded.reshape(count, STRIDE, count, STRIDE, count, STRIDE).any(axis=(1, 3, 5))
    if not full.any():
        return np.full(full.shape, 255, dtype=np.uint8)
    return np.minimum(np.asarray(distance_transform_cdt(~full, metric="chessboard")), 255).astype(np.uint8)


def dilated(cells: Tensor, by: int = 1) -> Tensor:
    """(r, r, r) bool grown by `by` cells in every direction."""
    for _ in range(by):
        for axis in range(3):
            wider, length = cells.clone(), cells.shape[axis] - 1
            wider.narrow(axis, 0, length).logical_or_(cells.narrow(axis, 1, length))
            wider.narrow(axis, 1, length).logical_or_(cells.narrow(axis, 0, length))
            cells = wider
    return cells


def around(vertices: Tensor) -> Tensor:
    """(v, v, v) bool → (v - 1, v - 1, v - 1): cells with a corner that is set."""
    for axis in range(3):
        length = vertices.shape[axis] - 1
        vertices = vertices.narrow(axis, 0, length) | vertices.narrow(axis, 1, length)
    return vertices


def resampled(cells: Tensor, resolution: int) -> Tensor:
    """The map at another resolution: a cell is occupied if any old cell it touches is."""
    old = cells.shape[0]
    edges = torch.arange(resolution, device=cells.device, dtype=torch.float64) * (old / resolution)
    low = edges.floor().long().clamp(0, old - 1)
    high = ((edges + old / resolution).ceil().long() - 1).clamp(0, old - 1)
    result = torch.zeros((resolution,) * 3, dtype=torch.bool, device=cells.device)
    widest = int((high - low).max()) + 1
    choices = [torch.minimum(low + k, high) for k in range(widest)]
    for x in choices:
        for y in choices:
            plane = cells[x][:, y]
            for z in choices:
                result |= plane[:, :, z]
    return result
