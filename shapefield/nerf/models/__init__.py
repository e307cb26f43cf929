"""The radiance fields: `grid` (default), `classic`, `neus`, `volsdf`; `build` makes one by name."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from shapefield.errors import one_of
from shapefield.nerf.config import MODELS
from shapefield.nerf.models.model import RadianceField, Rays, Seen

__all__ = ["RadianceField", "Rays", "Seen", "build"]


def build(name: str, options: Any, *, cells: np.ndarray | None, contracted: bool, seed: int) -> RadianceField:
    """A fresh model; the same seed gives the same weights.

    cells      : (r, r, r) bool, where matter can be (model frame), or None
    contracted : the model frame holds all of space, the box in its middle half (Mip-NeRF 360's contraction)
    """
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    try:
        matter = None if cells is None else torch.from_numpy(np.ascontiguousarray(cells))
        if name == "grid":
            from shapefield.nerf.models.grid import GridModel

            return GridModel(options, matter, contracted)
        if name == "classic":
            from shapefield.nerf.models.classic import ClassicModel

            return ClassicModel(options, contracted)
        if name in ("neus", "volsdf"):
            from shapefield.nerf.models.sdf import SurfaceModel

            return SurfaceModel(options, name, matter)
    finally:
        torch.random.set_rng_state(state)
    raise one_of("model", MODELS, name)
