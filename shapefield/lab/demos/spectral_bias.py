"""Spectral bias (Rahaman et al. 2019): how many steps a network needs to learn sin(kx), against k.

A plain ReLU network, random Fourier features and a SIREN learn every wave from the same 256 points; x runs over
[-π, π] and is given to the networks as x / π. The tangent kernels of the fresh networks say why.
"""

import math

import numpy as np
import torch

import shapefield as sf
from shapefield.events import Progress, Stage
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.descent import Pace, descend, spread_kinks
from shapefield.lab.experiments import SpectralBiasOptions
from shapefield.lab.ntk import spectrum, tangent_kernel

RATES = {"mlp": 2e-3, "fourier": 2e-3, "siren": 5e-4}
FIT = "sin(kx), and what was learnt of the latest k"


def network(name: str, options: SpectralBiasOptions, seed: int):
    own = {
        "mlp": {},
        "fourier": {"sigma": options.sigma, "frequencies": options.frequencies},
        "siren": {"omega": options.omega},
    }
    net = sf.new_field(name, inputs=1, width=64, depth=3, seed=seed, **own[name])
    return net if name == "siren" else spread_kinks(net, seed)


def run(options: SpectralBiasOptions):
    needed, pace = {name: [] for name in RATES}, Pace()
    for name, steps in needed.items():
        yield steps_so_far(name, steps, options.steps)
    yield Stage("kernels")
    yield from kernels(options)
    yield Stage("training")
    x = torch.linspace(-1, 1, 256)[:, None]
    for k in range(1, options.highest + 1):
        wave = torch.sin(k * math.pi * x)
        yield Curve(FIT, "sin(kx)", math.pi * x[:, 0].numpy(), wave[:, 0].numpy(), "x", faint=True)
        for name, rate in RATES.items():
            net = network(name, options, options.seed + k)
            for progress in descend(
                net, lambda _, net=net, wave=wave: {"error": (net(x) - wave).square().mean()}, options.steps, rate, k
            ):
                if pace.due():
                    yield Progress("training", k - 1, options.highest, losses=progress.losses)
                    yield fit_so_far(name, net, x)
                if progress.losses["error"] < options.tolerance:
                    break
            needed[name].append(progress.done if progress.losses["error"] < options.tolerance else math.inf)
            yield fit_so_far(name, net, x)
            yield steps_so_far(name, needed[name], options.steps)
    for name, steps in needed.items():
        yield Fact(f"waves learnt by {name}", sum(map(math.isfinite, steps)), f"of {options.highest}")


def kernels(options: SpectralBiasOptions):
    x = torch.linspace(-1, 1, 96)[:, None]
    for name in RATES:
        kernel = tangent_kernel(network(name, options, options.seed), x)
        values = spectrum(kernel).clamp_min(0)
        yield Image(f"tangent kernel of {name}", (kernel / kernel.max()).detach().numpy(), "scale", 0.0, 1.0)
        shown = (values / values[0]).clamp_min(1e-9).detach().numpy()
        yield Curve("eigenvalues of the tangent kernel, λ / λ₁", name, np.arange(1, 97), shown, "rank", "y")
        yield Fact(f"λ₃₂ / λ₁ of {name}", float(values[31] / values[0]))


def fit_so_far(name: str, net, x):
    with torch.no_grad():
        return Curve(FIT, name, math.pi * x[:, 0].numpy(), net(x)[:, 0].numpy(), "x")


def steps_so_far(name: str, steps: list[float], most: int):
    k, shown = np.arange(1, len(steps) + 1), np.minimum(steps, most)
    return Curve(f"steps to learn sin(kx) ({most}: not learnt)", name, k, shown, "k", "y", "line")
