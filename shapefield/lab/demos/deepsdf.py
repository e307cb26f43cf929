"""DeepSDF's auto-decoder (Park et al. 2019): one network f(x, z), and a code z for each shape.

Three shapes of the plane, whose distances are known in closed form. Codes and network are trained together on
the clamped L1 of equation 4, with the codes held near 0 (equation 9); a code half-way is a shape half-way.
"""

import numpy as np
import torch
from torch import nn

import shapefield as sf
from shapefield.events import Stage
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.closedforms import disc, near_and_far, ring, square
from shapefield.lab.descent import Pace, descend
from shapefield.lab.experiments import DeepSDFDemo
from shapefield.lab.outlines import zero_level
from shapefield.lab.pictures import centres
from shapefield.training.objectives import clamped_l1

SIZE, POINTS = 64, 256


SHAPES = {"disc": disc, "square": square, "ring": ring}


class DemoAutoDecoder(nn.Module):
    def __init__(self, options: DeepSDFDemo):
        super().__init__()
        sizes = {"width": 96, "depth": 4, "skip": 2, "initialisation": "default"}
        self.decoder = sf.new_field("deepsdf", inputs=2, condition=options.latent, seed=options.seed, **sizes)
        start = torch.Generator().manual_seed(options.seed)
        self.codes = nn.Parameter(torch.randn(len(SHAPES), options.latent, generator=start))

    def forward(self, points, code):
        return self.decoder(points, code)[:, 0]


def run(options: DeepSDFDemo):
    model = DemoAutoDecoder(options)
    grid = torch.from_numpy(centres(SIZE, SIZE))
    truth = {name: distance(grid) for name, distance in SHAPES.items()}
    for name, values in truth.items():
        yield slice_of(f"{name}", values)

    def losses(draw):
        errors = []
        for code, distance in zip(model.codes, SHAPES.values(), strict=True):
            x = near_and_far(distance, POINTS, POINTS // 2, 2, draw)
            errors.append(clamped_l1(model(x, code), distance(x), options.clamp))
        return {"distance": torch.stack(errors).mean(), "codes": 1e-4 * model.codes.square().sum(dim=1).mean()}

    yield Stage("training")
    history, pace = [], Pace()
    for progress in descend(model, losses, options.steps, 2e-3, options.seed):
        history.append(progress.losses["distance"])
        if pace.due() or progress.done == options.steps:
            yield progress
            yield Curve("clamped L1", "all shapes", np.arange(1, len(history) + 1), np.array(history), log="y")
            yield from shapes(model, grid)
    for (name, exact), code in zip(truth.items(), model.codes, strict=True):
        with torch.no_grad():
            inside, wanted = model(grid, code) < 0, exact < 0
        overlap = float((inside & wanted).sum() / (inside | wanted).sum())
        yield Fact(f"IoU of the {name}", overlap, at_least=0.97)


def shapes(model, grid):
    a, b, c = model.codes.detach()
    codes = {"learnt disc": a, "learnt square": b, "learnt ring": c}
    codes |= {"half disc, half square": (a + b) / 2, "half disc, half ring": (a + c) / 2}
    codes |= {"half square, half ring": (b + c) / 2}
    for title, code in codes.items():
        with torch.no_grad():
            yield slice_of(title, model(grid, code))


def slice_of(title: str, values):
    shown = values.reshape(SIZE, SIZE).numpy()
    return Image(title, shown, "signed", -0.5, 0.5, zero_level(shown))
