"""The code of a shape of which only a part is known, and where that part lies in the whole: both are optimised.

On the points f = 0; beside them, where normals are known, f = ±ε; where a camera saw through, f > 0; and the code's
squared length as prior (DeepSDF, section 5.3). The part's own frame goes to the family's by x' = e^a x + t.

Legend: s starts, n points, m free points, b points a step, c candidates, k numbers of a code.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor, nn

from shapefield.events import Progress
from shapefield.training.adam import Adam

STEPS = 240
STARTS = 6
POINTS = 160
"""Of each kind a step and start, while several starts are followed; the best then takes ALONE."""
ALONE = 768
PROBED = 96
"""Points that candidates are compared on."""
TRIED = 12
"""Codes that every place is tried with."""
RATE, PLACE_RATE = 1e-2, 5e-3
BESIDE = 0.008
"""ε, family lengths."""
CLEAR = 0.01
"""Distance that free space keeps at least."""
SIZES = (1.0, 0.85, 0.7, 0.55)
"""Of the part, against one that has the bounding sphere of the whole."""


@dataclass(frozen=True, eq=False)
class Part:
    """What is known: points (n, 3), normals (n, 3) or None, free (m, 3) or None; float32, the part's own frame.

    placed : the part's frame is the family's already, and only the code is looked for
    """

    points: Tensor
    normals: Tensor | None = None
    free: Tensor | None = None
    placed: bool = False


@dataclass(frozen=True, eq=False)
class FittedPart:
    """code (k,); size e^a and shift t (3,) of x' = e^a x + t; error: mean |f| at the points, family lengths."""

    code: Tensor
    size: float
    shift: Tensor
    error: float


def fit_part(
    decoder: nn.Module,
    codes: Tensor,
    reference: Tensor,
    part: Part,
    *,
    weight: float,
    steps: int = STEPS,
    seed: int = 0,
) -> Generator[Progress, None, FittedPart]:
    """The best code, and place unless the part has one; `weight` is of the code's squared length.

    codes : (m, k) of the members, among them the starts;  reference : (p, 3) points on a typical member
    """
    decoder.eval().requires_grad_(False)
    generator = torch.Generator(device=codes.device).manual_seed(seed)
    code, place = _starts(decoder, codes, reference, part, generator)
    half, rate = max(steps // 2, 1), 1.0
    score = torch.zeros(1)
    for first, count, points in ((0, half, POINTS), (half, max(steps - half, 0), ALONE)):
        code, place = nn.Parameter(code), nn.Parameter(place)
        optimiser = Adam([{"params": [code], "scale": RATE}, {"params": [place], "scale": PLACE_RATE}])
        for step in range(count):
            optimiser.clear()
            found = _errors(decoder, code, place, part, points, generator)
            prior = weight * code.square().sum(dim=1) + 0.01 * place[:, 3].square()
            (found + prior).sum().backward()
            if part.placed:
                place.grad = None
            optimiser.step(rate * (1 - 0.9 * step / count))
            with torch.no_grad():
                place[:, 3].clamp_(-0.8, 0.0)
            if step % 10 == 9:
                yield Progress("code", first + step + 1, steps)
        with torch.no_grad():
            score = _errors(decoder, code, place, part, 4 * ALONE, generator) + weight * code.square().sum(dim=1)
        best = int(score.argmin())
        code, place, rate = code.detach()[best : best + 1], place.detach()[best : best + 1], 0.4
    with torch.no_grad():
        error = float(decoder(_placed(part.points, place), code).abs().mean())
    return FittedPart(code[0].clone(), float(place[0, 3].exp()), place[0, :3].clone(), error)


def _placed(points: Tensor, place: Tensor) -> Tensor:
    """points (n, 3), place (s, 4) as t and a → (s, n, 3), family frame."""
    return points * place[:, None, 3:].exp() + place[:, None, :3]


def _errors(
    decoder: nn.Module, codes: Tensor, place: Tensor, part: Part, count: int, generator: torch.Generator
) -> Tensor:
    """(s,) mean errors at `count` random points of each kind, in lengths of the part's own frame."""
    chosen = torch.randint(len(part.points), (count,), generator=generator, device=codes.device)
    asked, wanted = [_placed(part.points[chosen], place)], [0.0]
    if part.normals is not None:
        for side in (BESIDE, -BESIDE):
            asked.append(asked[0] + side * part.normals[chosen])
            wanted.append(side)
    seen = len(asked)
    if part.free is not None:
        through = torch.randint(len(part.free), (count,), generator=generator, device=codes.device)
        asked.append(_placed(part.free[through], place))
    found = decoder(torch.cat(asked, dim=1), codes).view(len(codes), len(asked), count)
    errors = (found[:, :seen] - found.new_tensor(wanted)[:, None]).abs().mean(dim=(1, 2))
    if part.free is not None:
        errors = errors + torch.relu(CLEAR - found[:, seen]).mean(dim=1)
    return errors * (-place[:, 3]).exp()


@torch.no_grad()
def _starts(
    decoder: nn.Module, codes: Tensor, reference: Tensor, part: Part, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Codes (s, k) and places (s, 4): of some members' codes at many places those that fit best as they are."""
    tried = torch.cat([codes.mean(dim=0, keepdim=True), codes[_spread(codes, TRIED - 1)]])
    places = torch.zeros(1, 4, device=codes.device) if part.placed else _places(part.points, reference)
    found = []
    for place in places:
        at = place.expand(len(tried), 4)
        found.append(_errors(decoder, tried, at, part, PROBED, generator))
    score = torch.stack(found)  # (places, codes)
    order = score.flatten().argsort()[:STARTS]
    row, column = order // len(tried), order % len(tried)
    return tried[column].clone(), places[row].clone()


def _spread(codes: Tensor, count: int) -> Tensor:
    """Places (count,) of codes that lie far from each other, each the farthest from those before it."""
    distance = torch.cdist(codes, codes)
    chosen = [int(distance.sum(dim=1).argmin())]
    while len(chosen) < min(count, len(codes)):
        chosen.append(int(distance[:, chosen].min(dim=1).values.argmax()))
    return torch.tensor(chosen, device=codes.device)


def _places(points: Tensor, reference: Tensor) -> Tensor:
    """(c, 4) t and a: at every size flush with the reference's box at its low or high side, or in its middle."""
    low, high = points.amin(dim=0), points.amax(dim=0)
    least, most = reference.amin(dim=0), reference.amax(dim=0)
    found = [torch.zeros(4, device=points.device)]
    for size in SIZES:
        sides = torch.stack([least - size * low, most - size * high, 0.5 * (least + most - size * (low + high))])
        for choice in product(range(3), repeat=3):
            shift = torch.stack([sides[number, axis] for axis, number in enumerate(choice)])
            found.append(torch.cat([shift, shift.new_tensor([size]).log()]))
    places = torch.stack(found)
    return torch.unique((places / 0.02).round(), dim=0) * 0.02
