"""How near a picture is to another: PSNR and SSIM, of fitted pictures and of rendered views alike."""

from __future__ import annotations

from typing import Any

import numpy as np

MOST = 100.0
"""Decibels of a picture without an error."""


def decibels(error: Any) -> Any:
    """Mean squared errors of values that span [0, 1], a number or an array → PSNR in dB, at most MOST."""
    return -10.0 * np.log10(np.maximum(error, 10.0 ** (-MOST / 10)))


def psnr(ours: np.ndarray, truth: np.ndarray, where: np.ndarray | None = None) -> float:
    """10 log10(1 / mean squared error) in dB of arrays (h, w, c) in [0, 1], over `where` (h, w) if that is anywhere."""
    error = np.square(ours.clip(0.0, 1.0).astype(np.float64) - truth)
    return float(decibels((error if where is None or not where.any() else error[where]).mean()))


def ssim(ours: np.ndarray, truth: np.ndarray) -> float | None:
    """Structural similarity (Wang et al. 2004, Gaussian window, σ 1.5) of (h, w, c); None under 11 pixels."""
    if min(truth.shape[:2]) < 11:
        return None
    from skimage.metrics import structural_similarity

    settings: dict[str, Any] = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    ours = ours.clip(0.0, 1.0).astype(np.float64)
    found: Any = structural_similarity(ours, truth.astype(np.float64), channel_axis=2, data_range=1.0, **settings)
    return float(found)
