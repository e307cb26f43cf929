"""The methods: what each one is, when to use it, its options and its training defaults. Knows no torch.

The networks themselves are in `shapefield.fields`, one room a method; `Method.module` names the room.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from shapefield.config import Checked, option
from shapefield.errors import UsageError


@dataclass(frozen=True)
class HashGridOptions(Checked):
    """Multiresolution hash grid, Müller et al. 2022."""

    levels: int = option(8, "levels of the grid", low=1, high=32)
    features: int = option(2, "features a level", low=1, high=8)
    table: int = option(17, "table entries a level, as a power of two", low=8, high=24)
    coarsest: int = option(16, "cells along the box at the coarsest level", low=2, high=512)
    finest: int = option(256, "cells along the box at the finest level", low=2, high=8192)
    width: int = option(64, "units of a hidden layer", low=4, high=1024)
    depth: int = option(2, "hidden layers", low=1, high=8)


@dataclass(frozen=True)
class HybridOptions(HashGridOptions):
    """A coarse grid of exact distances, and a hash grid that learns what is left."""

    levels: int = option(5, "levels of the grid", low=1, high=32)
    coarsest: int = option(48, "cells along the box at the coarsest level", low=2, high=512)
    finest: int = option(384, "cells along the box at the finest level", low=2, high=8192)
    width: int = option(32, "units of a hidden layer", low=4, high=1024)
    depth: int = option(1, "hidden layers", low=1, high=8)
    base: int = option(48, "nodes along the box of the exact coarse grid", low=4, high=256)


@dataclass(frozen=True)
class DeepSDFOptions(Checked):
    """DeepSDF decoder, Park et al. 2019."""

    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(8, "hidden layers", low=2, high=32)
    skip: int = option(4, "the layer at which the input is concatenated again, 0 for none", low=0, high=31)
    weight_norm: bool = option(False, "weight normalisation of the hidden layers, as the paper has it")
    initialisation: str = option(
        "geometric", "geometric starts as a sphere's distance (Atzmon & Lipman 2020)", choices=("geometric", "default")
    )


@dataclass(frozen=True)
class OccupancyOptions(Checked):
    """Occupancy network, Mescheder et al. 2019: a logit, positive inside."""

    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(5, "hidden layers", low=1, high=32)


@dataclass(frozen=True)
class SirenOptions(Checked):
    """SIREN, Sitzmann et al. 2020."""

    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(5, "sine layers", low=1, high=32)
    omega: float = option(30.0, "frequency of every sine layer", low=0.1, high=1000.0)


@dataclass(frozen=True)
class FourierOptions(Checked):
    """Random Fourier features, Tancik et al. 2020."""

    frequencies: int = option(256, "number of random frequencies M", low=1, high=8192)
    sigma: float = option(1.5, "standard deviation of the frequencies", unit="cycles/unit", low=0.001, high=1000.0)
    learned: bool = option(False, "make the frequencies and a phase parameters")
    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(4, "hidden layers", low=1, high=32)


@dataclass(frozen=True)
class PosencOptions(Checked):
    """Positional encoding with fixed frequencies 2^k, Mildenhall et al. 2020."""

    frequencies: int = option(6, "number of octaves L", low=1, high=20)
    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(4, "hidden layers", low=1, high=32)


@dataclass(frozen=True)
class MLPOptions(Checked):
    """A plain ReLU network, the baseline that shows spectral bias (Rahaman et al. 2019)."""

    width: int = option(256, "units of a hidden layer", low=4, high=4096)
    depth: int = option(5, "hidden layers", low=1, high=32)


@dataclass(frozen=True)
class Recipe:
    """A method's own training defaults, taken wherever the user set nothing."""

    rate: float
    batch: int
    schedule: str = "cosine"
    ema: float = 0.0
    eikonal: float = 0.0
    clamp: float = 0.0
    early_stop: float = 0.0


@dataclass(frozen=True)
class Method:
    """One way to represent a shape.

    kind     : "distance" (signed, negative inside) or "occupancy" (a logit, positive inside)
    options  : the dataclass of its architecture's options
    recipe   : training defaults of the cpu preset
    paper    : what the paper preset changes: option values and recipe values by name
    compact  : what the compact preset changes likewise; its weights are rounded and packed as well
    aid      : what it gets beside the samples, as its name states; "" for nothing
    factory  : for registered methods, builds the module; otherwise None and `module` is imported
    """

    name: str
    summary: str
    when: str
    source: str
    kind: str
    module: str
    options: type[Any]
    recipe: Recipe
    paper: dict[str, Any] = field(default_factory=dict)
    compact: dict[str, Any] = field(default_factory=dict)
    aid: str = ""
    activation: str = "ReLU"
    encoding: str = "none"
    factory: Callable[..., Any] | None = None

    def preset(self, name: str) -> tuple[dict[str, Any], Recipe]:
        """Option values and recipe of a preset: "cpu", "paper" or "compact"."""
        changes = {"paper": self.paper, "compact": self.compact}.get(name, {})
        of_recipe = {f.name for f in fields(Recipe)}
        options = {k: v for k, v in changes.items() if k not in of_recipe}
        return options, replace(self.recipe, **{k: v for k, v in changes.items() if k in of_recipe})


METHODS: dict[str, Method] = {
    m.name: m
    for m in (
        Method(
            "hybrid",
            "an exact coarse grid of distances plus a small hash grid that learns the rest",
            "the default: the most exact surface in the least time, on any machine",
            "own measurement",
            "distance",
            "shapefield.fields.hybrid",
            HybridOptions,
            Recipe(rate=1e-2, batch=1 << 14, ema=0.95),
            compact={"levels": 4, "table": 14, "finest": 256},
            aid="a coarse grid of exact distances",
            encoding="coarse grid + hash grid",
        ),
        Method(
            "hashgrid",
            "a multiresolution hash grid and a small network",
            "quick and sharp without any aid; the method to compare others with",
            "Instant-NGP, Müller et al. 2022",
            "distance",
            "shapefield.fields.hashgrid",
            HashGridOptions,
            Recipe(rate=1e-2, batch=1 << 14, ema=0.95),
            paper={"levels": 16, "table": 19, "finest": 2048, "batch": 1 << 18},
            encoding="hash grid",
        ),
        Method(
            "deepsdf",
            "a deep ReLU network with a skip connection, clamped distances and the eikonal term",
            "smooth shapes, shape spaces, and comparisons with the literature; slow to train",
            "DeepSDF, Park et al. 2019",
            "distance",
            "shapefield.fields.deepsdf",
            DeepSDFOptions,
            Recipe(rate=1e-3, batch=1 << 12, clamp=0.1, eikonal=0.01),
            paper={"width": 512, "weight_norm": True, "initialisation": "default", "rate": 5e-4, "batch": 1 << 14},
        ),
        Method(
            "occupancy",
            "a ReLU network that says inside or outside",
            "when only inside and outside matter; its value is no distance",
            "Occupancy Networks, Mescheder et al. 2019",
            "occupancy",
            "shapefield.fields.occupancy",
            OccupancyOptions,
            Recipe(rate=1e-3, batch=1 << 11),
        ),
        Method(
            "siren",
            "a network of sines, smooth in all derivatives",
            "when gradients and curvature matter, or the file must be small",
            "SIREN, Sitzmann et al. 2020",
            "distance",
            "shapefield.fields.siren",
            SirenOptions,
            Recipe(rate=3e-4, batch=1 << 12),
            paper={"rate": 1e-4},
            activation="sine",
        ),
        Method(
            "fourier",
            "random Fourier features and a ReLU network",
            "to study bandwidth: one number, sigma, sets how fine it can be",
            "Fourier features, Tancik et al. 2020",
            "distance",
            "shapefield.fields.fourier",
            FourierOptions,
            Recipe(rate=1e-3, batch=1 << 12),
            encoding="random Fourier features",
        ),
        Method(
            "posenc",
            "fixed octaves of sines and cosines and a ReLU network",
            "the encoding of NeRF, on a shape",
            "NeRF, Mildenhall et al. 2020",
            "distance",
            "shapefield.fields.posenc",
            PosencOptions,
            Recipe(rate=1e-3, batch=1 << 12),
            paper={"frequencies": 10},
            encoding="octaves of sines",
        ),
        Method(
            "mlp",
            "a plain ReLU network",
            "the baseline: shows what the others gain",
            "spectral bias, Rahaman et al. 2019",
            "distance",
            "shapefield.fields.mlp",
            MLPOptions,
            Recipe(rate=1e-3, batch=1 << 12),
        ),
    )
}


def method(name: str) -> Method:
    """The method of that name; UsageError lists the permitted names and the nearest one."""
    if name in METHODS:
        return METHODS[name]
    near = difflib.get_close_matches(name, METHODS, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    raise UsageError(f"method: expected one of {', '.join(METHODS)}, got {name!r}{hint}")


def register(name: str, factory: Callable[..., Any], *, kind: str = "distance", recipe: Recipe | None = None) -> None:
    """Give a network of your own the same training, extraction and report as the built-in methods.

    factory : called as `factory(inputs=3, outputs=1)`, returns an `nn.Module` that maps (n, 3) points of the unit
              frame to (n, 1) signed distances of the unit frame (kind "distance", negative inside)
              or logits (kind "occupancy", positive inside)
    Raises UsageError for a name that is taken by a built-in method, or an unknown kind.
    """
    if name in METHODS and METHODS[name].factory is None:
        raise UsageError(f"register: expected a new name, got {name!r}, which is built in: choose another")
    if kind not in ("distance", "occupancy"):
        raise UsageError(f"register: expected kind distance or occupancy, got {kind!r}")
    METHODS[name] = Method(
        name,
        "a registered module",
        "your own",
        "user",
        kind,
        "",
        NoOptions,
        recipe or Recipe(rate=1e-3, batch=1 << 12),
        factory=factory,
    )


@dataclass(frozen=True)
class NoOptions(Checked):
    """A registered method has no options of ours."""
