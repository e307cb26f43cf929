"""The code of a shape that the family has not seen: the decoder stands still, the code is optimised (DeepSDF, eq. 10).

Legend: s starts, n samples, p points a step, k numbers of a code.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from shapefield.events import Progress
from shapefield.training.adam import Adam
from shapefield.training.objectives import clamped_l1

STEPS = 300
RATE = 5e-3
"""The paper's rate, a tenth of it in the second half."""
STARTS = 4
POINTS = 1024
PROBED = 512
"""Samples by which the members' codes are tried as starts."""


@dataclass(frozen=True, eq=False)
class FittedCode:
    """code (k,), and the mean clamped error at all samples, family lengths."""

    code: Tensor
    error: float


def fit_code(
    decoder: nn.Module,
    codes: Tensor,
    points: Tensor,
    distances: Tensor,
    *,
    clamp: float,
    weight: float,
    steps: int = STEPS,
    seed: int = 0,
) -> Generator[Progress, None, FittedCode]:
    """The best code for points (n, 3) with signed distances (n,), family frame.

    codes : (m, k) of the members: the mean and the nearest of them are the starts, all of which are followed for half
            of the steps; the best goes on alone. weight : of the code's squared length
    """
    generator = torch.Generator(device=codes.device).manual_seed(seed)
    starts = _starts(decoder.eval(), codes, points[:PROBED], distances[:PROBED], clamp)
    for parameter in decoder.parameters():
        parameter.requires_grad_(False)
    chosen, rate = starts.clone(), RATE
    best = FittedCode(chosen[0], float("inf"))
    half = max(steps // 2, 1)
    for first, count in ((0, half), (half, max(steps - half, 0))):
        moved = nn.Parameter(chosen)
        optimiser = Adam([{"params": [moved]}])
        for step in range(count):
            place = torch.randint(len(points), (min(POINTS, len(points)),), generator=generator, device=codes.device)
            many = points[place].expand(len(moved), -1, -1)
            found = decoder(many, moved)
            wanted = distances[place].expand_as(found)
            loss = clamped_l1(found.flatten(), wanted.flatten(), clamp) * len(moved)
            loss = loss + weight * moved.square().sum()
            optimiser.clear()
            loss.backward()
            optimiser.step(rate)
            if step % 10 == 9:
                yield Progress("code", first + step + 1, steps)
        best = min((_judged(decoder, code, points, distances, clamp) for code in moved.detach()), key=lambda f: f.error)
        chosen, rate = best.code[None].clone(), 0.1 * rate
    return best


@torch.inference_mode()
def _starts(decoder: nn.Module, codes: Tensor, points: Tensor, distances: Tensor, clamp: float) -> Tensor:
    """(s, k): the mean code, and the members' that come nearest as they are."""
    errors = torch.tensor([_judged(decoder, code, points, distances, clamp).error for code in codes])
    nearest = errors.argsort()[: STARTS - 1].to(codes.device)
    return torch.cat([codes.mean(dim=0, keepdim=True), codes[nearest]])


@torch.inference_mode()
def _judged(decoder: nn.Module, code: Tensor, points: Tensor, distances: Tensor, clamp: float) -> FittedCode:
    blocks = zip(points.split(1 << 14), distances.split(1 << 14), strict=True)
    errors = [clamped_l1(decoder(p[None], code[None])[0], d, clamp) * len(p) for p, d in blocks]
    return FittedCode(code.clone(), float(torch.stack(errors).sum()) / len(points))
