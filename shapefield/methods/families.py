"""The built-in methods for families of shapes, a row each; the networks are in `shapefield.families`."""

from __future__ import annotations

from shapefield.methods.method import Capabilities, FamilyMethod
from shapefield.methods.options import (
    AutoDecoderOptions,
    HyperOptions,
    InitialOptions,
    OccNetOptions,
    PlaneFamilyOptions,
)

FAMILIES = (
    FamilyMethod(
        "grid",
        "a code becomes three small planes of features, which one small network reads as distances",
        "the default: exact members, codes to interpolate, and unseen shapes by fitting a code",
        "planes of EG3D, Chan et al. 2022; codes of DeepSDF; own measurement",
        "shapefield.families.planes",
        PlaneFamilyOptions,
        paper={"cells": 128, "features": 32, "width": 128, "depth": 3, "shapes": 16, "points": 8192},
        can=Capabilities(condition=True),
        refines=True,
    ),
    FamilyMethod(
        "deepsdf",
        "an auto-decoder: one network of signed distances, and a code for every shape that is learnt with it",
        "comparisons with the literature; slower to train than grid by far",
        "DeepSDF, Park et al. 2019",
        "shapefield.families.decoder",
        AutoDecoderOptions,
        paper={"width": 512, "depth": 8, "skip": 4, "code": 256, "frequencies": 0, "narrow": True,
               "weight_norm": True, "dropout": 0.2, "rate": 5e-4, "code_rate": 1e-3, "shapes": 64, "points": 16384,
               "ema": 0.0},
        can=Capabilities(condition=True),
    ),
    FamilyMethod(
        "occnet",
        "an encoder that turns a few points into a code in one pass, and a network that says inside or outside",
        "clouds of points that are to be a surface within a second; coarser than codes that are fitted",
        "Occupancy networks, Mescheder et al. 2019",
        "shapefield.families.occnet",
        OccNetOptions,
        paper={"code": 512, "width": 256, "encoder": 512, "frequencies": 0, "threshold": 0.2, "rate": 1e-4,
               "shapes": 64, "points": 2048},
        can=Capabilities(condition=True),
        value="occupancy",
        encodes=True,
        parts=False,
        task="shapefield.families.occtask:OccupancyTask",
    ),
    FamilyMethod(
        "hyper",
        "a network that turns a code into all the weights of a small network of sines",
        "members that are to be small smooth networks of their own; comparisons with the literature",
        "Sitzmann et al. 2020, section 4.4",
        "shapefield.families.hyper",
        HyperOptions,
        paper={"width": 256, "depth": 4, "hyper": 256, "code": 256, "omega": 30.0, "rate": 5e-5, "shapes": 16,
               "points": 4096, "ema": 0.0},
        can=Capabilities(condition=True),
    ),
    FamilyMethod(
        "reptile",
        "no codes, but the weights that `fit --init` starts from: moved to where a few steps on a shape lead",
        "fits of further shapes of a kind, which begin with what its shapes have in common",
        "Reptile, Nichol et al. 2018",
        "shapefield.families.initial",
        InitialOptions,
        task="shapefield.families.initial:ReptileTask",
    ),
    FamilyMethod(
        "maml",
        "no codes, but the weights that `fit --init` starts from: moved by the slope after a few steps on a shape",
        "comparisons with reptile",
        "first-order MAML, Finn et al. 2017; MetaSDF, Sitzmann et al. 2020",
        "shapefield.families.initial",
        InitialOptions,
        task="shapefield.families.initial:MamlTask",
    ),
)  # fmt: skip
