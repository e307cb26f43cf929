"""DeepSDF with and without the eikonal term E[(‖∇f‖ - 1)²] (Park et al. 2019; IGR, Gropp et al. 2020).

A torus in space, whose distance is known in closed form. The loss is clamped at ±δ, so beyond δ nothing tells the
plain network what to be; a distance has slope 1 everywhere, and the term asks for that.
"""

import numpy as np
import torch

import shapefield as sf
from shapefield.events import Stage
from shapefield.fields.field import value_and_gradient
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.closedforms import near_and_far, torus
from shapefield.lab.descent import Pace, descend
from shapefield.lab.experiments import EikonalOptions
from shapefield.lab.outlines import zero_level
from shapefield.lab.pictures import centres
from shapefield.training.objectives import clamped_l1, eikonal

SIZE, POINTS = 64, 512
BINS = np.linspace(0, 2, 41)


def run(options: EikonalOptions):
    plane = torch.cat([torch.from_numpy(centres(SIZE, SIZE)), torch.zeros(SIZE * SIZE, 1)], dim=1)
    yield slice_of("exact distance, z = 0", torus(plane))
    space = 2 * torch.rand(2000, 3, generator=torch.Generator().manual_seed(1)) - 1
    weights = {"without": 0.0, "with": options.weight}
    nets = {
        name: sf.new_field("deepsdf", width=96, depth=4, skip=2, initialisation="default", seed=options.seed)
        for name in weights
    }

    def losses_of(name):
        def losses(draw):
            x = near_and_far(torus, POINTS, POINTS // 2, 3, draw)
            if not weights[name]:
                return {"distance": clamped_l1(nets[name](x)[:, 0], torus(x), options.clamp)}
            values, slopes = value_and_gradient(nets[name], x, differentiable=True)
            term = weights[name] * eikonal(slopes)
            return {"distance": clamped_l1(values[:, 0], torus(x), options.clamp), "eikonal": term}

        return losses

    yield Stage("training")
    runs = [descend(nets[name], losses_of(name), options.steps, 2e-3, options.seed) for name in nets]
    history, pace = {name: [] for name in nets}, Pace(0.6)
    for pair in zip(*runs, strict=True):
        for name, progress in zip(nets, pair, strict=True):
            history[name].append(progress.losses["distance"])
        if pace.due() or pair[0].done == options.steps:
            yield pair[1]
            for name, net in nets.items():
                with torch.no_grad():
                    yield slice_of(f"{name} the term", net(plane)[:, 0])
                yield histogram(name, net, space)
                steps = np.arange(1, len(history[name]) + 1)
                yield Curve("clamped L1", name, steps, np.array(history[name]), log="y")
    for name, net in nets.items():
        yield Fact(f"mean | ‖∇f‖ - 1 | {name}", float((slopes_of(net, space) - 1).abs().mean()))
        with torch.no_grad():
            inside, wanted = net(space)[:, 0] < 0, torus(space) < 0
        yield Fact(f"IoU {name}", float((inside & wanted).sum() / (inside | wanted).sum()))


def slopes_of(net, x):
    return value_and_gradient(net, x)[1].norm(dim=1)


def histogram(name: str, net, x):
    share, edges = np.histogram(slopes_of(net, x).clamp(max=1.999).numpy(), BINS)
    middles = (edges[1:] + edges[:-1]) / 2
    return Curve("points by slope ‖∇f‖ [%]", name, middles, 100 * share / len(x), "‖∇f‖", style="steps")


def slice_of(title: str, values):
    shown = values.reshape(SIZE, SIZE).numpy()
    return Image(title, shown, "signed", -0.6, 0.6, zero_level(shown))
