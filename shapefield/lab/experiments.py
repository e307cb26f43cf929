"""The experiments of the lab: what each one is called, what to see in it, and what can be set. Knows no torch.

Each stands in a room of its own, `shapefield.lab.demos.NAME`, as `run(options) -> generator of events`. The command
line's flags and the window's sliders are made from the option dataclasses here.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from shapefield.config import Checked, option
from shapefield.errors import one_of


@dataclass(frozen=True)
class Common(Checked):
    """What every experiment that trains has."""

    seed: int = option(0, "seed of everything random", low=0, high=2**31 - 1)


@dataclass(frozen=True)
class SpectralBiasOptions(Common):
    """Which frequencies a network learns first."""

    highest: int = option(32, "highest k of sin(kx)", low=2, high=64)
    steps: int = option(800, "steps after which a frequency counts as not learnt", low=10, high=5000)
    tolerance: float = option(0.01, "mean squared error that counts as learnt", low=1e-5, high=0.4)
    omega: float = option(30.0, "SIREN's frequency ω0", low=1.0, high=120.0)
    sigma: float = option(5.0, "standard deviation σ of the Fourier features", unit="cycles/unit", low=0.1, high=40.0)
    frequencies: int = option(64, "number of Fourier features M", low=1, high=512)


@dataclass(frozen=True)
class FourierDemo(Common):
    """A checkerboard with and without Fourier features."""

    steps: int = option(500, "optimiser steps", low=1, high=20_000)
    sigma: float = option(5.0, "standard deviation σ of the frequencies", unit="cycles/unit", low=0.1, high=40.0)
    frequencies: int = option(128, "number of Fourier features M", low=1, high=1024)
    squares: int = option(8, "squares along the board's edge", low=2, high=32)


@dataclass(frozen=True)
class SirenDemo(Common):
    """A SIREN and its derivatives."""

    steps: int = option(1000, "optimiser steps", low=1, high=20_000)
    omega: float = option(15.0, "frequency ω0 of every sine layer", low=1.0, high=120.0)
    width: int = option(64, "units of a layer", low=8, high=512)


@dataclass(frozen=True)
class HeatOptions(Common):
    """The heat equation, solved by a network."""

    alpha: float = option(0.1, "diffusivity α", low=0.01, high=1.0)
    omega: float = option(6.0, "frequency ω0 of every sine layer", low=1.0, high=60.0)
    steps: int = option(600, "optimiser steps", low=1, high=20_000)


@dataclass(frozen=True)
class DeepSDFDemo(Common):
    """One decoder, a code for each shape."""

    steps: int = option(1000, "optimiser steps", low=1, high=20_000)
    latent: int = option(8, "numbers of a shape's code", low=1, high=64)
    clamp: float = option(0.1, "clamp δ of the distances", low=0.01, high=1.0)


@dataclass(frozen=True)
class LatentOptions(Common):
    """Three families of shapes, and the map of their codes."""

    steps: int = option(700, "optimiser steps", low=1, high=20_000)
    members: int = option(5, "shapes of each family", low=2, high=50)
    latent: int = option(6, "numbers of a shape's code", low=2, high=64)


@dataclass(frozen=True)
class EikonalOptions(Common):
    """DeepSDF with and without the eikonal term."""

    steps: int = option(1500, "optimiser steps", low=1, high=20_000)
    weight: float = option(0.02, "weight λ of the eikonal term", low=0.001, high=10.0)
    clamp: float = option(0.1, "clamp δ of the distances", low=0.01, high=1.0)


@dataclass(frozen=True)
class NerfOptions(Common):
    """One ray through a known density."""

    coarse: int = option(64, "coarse samples on the ray", low=4, high=512)
    fine: int = option(128, "fine samples on the ray", low=0, high=1024)
    density: float = option(3.0, "density σ of the front ball", unit="1/unit", low=0.1, high=100.0)
    height: float = option(0.1, "height of the ray over the middle", unit="unit", low=-0.7, high=0.7)


@dataclass(frozen=True)
class Experiment:
    """One demonstration.

    see : one sentence on what to look for;  module : its room;  options : the dataclass of what can be set
    path : of a user's own file, which its module was read from
    """

    name: str
    title: str
    see: str
    module: str
    options: type[Any]
    path: Path | None = None

    def run(self, options: Any = None) -> Generator[Any, Any, None]:
        """The experiment's events: Stage, Progress, and the records of `lab.board`."""
        room = importlib.import_module(self.module)
        from shapefield.lab.descent import one_thread

        with one_thread():
            yield from room.run(options or self.options())

    def code(self) -> str:
        """The source of its one file."""
        if self.path is not None:
            return self.path.read_text(encoding="utf-8")
        package, _, name = self.module.rpartition(".")
        return (resources.files(package) / f"{name}.py").read_text(encoding="utf-8")


_ROOM = "shapefield.lab.demos"
EXPERIMENTS: dict[str, Experiment] = {
    e.name: e
    for e in (
        Experiment(
            "spectral-bias",
            "Spectral bias: slow waves are learnt first",
            "The plain network needs more steps the higher the frequency, and soon never gets there; Fourier features "
            "and sines do not. Its kernel's eigenvalues fall steeply, theirs stay level.",
            f"{_ROOM}.spectral_bias",
            SpectralBiasOptions,
        ),
        Experiment(
            "fourier",
            "A checkerboard, with and without Fourier features",
            "After the same steps the plain network is still a blur, while the one that sees random sines and cosines "
            "has sharp squares. A σ too small blurs again; a large one, as 5 is, gives noise between the pixels.",
            f"{_ROOM}.fourier",
            FourierDemo,
        ),
        Experiment(
            "siren",
            "A SIREN knows its derivatives",
            "Only the values of sin(10 r) were shown to the network, and its gradient and Laplacian are right too, "
            "away from the point r = 0 where they do not exist. A picture of 64 × 64 is drawn at 128 × 128.",
            f"{_ROOM}.siren",
            SirenDemo,
        ),
        Experiment(
            "heat",
            "The heat equation, solved by a network",
            "Nobody tells the network the answer: it only has to obey u_t = α u_xx, start as the parabola and stay 0 "
            "at both ends. Its solution lies on the analytic series.",
            f"{_ROOM}.heat",
            HeatOptions,
        ),
        Experiment(
            "deepsdf",
            "DeepSDF: one network, a code for each shape",
            "One decoder holds three shapes, each a short code; between two codes lie shapes that nobody drew. Away "
            "from the surface, beyond the clamp, nothing holds the field to the distance.",
            f"{_ROOM}.deepsdf",
            DeepSDFDemo,
        ),
        Experiment(
            "latent",
            "A map of codes: three families of shapes",
            "Nobody said which shape is of which family, yet codes of one family lie together on the map; between two "
            "of them lie shapes that nobody drew. A shape that was not trained gets a code by fitting it alone.",
            f"{_ROOM}.latent",
            LatentOptions,
        ),
        Experiment(
            "eikonal",
            "The eikonal term makes a field a distance",
            "Both networks have the same surface. Beyond the clamp nothing holds the plain one, and its slope drifts; "
            "with the term it is 1 nearly everywhere, as a distance's must be.",
            f"{_ROOM}.eikonal",
            EikonalOptions,
        ),
        Experiment(
            "nerf",
            "One ray of a NeRF, sample by sample",
            "Coarse samples find where the light is stopped, and fine samples go there: they draw the weights' shape. "
            "The colour is no nearer than with as many even samples, for here it hangs on the balls' hard edges.",
            f"{_ROOM}.nerf",
            NerfOptions,
        ),
    )
}


def experiment(name: str) -> Experiment:
    """The experiment of that name; UsageError lists the names and the nearest one."""
    if name in EXPERIMENTS:
        return EXPERIMENTS[name]
    raise one_of("demo", EXPERIMENTS, name)
