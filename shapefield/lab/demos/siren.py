"""SIREN (Sitzmann et al. 2020): a network of sines that is shown values only, and knows their derivatives too.

f(x, y) = sin(10 r), r = √(x² + y²), on 64 × 64 points of [-1, 1]². In closed form
    ∇f = 10 cos(10 r) (x, y) / r        Δf = -100 sin(10 r) + 10 cos(10 r) / r,
which do not exist at r = 0: errors are taken where r > 0.2. Then a picture of 64 × 64 pixels, drawn at 128 × 128.
"""

import numpy as np
import torch

import shapefield as sf
from shapefield.events import Stage
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.descent import Pace, descend
from shapefield.lab.experiments import SirenDemo
from shapefield.lab.picturefield import derivatives
from shapefield.lab.pictures import centres, read_picture
from shapefield.picturemetrics import psnr

SIZE = 64


def run(options: SirenDemo):
    yield Stage("training", "sin(10 r)")
    x = torch.from_numpy(centres(SIZE, SIZE))
    truth = closed_forms(x)
    net = sf.new_field("siren", inputs=2, width=options.width, depth=3, omega=options.omega, seed=options.seed)
    losses, pace = [], Pace()
    for progress in descend(net, lambda _: {"error": (net(x) - truth["value"]).square().mean()}, options.steps, 1e-3):
        losses.append(progress.losses["error"])
        if pace.due() or progress.done == options.steps:
            yield progress
            yield Curve("mean squared error", "sin(10 r)", np.arange(1, len(losses) + 1), np.array(losses), log="y")
            yield from compared(net, x, truth)
    yield from errors(net, x, truth)
    yield from enlarged(options)


def closed_forms(x):
    r = x.norm(dim=1, keepdim=True)
    return {
        "value": torch.sin(10 * r),
        "slope": 10 * torch.cos(10 * r) * x / r,
        "laplacian": -100 * torch.sin(10 * r) + 10 * torch.cos(10 * r) / r,
    }


def found(net, x):
    slope, laplacian = derivatives(lambda p: net(p)[:, 0], x.clone().requires_grad_(True))
    return {"value": net(x).detach(), "slope": slope.detach(), "laplacian": laplacian.detach()[:, None]}


def compared(net, x, truth):
    ours = found(net, x)
    for whose, of in (("", truth), ("SIREN's ", ours)):
        for name, title in (("value", "f"), ("slope", "‖∇f‖"), ("laplacian", "Δf")):
            values = of[name]
            shown = values.norm(dim=1) if name == "slope" else values[:, 0]
            top = {"value": 1.0, "slope": 10.0, "laplacian": 100.0}[name]
            colours, low = ("scale", 0.0) if name == "slope" else ("signed", -top)
            yield Image(whose + title, shown.reshape(SIZE, SIZE).numpy(), colours, low, top)


def errors(net, x, truth):
    ours, away = found(net, x), x.norm(dim=1) > 0.2
    for name, title, most in (("value", "f", 0.01), ("slope", "∇f", 0.05), ("laplacian", "Δf", 0.2)):
        off = (ours[name] - truth[name])[away].norm() / truth[name][away].norm()
        yield Fact(f"relative error of {title}", float(off), at_most=most)


def enlarged(options: SirenDemo):
    yield Stage("training", "a picture, enlarged")
    large = read_picture("sample:camera").pixels[:512, :512, 0].reshape(128, 4, 128, 4).mean(axis=(1, 3))
    small = large.reshape(SIZE, 2, SIZE, 2).mean(axis=(1, 3))
    x, y = torch.from_numpy(centres(SIZE, SIZE)), torch.from_numpy(small.reshape(-1, 1))
    dense = torch.from_numpy(centres(2 * SIZE, 2 * SIZE))
    net = sf.new_field("siren", inputs=2, width=options.width, depth=3, omega=options.omega, seed=options.seed)
    losses, pace = [], Pace()
    for progress in descend(net, lambda _: {"error": (net(x) - y).square().mean()}, options.steps, 2e-3):
        losses.append(progress.losses["error"])
        if pace.due() or progress.done == options.steps:
            yield progress
            yield Curve("mean squared error", "picture", np.arange(1, len(losses) + 1), np.array(losses), log="y")
            yield Image("picture, 64 × 64", small, low=0.0, high=1.0)
            with torch.no_grad():
                drawn = net(dense).reshape(2 * SIZE, 2 * SIZE).numpy()
            yield Image("SIREN's, 128 × 128", drawn, low=0.0, high=1.0)
    yield Image("the picture itself at 128 × 128", large, low=0.0, high=1.0)
    yield Fact("picture: PSNR at 64 × 64", psnr(net(x).detach().reshape(SIZE, SIZE, 1).numpy(), small[..., None]), "dB")
    yield Fact("picture: PSNR at 128 × 128", psnr(drawn[..., None], large[..., None]), "dB")
    repeated = np.repeat(np.repeat(small, 2, axis=0), 2, axis=1)
    yield Fact("the same, pixels repeated", psnr(repeated[..., None], large[..., None]), "dB")
