"""What can be set for the built-in scene; imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from shapefield.config import Checked, option


@dataclass(frozen=True)
class DatasetConfig(Checked):
    """How many pictures of what size are made of a mesh."""

    views: int = option(60, "training views", low=2, high=100_000)
    held_out: int = option(12, "test views; a third as many for validation", low=1, high=100_000)
    size: int = option(128, "pixels along a picture's edge", unit="px", low=8, high=8192)
    supersample: int = option(3, "rays along a pixel's edge, averaged", low=1, high=16)
    photo: bool = option(
        False, "photo-like: a background, a lens that distorts, exposures that differ, JPEG; every eighth view held out"
    )
    seed: int = option(0, "seed of everything random", low=0, high=2**63 - 1)
