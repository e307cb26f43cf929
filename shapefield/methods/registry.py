"""The registry of methods.

The networks themselves are in `shapefield.fields`, one room a method; `Method.module` names the room.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from shapefield.errors import UsageError, one_of
from shapefield.methods.options import (
    BaconOptions,
    DeepSDFOptions,
    FourierOptions,
    HashGridOptions,
    HybridOptions,
    KPlanesOptions,
    MLPOptions,
    NoOptions,
    OccupancyOptions,
    PosencOptions,
    SirenOptions,
    TensorfOptions,
    TriplaneOptions,
    WireOptions,
)


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
    mix: str = "balanced"


@dataclass(frozen=True)
class Method:
    """One way to represent a shape.

    kind     : "distance" (signed, negative inside) or "occupancy" (a logit, positive inside)
    options  : the dataclass of its architecture's options
    recipe   : training defaults of the cpu preset
    paper    : what the paper preset changes: option values and recipe values by name
    compact  : what the compact preset changes likewise; its weights are rounded and packed as well
    suited   : option values that depend on the number of training samples
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
    suited: Callable[[int], dict[str, Any]] = lambda samples: {}
    aid: str = ""
    activation: str = "ReLU"
    encoding: str = "none"
    factory: Callable[..., Any] | None = None

    def preset(self, name: str, samples: int | None = None) -> tuple[dict[str, Any], Recipe]:
        """Option values and recipe of a preset, "cpu", "paper" or "compact", for so many training samples."""
        changes = self.suited(samples) if samples is not None else {}
        changes |= {"paper": self.paper, "compact": self.compact}.get(name, {})
        of_recipe = {f.name for f in fields(Recipe)}
        options = {k: v for k, v in changes.items() if k not in of_recipe}
        return options, replace(self.recipe, **{k: v for k, v in changes.items() if k in of_recipe})


def _filled(samples: int) -> dict[str, Any]:
    """A finest level that has about two surface samples in every cell that the surface crosses, of 96 to 384 cells.

    Finer than its samples it is noise between them: mean errors with 168 and with 384 cells, 300 000 samples and
    700 steps, at 256³: bunny 1.42e-4 and 1.47e-4, fandisk 7.7e-5 and 8.2e-5, gyroid 2.2e-4 and 2.8e-4, impeller
    2.6e-4 and 6.3e-4. With 1.5 million samples the bunny at 512³ wants the 384: 6.0e-5, and 7.1e-5 with 192.
    """
    return {"finest": round(min(max(384 * math.sqrt(samples / 1.5e6), 96), 384))}


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
            Recipe(rate=1e-2, batch=1 << 14, ema=0.95, mix="instant-ngp"),
            compact={"base": 48, "levels": 4, "table": 14, "finest": 172},
            suited=_filled,
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
            Recipe(rate=2e-3, batch=1 << 10, clamp=0.1, eikonal=0.01, mix="deepsdf"),
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
            Recipe(rate=3e-3, batch=1 << 10, mix="deepsdf"),
            paper={"width": 256, "initialisation": "default", "rate": 1e-3, "batch": 1 << 11},
        ),
        Method(
            "siren",
            "a network of sines, smooth in all derivatives",
            "when gradients and curvature matter, or the file must be small",
            "SIREN, Sitzmann et al. 2020",
            "distance",
            "shapefield.fields.siren",
            SirenOptions,
            Recipe(rate=3e-4, batch=1 << 12, mix="instant-ngp"),
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
            Recipe(rate=1e-3, batch=1 << 9),
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
            Recipe(rate=1e-3, batch=1 << 9),
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
            Recipe(rate=1e-3, batch=1 << 9),
        ),
        Method(
            "wire",
            "a network of complex Gabor wavelets, local in space and in frequency",
            "pictures and inverse problems; robust to noise in the data",
            "WIRE, Saragadam et al. 2023",
            "distance",
            "shapefield.fields.wire",
            WireOptions,
            Recipe(rate=1e-3, batch=1 << 9, ema=0.95),
            activation="complex Gabor wavelet",
        ),
        Method(
            "bacon",
            "products of sines whose frequencies have a hard bound, with an output for every level of detail",
            "when the spectrum must be known, or several levels of detail are wanted from one field",
            "BACON, Lindell et al. 2022",
            "distance",
            "shapefield.fields.bacon",
            BaconOptions,
            Recipe(rate=2e-3, batch=1 << 9, ema=0.95),
            activation="product of sines",
        ),
        Method(
            "triplane",
            "three planes of features, added, and a small network",
            "generative models and encoders: planes are pictures that 2D networks can make",
            "Peng et al. 2020; EG3D, Chan et al. 2022",
            "distance",
            "shapefield.fields.planes",
            TriplaneOptions,
            Recipe(rate=1e-2, batch=1 << 10, ema=0.95),
            encoding="sum of planes",
        ),
        Method(
            "kplanes",
            "planes of features at several resolutions, multiplied, and a small network",
            "explicit and compact; the same idea extends to time",
            "K-Planes, Fridovich-Keil et al. 2023",
            "distance",
            "shapefield.fields.planes",
            KPlanesOptions,
            Recipe(rate=1e-2, batch=1 << 10, ema=0.95),
            encoding="product of planes",
        ),
        Method(
            "tensorf",
            "a grid of features as a sum of vectors times matrices, and a small network",
            "a dense grid's quality in a fraction of its memory",
            "TensoRF, Chen et al. 2022",
            "distance",
            "shapefield.fields.tensorf",
            TensorfOptions,
            Recipe(rate=1e-2, batch=1 << 10, ema=0.95),
            encoding="vectors times matrices",
        ),
    )
}


def method(name: str) -> Method:
    """The method of that name; UsageError lists the permitted names and the nearest one."""
    if name in METHODS:
        return METHODS[name]
    raise one_of("method", METHODS, name)


def register(name: str, factory: Callable[..., Any], *, kind: str = "distance", recipe: Recipe | None = None) -> None:
    """Give a network of your own the same training, extraction and report as the built-in methods.

    factory : called as `factory(inputs=3, outputs=1)`, returns an `nn.Module` that maps (n, 3) points of the unit
              frame to (n, 1) signed distances of the unit frame (kind "distance", negative inside)
              or logits (kind "occupancy", positive inside)
    kind    : "distance" or "occupancy", as above
    recipe  : training defaults; None for 4 096 points a step at a rate of 1e-3 with L1 alone
    Raises UsageError for a name that is taken by a built-in method, an unknown kind, or a factory that cannot be
    called so. A `.field` of such a method opens only where the same name is registered.
    """
    if name in METHODS and METHODS[name].factory is None:
        raise UsageError(f"register: expected a new name, got {name!r}, which is built in: choose another")
    if kind not in ("distance", "occupancy"):
        raise UsageError(f"register: expected kind distance or occupancy, got {kind!r}")
    if not _takes_sizes(factory):
        got = getattr(factory, "__name__", None) or repr(factory)
        raise UsageError(f"register: expected a factory called as factory(inputs=3, outputs=1), got {got}")
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


def _takes_sizes(factory: Any) -> bool:
    """Whether factory(inputs=…, outputs=…) is a call that its signature allows, as far as it has one."""
    if not callable(factory):
        return False
    try:
        inspect.signature(factory).bind(inputs=3, outputs=1)
    except TypeError:
        return False
    except ValueError:  # written in C, without a signature
        return True
    return True
