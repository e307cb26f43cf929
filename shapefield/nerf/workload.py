"""How much a machine can learn in a given time: the pictures' working size."""

from __future__ import annotations

from shapefield.nerf.config import NerfConfig
from shapefield.nerf.scene import Scene

SIDE_A_MINUTE = 200.0
"""Longest side in pixels that a minute of training on a CPU can make use of; it grows with the time's fourth root."""


def working_scale(scene: Scene, config: NerfConfig) -> float:
    """Divisor of the pictures' size: the user's, or the one whose longest side suits the budget."""
    if config.downscale is not None:
        return config.downscale
    seconds = config.seconds if config.steps is None else max(10.0, config.steps / 15.0)
    side = SIDE_A_MINUTE * (seconds / 60.0) ** 0.25
    longest = max(max(v.camera.width, v.camera.height) for v in scene.train)
    scale = longest / side
    return 1.0 if scale < 1.25 else scale
