"""A rendered view as arrays, whatever it was rendered from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class RenderedView:
    """A rendered view of h x w pixels.

    rgb     : (h, w, 3) float32 in [0, 1], over the backdrop or the sky;  opacity : (h, w) float32 in [0, 1]
    depth   : (h, w) float32 expected distance along the ray where it hits, world units, 0 elsewhere
    normals : (h, w, 3) float32 unit vectors in world axes, 0 where nothing is; None if not asked for
    """

    rgb: np.ndarray
    opacity: np.ndarray
    depth: np.ndarray
    normals: np.ndarray | None = None

    @property
    def rgb8(self) -> np.ndarray:
        """(h, w, 3) uint8."""
        return (np.clip(self.rgb, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)

    @property
    def rgba8(self) -> np.ndarray:
        """(h, w, 4) uint8 with straight alpha, for a rendering over white."""
        alpha = self.opacity[..., None]
        straight = np.clip((self.rgb - (1.0 - alpha)) / np.maximum(alpha, 1e-4), 0.0, 1.0)
        return (np.concatenate([straight, np.clip(alpha, 0.0, 1.0)], axis=2) * 255.0 + 0.5).astype(np.uint8)


def depth_colours(depth: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """(h, w) distances → (h, w, 3) uint8: near bright, far dark, nothing black; scaled to what is in the picture."""
    hit = (opacity > 0.5) & (depth > 0)
    if not hit.any():
        return np.zeros((*depth.shape, 3), dtype=np.uint8)
    low, high = np.percentile(depth[hit], [1.0, 99.0])
    share = 1.0 - np.clip((depth - low) / max(high - low, 1e-9), 0.0, 1.0)
    return np.repeat((np.where(hit, 0.15 + 0.85 * share, 0.0) * 255.0).astype(np.uint8)[..., None], 3, axis=2)
