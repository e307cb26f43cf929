"""A physics-informed network (Raissi et al. 2019) of sines (Sitzmann et al. 2020): the heat equation.

u_t = α u_xx for x and t in [0, 1], u(x, 0) = 4 x (1 - x), u(0, t) = u(1, t) = 0. In closed form
    u(x, t) = Σ 32 / (nπ)³ sin(nπx) exp(-α (nπ)² t),   n = 1, 3, 5, …
"""

import math

import numpy as np
import torch

import shapefield as sf
from shapefield.events import Stage
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.descent import Pace, descend
from shapefield.lab.experiments import HeatOptions

POINTS = 256
TIMES = (0.0, 0.1, 0.3, 1.0)


def series(x, t, alpha: float, terms: int = 40):
    """The analytic solution at points x and times t, which broadcast."""
    n = math.pi * (2 * torch.arange(terms, dtype=torch.float64) + 1)
    x, t = x.double()[..., None], t.double()[..., None]
    return (32 / n**3 * torch.sin(n * x) * torch.exp(-alpha * n**2 * t)).sum(dim=-1)


def run(options: HeatOptions):
    net = sf.new_field("siren", inputs=2, width=64, depth=3, omega=options.omega, seed=options.seed)

    def u(x, t):
        return net(2 * torch.stack([x, t], dim=1) - 1)[:, 0]

    def losses(draw):
        x, t = (torch.rand(POINTS, generator=draw, requires_grad=True) for _ in range(2))
        u_x, u_t = torch.autograd.grad(u(x, t).sum(), (x, t), create_graph=True)
        (u_xx,) = torch.autograd.grad(u_x.sum(), x, create_graph=True)
        start, ends = torch.rand(POINTS // 2, generator=draw), torch.rand(POINTS // 2, generator=draw)
        side = (torch.rand(POINTS // 2, generator=draw) < 0.5).float()
        return {
            "equation": (u_t - options.alpha * u_xx).square().mean(),
            "start": 100 * (u(start, torch.zeros_like(start)) - 4 * start * (1 - start)).square().mean(),
            "ends": 100 * u(side, ends).square().mean(),
        }

    yield Stage("training")
    grid = torch.linspace(0, 1, 64)
    t, x = torch.meshgrid(grid, grid, indexing="ij")
    truth = series(x, t, options.alpha)
    history, pace = {}, Pace()
    for progress in descend(net, losses, options.steps, 2e-3, options.seed):
        for name, value in progress.losses.items():
            history.setdefault(name, []).append(value)
        if pace.due() or progress.done == options.steps:
            yield progress
            with torch.no_grad():
                ours = u(x.flatten(), t.flatten()).reshape(x.shape).double()
            yield from pictures(ours, truth)
            for name, values in history.items():
                yield Curve("losses", name, np.arange(1, len(values) + 1), np.array(values), log="y")
            yield from profiles(u, grid, options.alpha)
    yield Fact("relative L2 error", float((ours - truth).norm() / truth.norm()), at_most=0.01)
    yield Fact("largest error", float((ours - truth).abs().max()))


def pictures(ours, truth):
    yield Image("network: u(x right, t down)", ours.numpy(), "scale", 0.0, 1.0)
    yield Image("series", truth.numpy(), "scale", 0.0, 1.0)
    yield Image("network - series, ± 0.02", (ours - truth).numpy(), "signed", -0.02, 0.02)


def profiles(u, x, alpha: float):
    plot = "u(x) at four times; dots: the series"
    for time in TIMES:
        t = torch.full_like(x, time)
        with torch.no_grad():
            yield Curve(plot, f"t = {time:g}", x.numpy(), u(x, t).numpy(), "x")
        some = slice(None, None, 3)
        exact = series(x[some], t[some], alpha).numpy()
        yield Curve(plot, f"series, t = {time:g}", x[some].numpy(), exact, "x", style="dots", faint=True)
