"""The code of a shape that the family has not seen: the decoder stands still, the code is optimised (DeepSDF, eq. 10).

Legend: s starts, n samples, p points a step, k numbers of a code, w further numbers of a shape of its own.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from shapefield.events import Progress
from shapefield.training.adam import Adam
from shapefield.training.objectives import clamped_l1

STEPS = 600
RATE = 5e-3
"""The paper's rate, a tenth of it in the second half."""
OWN_RATE, OWN_WEIGHT = 5e-2, 1e-6
"""Of the further numbers; their code goes on at half of that rate, which falls to nearly nothing."""
STARTS = 4
POINTS = 1024
PROBED = 512
"""Samples by which the members' codes are tried as starts."""


@dataclass(frozen=True, eq=False)
class FittedCode:
    """code (k,), or (k + w,) with the shape's own numbers; the mean clamped error at all samples, family lengths."""

    code: Tensor
    error: float


@dataclass(frozen=True, eq=False)
class Wanted:
    """points (n, 3) and signed distances (n,), family frame; clamp: of the distances; weight: of the code's square."""

    points: Tensor
    distances: Tensor
    clamp: float
    weight: float


def fit_code(
    decoder: nn.Module,
    codes: Tensor,
    points: Tensor,
    distances: Tensor,
    *,
    clamp: float,
    weight: float,
    own: int = 0,
    steps: int = STEPS,
    seed: int = 0,
) -> Generator[Progress, None, FittedCode]:
    """The best code for points (n, 3) with signed distances (n,), family frame.

    codes : (m, k) of the members: the mean and the nearest of them are the starts, all of which are followed for half
            of the steps; the best goes on alone. weight : of the code's squared length
    own   : further numbers that the decoder takes behind a code, 0 at the start: the best start gets them too
    """
    generator = torch.Generator(device=codes.device).manual_seed(seed)
    wanted = Wanted(points, distances, clamp, weight)
    starts = _starts(decoder.eval(), codes, points[:PROBED], distances[:PROBED], clamp)
    decoder.requires_grad_(False)
    first = max(steps // (3 if own else 2), 1)
    followed = yield from _descended(decoder, starts.clone(), None, wanted, (0, first, steps), generator)
    best = min((_judged(decoder, code, wanted) for code in followed), key=lambda found: found.error)
    rest = (first, max(steps - first, 0), steps)
    further = torch.zeros(1, own, device=codes.device) if own else None
    refined = yield from _descended(decoder, best.code[None].clone(), further, wanted, rest, generator)
    return min(best, _judged(decoder, refined[0], wanted), key=lambda found: found.error)


def _descended(
    decoder: nn.Module,
    codes: Tensor,
    further: Tensor | None,
    wanted: Wanted,
    span: tuple[int, int, int],
    generator: torch.Generator,
) -> Generator[Progress, None, Tensor]:
    """Codes (s, k) or with their own numbers (s, k + w), after the span's steps: done before, now, and in all."""
    before, count, total = span
    groups = [{"params": [moved := nn.Parameter(codes)], "scale": RATE if further is None else 0.5 * OWN_RATE}]
    extra = None if further is None else nn.Parameter(further)
    if extra is not None:
        groups.append({"params": [extra], "scale": OWN_RATE})
    optimiser = Adam(groups)
    for step in range(count):
        size = min(POINTS, len(wanted.points))
        place = torch.randint(len(wanted.points), (size,), generator=generator, device=codes.device)
        latent = moved if extra is None else torch.cat([moved, extra], dim=1)
        found = decoder(wanted.points[place].expand(len(moved), -1, -1), latent)
        distances = wanted.distances[place].expand_as(found)
        loss = clamped_l1(found.flatten(), distances.flatten(), wanted.clamp) * len(moved)
        loss = loss + wanted.weight * moved.square().sum()
        if extra is not None:
            loss = loss + OWN_WEIGHT * extra.square().sum()
        optimiser.clear()
        loss.backward()
        falling = 0.02 + 0.49 * (1 + math.cos(math.pi * step / count))
        optimiser.step(falling if extra is not None else (0.1 if before else 1.0))
        if step % 10 == 9:
            yield Progress("code", before + step + 1, total)
    found = moved if extra is None else torch.cat([moved, extra], dim=1)
    return found.detach()


@torch.no_grad()
def _starts(decoder: nn.Module, codes: Tensor, points: Tensor, distances: Tensor, clamp: float) -> Tensor:
    """(s, k): the mean code, and the members' that come nearest as they are."""
    wanted = Wanted(points, distances, clamp, 0.0)
    errors = torch.tensor([_judged(decoder, code, wanted).error for code in codes])
    nearest = errors.argsort()[: STARTS - 1].to(codes.device)
    return torch.cat([codes.mean(dim=0, keepdim=True), codes[nearest]])


@torch.no_grad()
def _judged(decoder: nn.Module, code: Tensor, wanted: Wanted) -> FittedCode:
    blocks = zip(wanted.points.split(1 << 14), wanted.distances.split(1 << 14), strict=True)
    errors = [clamped_l1(decoder(p[None], code[None])[0], d, wanted.clamp) * len(p) for p, d in blocks]
    return FittedCode(code.clone(), float(torch.stack(errors).sum()) / len(wanted.points))
