"""The built-in methods for shapes, a row each; the networks are in `shapefield.fields`, one file a method."""

from __future__ import annotations

import math
from typing import Any

from shapefield.methods.method import Capabilities, Method, Prior, Recipe
from shapefield.methods.options import (
    BaconOptions,
    DeepSDFOptions,
    FourierOptions,
    HashGridOptions,
    HybridOptions,
    KPlanesOptions,
    MLPOptions,
    OccupancyOptions,
    PosencOptions,
    SirenOptions,
    TensorfOptions,
    TriplaneOptions,
    WireOptions,
)

ANY = (1, 2, 3, 4, 5, 6, 7)
"""Numbers of coordinates that a network of layers takes, and that a hash grid has primes for."""
WIDTH = {"width": range(4, 2049)}
CELLS = {"cells": range(4, 2049)}
TABLES = {"table": range(8, 25)}


def _filled(samples: int) -> dict[str, Any]:
    """A finest level that has about two surface samples in every cell that the surface crosses, of 96 to 384 cells.

    Finer than its samples it is noise between them: mean errors with 168 and with 384 cells, 300 000 samples and
    700 steps, at 256³: bunny 1.42e-4 and 1.47e-4, fandisk 7.7e-5 and 8.2e-5, gyroid 2.2e-4 and 2.8e-4, impeller
    2.6e-4 and 6.3e-4. With 1.5 million samples the bunny at 512³ wants the 384: 6.0e-5, and 7.1e-5 with 192.
    """
    return {"finest": round(min(max(384 * math.sqrt(samples / 1.5e6), 96), 384))}


SHAPES = (
    Method(
        "hybrid",
        "an exact coarse grid of distances plus a small hash grid that learns the rest",
        "the default: the most exact surface in the least time, on any machine",
        "own measurement",
        "shapefield.fields.hybrid",
        HybridOptions,
        can=Capabilities(
            (2, 3),
            condition=True,
            prior=Prior("a coarse grid of exact distances", "base"),
            sizes=TABLES | {"base": (24, 32, 40, 48)},
        ),
        recipe=Recipe(rate=1e-2, batch=1 << 14, ema=0.95, mix="instant-ngp"),
        compact={"base": 48, "levels": 4, "table": 14, "finest": 172},
        suited=_filled,
        encoding="coarse grid + hash grid",
    ),
    Method(
        "hashgrid",
        "a multiresolution hash grid and a small network",
        "quick and sharp without any aid; the method to compare others with",
        "Instant-NGP, Müller et al. 2022",
        "shapefield.fields.hashgrid",
        HashGridOptions,
        can=Capabilities(ANY, condition=True, colour=True, sizes=TABLES | {"levels": range(2, 17)}),
        recipe=Recipe(rate=1e-2, batch=1 << 14, ema=0.95),
        paper={"levels": 16, "table": 19, "finest": 2048, "batch": 1 << 18},
        encoding="hash grid",
    ),
    Method(
        "deepsdf",
        "a deep ReLU network with a skip connection, clamped distances and the eikonal term",
        "smooth shapes, shape spaces, and comparisons with the literature; slow to train",
        "DeepSDF, Park et al. 2019",
        "shapefield.fields.deepsdf",
        DeepSDFOptions,
        can=Capabilities(ANY, condition=True, colour=True, sizes=WIDTH),
        recipe=Recipe(rate=2e-3, batch=1 << 10, clamp=0.1, eikonal=0.01, mix="deepsdf"),
        paper={"width": 512, "weight_norm": True, "initialisation": "default", "rate": 5e-4, "batch": 1 << 14},
    ),
    Method(
        "occupancy",
        "a ReLU network that says inside or outside",
        "when only inside and outside matter; its value is no distance",
        "Occupancy Networks, Mescheder et al. 2019",
        "shapefield.fields.occupancy",
        OccupancyOptions,
        can=Capabilities(ANY, condition=True, sizes=WIDTH),
        value="occupancy",
        recipe=Recipe(rate=3e-3, batch=1 << 10, mix="deepsdf"),
        paper={"width": 256, "initialisation": "default", "rate": 1e-3, "batch": 1 << 11},
    ),
    Method(
        "siren",
        "a network of sines, smooth in all derivatives",
        "when gradients and curvature matter, or the file must be small",
        "SIREN, Sitzmann et al. 2020",
        "shapefield.fields.siren",
        SirenOptions,
        can=Capabilities(ANY, condition=True, colour=True, sizes=WIDTH),
        recipe=Recipe(rate=3e-4, batch=1 << 12, mix="instant-ngp"),
        paper={"rate": 1e-4},
        activation="sine",
    ),
    Method(
        "fourier",
        "random Fourier features and a ReLU network",
        "to study bandwidth: one number, sigma, sets how fine it can be",
        "Fourier features, Tancik et al. 2020",
        "shapefield.fields.fourier",
        FourierOptions,
        can=Capabilities(ANY, condition=True, colour=True, sizes=WIDTH),
        recipe=Recipe(rate=1e-3, batch=1 << 9),
        encoding="random Fourier features",
    ),
    Method(
        "posenc",
        "fixed octaves of sines and cosines and a ReLU network",
        "the encoding of NeRF, on a shape",
        "NeRF, Mildenhall et al. 2020",
        "shapefield.fields.posenc",
        PosencOptions,
        can=Capabilities(ANY, condition=True, colour=True, sizes=WIDTH),
        recipe=Recipe(rate=1e-3, batch=1 << 9),
        paper={"frequencies": 10},
        encoding="octaves of sines",
    ),
    Method(
        "mlp",
        "a plain ReLU network",
        "the baseline: shows what the others gain",
        "spectral bias, Rahaman et al. 2019",
        "shapefield.fields.mlp",
        MLPOptions,
        can=Capabilities(ANY, condition=True, colour=True, sizes=WIDTH),
        recipe=Recipe(rate=1e-3, batch=1 << 9),
    ),
    Method(
        "wire",
        "a network of complex Gabor wavelets, local in space and in frequency",
        "pictures and inverse problems; robust to noise in the data",
        "WIRE, Saragadam et al. 2023",
        "shapefield.fields.wire",
        WireOptions,
        can=Capabilities(ANY, condition=True, colour=True, sizes=WIDTH),
        recipe=Recipe(rate=1e-3, batch=1 << 9, ema=0.95),
        activation="complex Gabor wavelet",
    ),
    Method(
        "bacon",
        "products of sines whose frequencies have a hard bound, with an output for every level of detail",
        "when the spectrum must be known, or several levels of detail are wanted from one field",
        "BACON, Lindell et al. 2022",
        "shapefield.fields.bacon",
        BaconOptions,
        can=Capabilities(ANY, condition=True, detail="detail", colour=True, sizes=WIDTH),
        recipe=Recipe(rate=2e-3, batch=1 << 9, ema=0.95),
        activation="product of sines",
    ),
    Method(
        "triplane",
        "three planes of features, added, and a small network",
        "generative models and encoders: planes are pictures that 2D networks can make",
        "Peng et al. 2020; EG3D, Chan et al. 2022",
        "shapefield.fields.planes",
        TriplaneOptions,
        can=Capabilities(ANY[1:], condition=True, colour=True, sizes=CELLS),
        recipe=Recipe(rate=1e-2, batch=1 << 10, ema=0.95),
        encoding="sum of planes",
    ),
    Method(
        "kplanes",
        "planes of features at several resolutions, multiplied, and a small network",
        "explicit and compact; the same idea extends to time",
        "K-Planes, Fridovich-Keil et al. 2023",
        "shapefield.fields.planes",
        KPlanesOptions,
        can=Capabilities(
            ANY[1:],
            condition=True,
            colour=True,
            sizes={"cells": (4, 6, 8, 12, 16, 24, 32, 48), "features": range(2, 17)},
        ),
        recipe=Recipe(rate=1e-2, batch=1 << 10, ema=0.95),
        encoding="product of planes",
    ),
    Method(
        "tensorf",
        "a grid of features as a sum of vectors times matrices, and a small network",
        "a dense grid's quality in a fraction of its memory",
        "TensoRF, Chen et al. 2022",
        "shapefield.fields.tensorf",
        TensorfOptions,
        can=Capabilities((2, 3), condition=True, colour=True, sizes=CELLS),
        recipe=Recipe(rate=1e-2, batch=1 << 10, ema=0.95),
        encoding="vectors times matrices",
    ),
)
