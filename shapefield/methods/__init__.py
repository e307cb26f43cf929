"""The methods: what each one is, when to use it, its options and its training defaults. Knows no torch."""

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
from shapefield.methods.registry import METHODS, Method, Recipe, method, register

__all__ = [
    "METHODS",
    "BaconOptions",
    "DeepSDFOptions",
    "FourierOptions",
    "HashGridOptions",
    "HybridOptions",
    "KPlanesOptions",
    "MLPOptions",
    "Method",
    "NoOptions",
    "OccupancyOptions",
    "PosencOptions",
    "Recipe",
    "SirenOptions",
    "TensorfOptions",
    "TriplaneOptions",
    "WireOptions",
    "method",
    "register",
]
