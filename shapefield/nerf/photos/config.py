"""What can be set for finding poses; imports nothing heavy."""

from __future__ import annotations

from dataclasses import dataclass

from shapefield.config import Checked, option


@dataclass(frozen=True)
class PosesConfig(Checked):
    """How cameras are found."""

    matching: str = option(
        "auto", "pairs that are compared: all, or neighbours in order; auto: all of up to 80 photographs",
        choices=("auto", "exhaustive", "sequential"),
    )  # fmt: skip
    frames: int = option(100, "frames that are taken from a video, the sharpest of so many stretches", low=3, high=5000)
    side: int = option(1600, "longer side at which features are looked for", unit="px", low=100, high=10_000)
    features: int = option(4096, "features of a photograph, at most", low=100, high=100_000)
    seed: int = option(0, "seed of everything random", low=0, high=2**31 - 1)
