"""The codes of three families at once (DeepSDF's auto-decoder, Park et al. 2019): a map on which each has its place.

Rings, boxes and crosses of the plane, several of each, that differ in two sizes. Nobody tells the network which shape
is of which family: it gets a code for each shape to choose, and shapes that are alike end up with codes that are.
"""

import numpy as np
import torch
from torch import nn

import shapefield as sf
from shapefield.events import Stage
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.closedforms import near_and_far
from shapefield.lab.descent import Pace, descend
from shapefield.lab.experiments import LatentOptions
from shapefield.lab.outlines import zero_level
from shapefield.lab.pictures import centres
from shapefield.training.objectives import clamped_l1

SIZE, POINTS, TILES, CLAMP = 48, 48, 7, 0.1


def ring(a, b):
    return lambda x: (x.norm(dim=1) - 0.3 - 0.35 * a).abs() - 0.12 - 0.1 * b


def bar(x, half):
    beyond = x.abs() - torch.tensor(half)
    return beyond.clamp_min(0).norm(dim=1) + beyond.amax(dim=1).clamp_max(0)


def box(a, b):
    return lambda x: bar(x, [0.25 + 0.5 * a, 0.25 + 0.5 * b])


def cross(a, b):
    return lambda x: torch.minimum(bar(x, [0.8, 0.15 + 0.2 * a]), bar(x, [0.15 + 0.2 * b, 0.8]))


FAMILIES = {"rings": ring, "boxes": box, "crosses": cross}


def run(options: LatentOptions):
    draw = np.random.default_rng(options.seed)
    sizes = draw.uniform(0, 1, (len(FAMILIES), options.members, 2)).tolist()
    distances = [make(*size) for make, rows in zip(FAMILIES.values(), sizes, strict=True) for size in rows]
    names = np.repeat(list(FAMILIES), options.members)
    decoder = sf.new_field(
        "deepsdf", inputs=2, condition=options.latent, seed=options.seed, width=64, depth=4, skip=2,
        initialisation="default",
    )  # fmt: skip
    start = torch.Generator().manual_seed(options.seed)
    codes = nn.Parameter(0.1 * torch.randn(len(distances), options.latent, generator=start))
    model = nn.ModuleDict({"decoder": decoder})
    model.codes = codes

    def losses(generator):
        points = [near_and_far(distance, POINTS, POINTS // 2, 2, generator) for distance in distances]
        wanted = torch.cat([distance(x) for distance, x in zip(distances, points, strict=True)])
        found = decoder(torch.cat(points), codes.repeat_interleave(len(points[0]), dim=0))[:, 0]
        return {"distance": clamped_l1(found, wanted, CLAMP), "codes": 1e-3 * codes.square().sum(dim=1).mean()}

    yield Stage("training")
    history, pace = [], Pace(1.0)
    for progress in descend(model, losses, options.steps, 3e-3, options.seed):
        history.append(progress.losses["distance"])
        if pace.due() or progress.done == options.steps:
            yield progress
            yield Curve("clamped L1", "all shapes", np.arange(1, len(history) + 1), np.array(history), log="y")
            yield from latent_map(decoder, codes.detach(), names)
    found = codes.detach()
    grid = torch.from_numpy(centres(SIZE, SIZE))
    yield Fact("IoU of the worst member", min(map(overlap, *values(decoder, found, distances, grid))), at_least=0.85)
    apart = torch.cdist(found, found).fill_diagonal_(torch.inf).argmin(dim=1).numpy()
    yield Fact("shapes whose nearest code is of their family", float((names[apart] == names).mean()), at_least=0.85)
    yield from unseen(decoder, found, grid, options)


def values(decoder, codes, distances, grid):
    with torch.no_grad():
        return [decoder(grid, code)[:, 0] for code in codes], [distance(grid) for distance in distances]


def overlap(found, wanted):
    inside, there = found < 0, wanted < 0
    return float((inside & there).sum() / (inside | there).sum().clamp(min=1))


def latent_map(decoder, codes, names):
    """The codes along their first two principal directions, and the shapes that lie on that plane."""
    middle = codes.mean(dim=0)
    _, _, directions = torch.linalg.svd(codes - middle, full_matrices=False)
    places = (codes - middle) @ directions[:2].T
    for name in FAMILIES:
        mine = places[torch.from_numpy(names == name)].numpy()
        yield Curve("codes: second principal axis", name, mine[:, 0], mine[:, 1], "first principal axis", style="dots")
    reach = places.abs().amax(dim=0)
    grid = torch.from_numpy(centres(SIZE // 2, SIZE // 2))
    steps = torch.linspace(-1, 1, TILES)
    plane = [[middle + torch.stack([u, v]) * reach @ directions[:2] for u in steps] for v in steps.flip(0)]
    with torch.no_grad():
        sheet = np.block([[tile(decoder(grid, code)) for code in row] for row in plane])
    yield Image("shapes on that plane", sheet, "signed", -0.3, 0.3, zero_level(sheet))


def tile(distances):
    return distances.reshape(SIZE // 2, SIZE // 2).numpy()


def unseen(decoder, codes, grid, options):
    """A shape of each family that was not trained: the decoder stands still, and a code is fitted to it."""
    decoder.requires_grad_(False)
    for name, make in FAMILIES.items():
        distance = make(0.4, 0.6)
        exact = distance(grid)
        with torch.no_grad():
            errors = torch.stack([clamped_l1(decoder(grid, code)[:, 0], exact, CLAMP) for code in codes])
        holder = nn.Module()
        holder.code = nn.Parameter(codes[errors.argmin()].clone())

        def losses(generator, distance=distance, holder=holder):
            x = near_and_far(distance, 4 * POINTS, POINTS, 2, generator)
            return {"distance": clamped_l1(decoder(x, holder.code)[:, 0], distance(x), CLAMP)}

        yield Stage(f"code of an unseen shape: {name}")
        for progress in descend(holder, losses, max(options.steps // 5, 1), 1e-2, options.seed):
            if progress.done % 20 == 0:
                yield progress
        with torch.no_grad():
            found = decoder(grid, holder.code)[:, 0]
        shown = found.reshape(SIZE, SIZE).numpy()
        yield Image(f"unseen: {name}", shown, "signed", -0.3, 0.3, zero_level(shown))
        yield Fact(f"IoU of the unseen of the {name}", overlap(found, exact), at_least=0.85)
