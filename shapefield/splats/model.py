"""Splats as data: what every format is read into.

Legend: n Gaussians; degree d of their spherical harmonics, k = (d + 1)^2 coefficients a channel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

DEGREES = (0, 1, 2, 3)
"""Degrees of spherical harmonics that the formats know."""
SH0 = 0.28209479177387814
"""The constant harmonic: a colour of 0.5 + SH0 * f_dc is what f_dc alone stands for."""


@dataclass(frozen=True, eq=False)
class Splats:
    """Gaussians in their file's own frame and units.

    positions   : (n, 3) float32
    log_scales  : (n, 3) float32, logarithms of the standard deviations along the Gaussian's own axes
    rotations   : (n, 4) float32 unit quaternions w x y z, the Gaussian's axes → the frame's
    logits      : (n,) float32, opacity = 1 / (1 + exp(-logit))
    harmonics   : (n, k, 3) float32 RGB coefficients; the colour is 0.5 + their sum, from below cut at 0
    up          : (3,) which way is up by the format's convention
    antialiased : trained so that a Gaussian smaller than a pixel is fainter and not larger (Mip-Splatting)
    name        : what it is called in messages;  format : PLY, SPLAT or SPZ
    notices     : what the reader has to say, one line each
    """

    positions: np.ndarray
    log_scales: np.ndarray
    rotations: np.ndarray
    logits: np.ndarray
    harmonics: np.ndarray
    up: tuple[float, float, float] = (0.0, -1.0, 0.0)
    antialiased: bool = False
    name: str = "splats"
    format: str = "PLY"
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def degree(self) -> int:
        """Of the spherical harmonics, 0 where colours are the same from everywhere."""
        return round(self.harmonics.shape[1] ** 0.5) - 1

    @cached_property
    def center(self) -> np.ndarray:
        """(3,) float64: the middle of the Gaussians, whatever far ones there are."""
        return np.median(self.positions.astype(np.float64), axis=0)

    @cached_property
    def size(self) -> float:
        """Distance from the middle within which nine of ten Gaussians lie."""
        away = np.linalg.norm(self.positions - self.center, axis=1)
        return max(float(np.percentile(away, 90.0)), 1e-6, float(np.median(self.scales)))

    @cached_property
    def opacities(self) -> np.ndarray:
        """(n,) float32 in [0, 1]."""
        return (1.0 / (1.0 + np.exp(-np.clip(self.logits, -80.0, 80.0)))).astype(np.float32)

    @cached_property
    def scales(self) -> np.ndarray:
        """(n, 3) float32 standard deviations."""
        return np.exp(self.log_scales)


def logit(opacities: np.ndarray) -> np.ndarray:
    """Opacities in [0, 1] → float32 logits; those of 0 and 1 lie a little inside, so that they are finite."""
    inside = np.clip(opacities.astype(np.float64), 1e-6, 1.0 - 1e-6)
    return np.log(inside / (1.0 - inside)).astype(np.float32)
