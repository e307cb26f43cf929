"""What the tests of families share: boxes, a small network, and a run of it."""

from pathlib import Path
from typing import Any

import numpy as np

from shapefield.families.config import FamilyConfig
from shapefield.families.pipeline import FamilyJob, FamilyRun

TINY: dict[str, Any] = {"width": 32, "depth": 3, "skip": 2, "code": 4, "frequencies": 2, "points": 64, "ema": 0.0}
CORNERS = np.array([[x, y, z] for x in (-0.6, 0.6) for y in (-0.4, 0.4) for z in (-0.5, 0.5)])
SIDES = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4],
         [1, 5, 7], [1, 7, 3]]  # fmt: skip


def run_of(folder: Path, output: Path, steps: int = 150, **settings) -> FamilyRun:
    config = FamilyConfig(model="deepsdf", steps=steps, samples=2000, device="cpu", checkpoint_every=1e-9, **settings)
    return FamilyRun(FamilyJob([folder], output, TINY, "shapefield family fit", every=0.0), config)


def until_end(job):
    while True:
        try:
            yield next(job)
        except StopIteration:
            return
