"""Where two cameras look: matter elsewhere no picture could refute."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from shapefield.mesh.model import Similarity
from shapefield.nerf.cameras import Camera, in_sight
from shapefield.nerf.occupancy import dilated
from shapefield.nn.contraction import expand

CELLS = 48
"""Cells along the edge of the map of what is in sight."""
TWO = 2
"""Views that a place needs: what one alone sees can stand anywhere along its ray, and right before its lens."""


def in_two_views(cameras: Sequence[Camera], similarity: Similarity, contracted: bool, cells: int = CELLS) -> np.ndarray:
    """(r, r, r) bool: cells of the grid frame whose middle, or a neighbour's, two cameras have in their pictures.

    contracted : the grid frame holds all of space (`nn.contraction`), else the scene's box alone
    """
    line = (torch.arange(cells) + 0.5) * (2.0 / cells) - 1.0
    middles = torch.stack(torch.meshgrid(line, line, line, indexing="ij"), dim=-1).view(-1, 3)
    points = similarity.to_input((expand(middles) if contracted else middles).double().numpy())
    count = np.zeros(len(points), dtype=np.int32)
    for camera in cameras:
        left = np.flatnonzero(count < TWO)
        count[left[in_sight(camera, points[left])[0]]] += 1
    return dilated(torch.from_numpy((count >= TWO).reshape((cells,) * 3))).numpy()
