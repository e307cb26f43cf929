"""Quality at equal size: about 132 000 stored numbers, 2 000 steps, IoU on meshes that nobody here made.

`python -m benchmarks equal [--meshes bunny bone] [--methods hybrid hashgrid siren]`

Published for five Stanford shapes, occupancy on every voxel: FUTON 99.90 %, Instant-NGP 99.87, SIREN 99.15, an MLP
with positional encoding 98.57. Ours is the IoU of the field's own sign on eight million uniform points of the bounding
box (`field_iou`), and of the extracted mesh (`iou`), on other meshes; the numbers of the hybrid's base count in full.
Not the same protocol: a neighbouring figure, no head-to-head. A fit takes half an hour or more on two cores.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import shapefield as sf
from benchmarks import meshes, record
from shapefield.mesh.reading import read
from shapefield.solid import Solid, solid_of

SIZES: dict[str, dict[str, Any]] = {
    "hybrid": {
        "base": 24,
        "levels": 6,
        "features": 4,
        "table": 12,
        "coarsest": 20,
        "finest": 160,
        "width": 64,
        "depth": 3,
    },
    "hashgrid": {"levels": 8, "table": 13, "coarsest": 16, "finest": 256, "width": 32, "depth": 2},
    "siren": {"width": 180, "depth": 5},
    "fourier": {"width": 170, "depth": 3, "frequencies": 128},
    "mlp": {"width": 180, "depth": 5},
}
BATCH, SAMPLES = 1 << 18, 8_000_000  # the steps are given, not the points in one


def field_iou(result: sf.Result, solid: Solid, seed: int, points: int = 1 << 23) -> float:
    """IoU of f < 0 and of the solid on uniform points of the solid's bounding box."""
    lower, upper = solid.mesh.bounds
    where = np.random.default_rng(seed).uniform(lower, upper, (points, 3))
    ours, truth = result.field(where) < 0, solid.inside(where)
    return float((ours & truth).sum() / (ours | truth).sum())


def main(arguments: list[str]) -> int:
    """Fit each method at that size to each mesh; print IoU, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks equal", description=main.__doc__)
    parser.add_argument("--meshes", nargs="+", default=["bunny", "bone", "cow"])
    parser.add_argument("--methods", nargs="+", default=["hybrid", "hashgrid", "siren"], choices=list(SIZES))
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=BATCH, help="points a step")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--resolution", type=int, default=256)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    settings = record.machine(options.seed) | vars(options) | {"sizes": SIZES}
    record.show(settings)
    rows = []
    for name in options.meshes:
        solid = solid_of(read(meshes.find(name)))
        for method in options.methods:
            common = {
                "batch": options.batch,
                "samples": options.samples,
                "steps": options.steps,
                "resolution": options.resolution,
                "seed": options.seed,
            }
            result = sf.fit(meshes.find(name), method=method, **SIZES[method], **common)
            quality = result.report["quality"]
            numbers = sum(t.numel() for t in result.module.state_dict().values())
            row = {"mesh": name, "method": method, "numbers": numbers, "iou": quality["iou"]}
            row |= {"field_iou": field_iou(result, solid, options.seed)}
            row |= {"narrow_band_iou": quality["narrow_band_iou"], "mean": quality["mean"]}
            rows.append(row | {"training_seconds": result.run["seconds"]})
            print(record.row_line(rows[-1]), flush=True)
    record.save("equal", settings, rows, options.json)
    return 0
