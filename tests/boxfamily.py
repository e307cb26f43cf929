"""What the tests of families share: boxes, a small network, and a run of it."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from shapefield.families.config import FamilyConfig
from shapefield.families.family import Family
from shapefield.families.gathering import Member
from shapefield.families.pipeline import FamilyJob, FamilyRun
from shapefield.families.posing import Pose
from shapefield.mesh.model import Similarity
from shapefield.methods import AutoDecoderOptions, method

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


HALF = np.array([0.7, 0.4, 0.5])


class Boxes(nn.Module):
    """f(x, z): the distance of a box about the origin with half sides e^a (0.7, 0.4) and 0.5 e^b."""

    def forward(self, points: Tensor, codes: Tensor, generator: None = None) -> Tensor:
        sides = codes.exp()[:, [0, 0, 1]] * codes.new_tensor(HALF)
        q = points.abs() - sides[:, None]
        return q.clamp(min=0).norm(dim=2) + q.amax(dim=2).clamp(max=0)


def boxes() -> Family:
    codes = 0.4 * torch.randn(20, 2, generator=torch.Generator().manual_seed(1))
    pose = Pose(np.eye(3), Similarity(np.zeros(3), 1.0))
    members = [Member(f"box{k}", f"box{k}.ply", "", pose) for k in range(20)]
    options = AutoDecoderOptions(code=2, code_weight=1e-6)
    cloud = on_box(HALF, 400)
    return Family(method("deepsdf", "family"), options, Boxes(), codes, members, reference=cloud)


def on_box(half: np.ndarray, count: int) -> np.ndarray:
    random = np.random.default_rng(0)
    points = random.uniform(-1, 1, (count, 3)) * half
    axis = random.integers(0, 3, count)
    points[np.arange(count), axis] = half[axis] * random.choice([-1.0, 1.0], count)
    return points
