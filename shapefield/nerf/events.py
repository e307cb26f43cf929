"""What NeRF training says beyond the common events: how a held-out view looks now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class ViewPreview:
    """A held-out view rendered by the model as it stands. h, w: the preview's size in pixels.

    rgb     : (h, w, 3) uint8, the rendering over the scene's background
    truth   : (h, w, 3) uint8, the photograph at the same size
    depth   : (h, w) float32 expected distance along the ray, world units; 0 where nothing is
    opacity : (h, w) float32 in [0, 1]
    error   : (h, w) float32 mean absolute colour difference in [0, 1]
    psnr    : dB over the whole view
    step    : optimiser steps done;  name : the view's name;  view : its index in the held-out split
    """

    rgb: np.ndarray
    truth: np.ndarray
    depth: np.ndarray
    opacity: np.ndarray
    error: np.ndarray
    psnr: float
    step: int
    name: str = ""
    view: int = 0
