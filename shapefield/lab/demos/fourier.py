"""Fourier features let networks learn high frequencies (Tancik et al. 2020): a checkerboard of 32 × 32 pixels.

The same ReLU network twice: once on the coordinates x, once on γ(x) = [sin 2πBx, cos 2πBx], B ~ N(0, σ²).
"""

import numpy as np
import torch

import shapefield as sf
from shapefield.events import Stage
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.descent import Pace, descend, spread_kinks
from shapefield.lab.experiments import FourierDemo
from shapefield.lab.pictures import centres
from shapefield.picturemetrics import psnr

SIZE, DENSE = 32, 128


def board(squares: int, size: int = SIZE) -> np.ndarray:
    """(size, size) of 0 and 1."""
    row = np.arange(size) * squares // size
    return ((row[:, None] + row[None, :]) % 2).astype(np.float32)


def run(options: FourierDemo):
    truth = board(options.squares)
    yield Image("checkerboard", truth, low=0.0, high=1.0)
    yield Stage("training")
    dense = torch.from_numpy(centres(DENSE, DENSE))
    x, y = torch.from_numpy(centres(SIZE, SIZE)), torch.from_numpy(truth.reshape(-1, 1))
    fourier = {"sigma": options.sigma, "frequencies": options.frequencies}
    nets = {
        "mlp": spread_kinks(sf.new_field("mlp", inputs=2, width=128, depth=3, seed=options.seed), options.seed),
        "fourier": sf.new_field("fourier", inputs=2, width=128, depth=3, seed=options.seed, **fourier),
    }
    runs = [
        descend(net, lambda _, net=net: {"error": (net(x) - y).square().mean()}, options.steps, 2e-3)
        for net in nets.values()
    ]
    losses, pace = {name: [] for name in nets}, Pace()
    for pair in zip(*runs, strict=True):
        for name, progress in zip(nets, pair, strict=True):
            losses[name].append(progress.losses["error"])
        if pace.due() or len(losses["mlp"]) == options.steps:
            yield pair[1]
            for name, net in nets.items():
                with torch.no_grad():
                    yield Image(name, net(x).reshape(SIZE, SIZE).numpy(), low=0.0, high=1.0)
                steps = np.arange(1, len(losses[name]) + 1)
                yield Curve("mean squared error", name, steps, np.array(losses[name]), log="y")
            with torch.no_grad():
                between = nets["fourier"](dense).reshape(DENSE, DENSE).numpy()
            yield Image("fourier, drawn at 128 × 128", between, low=0.0, high=1.0)
    for name, net in nets.items():
        with torch.no_grad():
            drawn = net(x).reshape(SIZE, SIZE, 1).numpy()
        yield Fact(f"error of {name}", float(np.square(drawn[..., 0] - truth).mean()))
        yield Fact(f"PSNR of {name}", psnr(drawn, truth[..., None]), "dB")
    yield Fact("error of fourier between the pixels", float(np.square(between - board(options.squares, DENSE)).mean()))
