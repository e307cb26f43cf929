"""How the golden files beside this one were made: by version 0.1, and only by it.

    git worktree add ../shapefield-0.1 0e8508f && cd ../shapefield-0.1
    OMP_NUM_THREADS=1 PYTHONPATH=.:tests python …/tests/golden/make.py FOLDER

They are files that people have: whatever comes later opens them and answers as 0.1 did (tests/test_golden.py). A later
version adds files of its own; these are never made again. Every size is the least that a method takes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import torch
from radiance import CENTER, pictured

import shapefield as sf
from shapefield.errors import InterruptedRun
from shapefield.events import Progress
from shapefield.fitting.pipeline import reconstruct
from shapefield.lab.picturefile import read_picture_field, write_picture_field
from shapefield.lab.picturefit import PictureFit
from shapefield.lab.pictures import Picture
from shapefield.lab.recipes import PictureConfig, picture_method
from shapefield.nerf.cameras import Camera
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.pipeline import train
from shapefield.nerf.result import load
from shapefield.nerf.views import picture
from shapefield.settings import fit_config

KNOT = Path("sample_meshes/knot.ply").resolve()
SMALL = {"samples": 3000, "resolution": 32, "batch": 512, "steps": 40}
GRID = {"table": 8, "levels": 2, "coarsest": 4, "finest": 12, "width": 8}
LAYERS = {"width": 12, "depth": 2}
PLANES = {"cells": 8, "features": 2, "width": 8}
OPTIONS = {
    "hybrid": GRID | {"base": 10},
    "hashgrid": GRID,
    "deepsdf": LAYERS | {"depth": 3, "skip": 2},
    "occupancy": LAYERS,
    "siren": LAYERS,
    "fourier": LAYERS | {"frequencies": 8},
    "posenc": LAYERS,
    "mlp": LAYERS,
    "wire": LAYERS,
    "bacon": LAYERS,
    "triplane": PLANES,
    "kplanes": PLANES | {"cells": 4, "scales": 2},
    "tensorf": {"cells": 8, "rank": 2, "width": 8},
}
SCENES = {
    "grid": {"coarse": 8, "fine": 16, "growths": 1, "rays": 256},
    "neus": {"coarse": 8, "fine": 12, "growths": 1, "rays": 256},
    "volsdf": {"coarse": 8, "fine": 12, "growths": 1, "rays": 256},
    "classic": {"width": 12, "depth": 2, "coarse_samples": 8, "fine_samples": 8, "rays": 64},
}
INTERRUPTED = SMALL | {"steps": 4000, "checkpoint_every": 1000.0} | OPTIONS["hybrid"]


def knot() -> sf.Mesh:
    """The sample mesh without its colours, whose field would be a megabyte."""
    mesh = sf.read_mesh(KNOT)
    return sf.Mesh(mesh.vertices, mesh.faces, unit=mesh.unit, name=mesh.name)


def shapes(folder: Path, values: dict[str, np.ndarray]) -> None:
    """A `.field` of every method, one packed, one with colours; their values inside the box they were learnt in."""
    mesh = knot()
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    points = values["points"] = np.random.default_rng(0).uniform(low, high, (100, 3))
    results = {name: sf.fit(mesh, method=name, **SMALL, **options) for name, options in OPTIONS.items()}
    results["compact"] = sf.fit(mesh, preset="compact", **SMALL, **OPTIONS["hybrid"])
    results["coloured"] = sf.fit(KNOT, **SMALL, **OPTIONS["hybrid"])
    for name, result in results.items():
        result.save(folder / f"{name}.field")
        values[name] = result.field(points)
        values[f"{name} gradient"] = result.gradient(points)
    values["coloured colours"] = results["coloured"].colours(points)


def pictures(folder: Path, values: dict[str, np.ndarray]) -> None:
    """A fitted picture, and one of six bits a weight."""
    places = values["places"] = np.random.default_rng(1).uniform(-1, 1, (100, 2)).astype(np.float32)
    pixels = np.random.default_rng(2).random((12, 16, 3), dtype=np.float32)
    for name, bits in (("picture", None), ("picture-packed", 6)):
        fit = PictureFit(*picture_method("siren", LAYERS), Picture(pixels, "noise"), PictureConfig(steps=20), bits=bits)
        list(fit.run())
        write_picture_field(fit.found, folder / f"{name}.field")
        values[name] = read_picture_field(folder / f"{name}.field").values(places)


def looking() -> Camera:
    """A camera of ten by ten pixels that sees the ball."""
    pose = np.eye(4)
    pose[:3, 3] = np.add(CENTER, (0.0, 0.0, 3.0))
    return Camera(pose, 14.0, 14.0, 5.0, 5.0, 10, 10)


def scenes(folder: Path, values: dict[str, np.ndarray]) -> None:
    """A run of every radiance field; density and colour at 100 points of the model frame, and a view of 100 pixels."""
    source = pictured(Path("ball"))
    generator = np.random.default_rng(3)
    points = values["model points"] = generator.uniform(-0.9, 0.9, (100, 3)).astype(np.float32)
    ways = generator.normal(size=(100, 3)).astype(np.float32)
    ways = values["directions"] = ways / np.linalg.norm(ways, axis=1, keepdims=True)
    for name, options in SCENES.items():
        run = folder / f"nerf-{name}"
        list(train(source, NerfConfig(model=name, steps=60, preview_every=0.0), run=run, options=options))
        result = load(run)
        with torch.no_grad():
            values[f"{name} density"] = result.field.density(torch.from_numpy(points)).numpy()
            values[f"{name} colour"] = result.field.colour(torch.from_numpy(points), torch.from_numpy(ways)).numpy()
        view = picture(result, looking())
        values[f"{name} view"], values[f"{name} depth"] = view.rgb, view.depth


def interrupted(folder: Path) -> None:
    """The checkpoint of a fit that was interrupted."""
    events = reconstruct(knot(), fit_config(**INTERRUPTED), field=folder / "interrupted.field")
    for event in events:
        if isinstance(event, Progress) and event.stage == "training":
            break
    try:
        events.throw(InterruptedRun("stop", 2))
    except InterruptedRun:
        return
    raise AssertionError("it was not interrupted")


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)  # paths are part of what is written
    values: dict[str, np.ndarray] = {}
    for work in (scenes, pictures, shapes):
        work(Path("."), values)
    interrupted(Path("."))
    np.savez_compressed("values.npz", **values)


if __name__ == "__main__":
    main()
