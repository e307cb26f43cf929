"""One method fitted to one picture: its figures, its PSNR over time, its picture."""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import Any

import numpy as np

from shapefield.events import Event, Progress
from shapefield.fitting.reporting import peak_memory
from shapefield.lab.comparison.curves import Clockwork
from shapefield.lab.comparison.plan import PARAMETERS, Case
from shapefield.lab.comparison.rows import Row
from shapefield.lab.picturefile import encoded
from shapefield.lab.picturefit import PictureRun
from shapefield.lab.pictures import as_image, read_picture
from shapefield.lab.recipes import PictureConfig, picture_method
from shapefield.lab.sizing import largest_within
from shapefield.picturemetrics import decibels


def fit_case(case: Case) -> Generator[Event, Any, Row]:
    """Fit and measure; yields the fit's events. Raises the children of ShapefieldError."""
    picture = read_picture(case.input.path)
    shared, channels = case.config, picture.pixels.shape[2]
    entry, settings, rate = picture_method(case.method, {})
    if case.table == PARAMETERS:
        settings = largest_within(entry, settings, shared.parameters, inputs=2, outputs=channels)
    config = PictureConfig(steps=shared.steps, budget=shared.seconds, seed=case.seed, device=shared.device)
    row, clock = Row(case), Clockwork(shared.seconds)
    fit = PictureRun(entry, settings, rate, picture, config)
    for event in fit.stages():
        yield event
        # the loss is in [-1, 1], twice the colours' range
        if isinstance(event, Progress) and event.stage == "training" and clock.due(event.elapsed):
            row.curve.append((event.elapsed, float(decibels(event.losses["error"] / 4))))
    found = fit.found
    row.curve.append((found.run["seconds"], found.report["psnr"]))
    row.values = {
        "psnr": found.report["psnr"],
        "bytes": float(len(encoded(found))),
        "parameters": float(found.parameters),
        "seconds": float(found.run["seconds"]),
        "memory": float(peak_memory() or math.nan),
        "steps": float(found.run["steps"]),
    } | ({} if found.report["ssim"] is None else {"ssim": found.report["ssim"]})
    if case.seed == 0:
        row.pictures = {"truth": _rgb(picture.pixels), "field": _rgb(found.render())}
    return row


def _rgb(pixels: np.ndarray) -> np.ndarray:
    return np.asarray(as_image(pixels).convert("RGB"))
