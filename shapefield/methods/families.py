"""The built-in methods for families of shapes, a row each; the networks are in `shapefield.families`."""

from __future__ import annotations

from shapefield.methods.method import Capabilities, FamilyMethod
from shapefield.methods.options import AutoDecoderOptions

FAMILIES = (
    FamilyMethod(
        "deepsdf",
        "an auto-decoder: one network of signed distances, and a code for every shape that is learnt with it",
        "the default: exact members, codes to interpolate, and unseen shapes by fitting a code",
        "DeepSDF, Park et al. 2019",
        "shapefield.families.decoder",
        AutoDecoderOptions,
        paper={"width": 512, "depth": 8, "skip": 4, "code": 256, "frequencies": 0, "narrow": True,
               "weight_norm": True, "dropout": 0.2, "rate": 5e-4, "code_rate": 1e-3, "shapes": 64, "points": 16384,
               "ema": 0.0},
        can=Capabilities(condition=True),
    ),
)  # fmt: skip
