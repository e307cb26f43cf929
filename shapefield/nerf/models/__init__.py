"""The radiance fields, one file a model or a family of models; `build` makes one by its registry entry."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from shapefield.errors import UsageError
from shapefield.machine.importing import imported
from shapefield.methods import method
from shapefield.nerf.models.model import RadianceField, Rays, TrainingRender

__all__ = ["RadianceField", "Rays", "TrainingRender", "build"]


def build(name: str, options: Any, *, cells: np.ndarray | None, contracted: bool, seed: int) -> RadianceField:
    """A fresh model; the same seed gives the same weights.

    cells      : (r, r, r) bool, where matter can be (model frame), or None
    contracted : the model frame holds all of space, the box in its middle half (Mip-NeRF 360's contraction)
    Raises UsageError for an unknown model, and for a registered one that gives no RadianceField.
    """
    entry = method(name, "radiance")
    matter = None if cells is None else torch.from_numpy(np.ascontiguousarray(cells))
    make = entry.factory or imported(entry.module)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = make(options, matter=matter, contracted=contracted)
    if not isinstance(made, RadianceField):
        raise UsageError(f"{name}: expected its factory to return a RadianceField, got {type(made).__name__}")
    return made
