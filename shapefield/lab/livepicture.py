"""A picture of one's own, fitted before one's eyes: the records of `lab.board` while a method learns it."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import numpy as np

from shapefield.events import Progress, Stage
from shapefield.fields import build
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.descent import Pace
from shapefield.lab.picturefield import PictureField
from shapefield.lab.picturefit import BATCH, figures, pool_of
from shapefield.lab.pictures import read_picture
from shapefield.lab.recipes import picture_method
from shapefield.lab.tasks import SignalTask
from shapefield.training.loop import Plan, Trainer

SHOWN = 128
"""Pixels along the longer edge of a picture while it is learnt: a full one would cost more than the steps between."""


def watch(
    source: str, method: str, steps: int, options: dict[str, Any], seed: int = 0
) -> Generator[Any, Any, PictureField]:
    """Fit the named method to the picture at `source`, as `fit_picture` does; ends with the whole picture, and
    returns its field.

    Raises the children of ShapefieldError.
    """
    yield Stage("load")
    picture = read_picture(source)
    entry, settings, rate = picture_method(method, options)
    channels = picture.pixels.shape[2]
    module = build(entry, settings, inputs=2, outputs=channels, seed=seed)
    found = PictureField(entry, settings, module, picture.size, channels, picture.name)
    yield Image(f"{picture.name}, {picture.size[1]} × {picture.size[0]}", _drawable(picture.pixels), low=0.0, high=1.0)
    points, colours = pool_of(picture, None, "cpu")
    trainer = Trainer(SignalTask(module, points, 2 * colours - 1, BATCH), Plan(steps, rate, seed=seed))
    yield Stage("training", method)
    begun = time.perf_counter()
    scale, pace = min(1.0, SHOWN / max(picture.size)), Pace(0.5)
    losses: list[float] = []
    for event in trainer.run(every=0.0):
        if not isinstance(event, Progress):
            yield event
            continue
        losses.append(event.losses["error"])
        if pace.due() or event.done == steps:
            yield event
            yield Image(method, _drawable(found.render(scale)), low=0.0, high=1.0)
            yield from _curves(method, np.array(losses))
    yield Stage("report")
    yield Image(method, _drawable(found.render()), low=0.0, high=1.0)
    report = found.report = figures(found, picture)
    found.run = {
        "steps": trainer.step,
        "rate": rate,
        "batch": BATCH,
        "seed": seed,
        "seconds": time.perf_counter() - begun,
    }
    yield Fact("PSNR", report["psnr"], "dB")
    if report["ssim"] is not None:
        yield Fact("SSIM", report["ssim"])
    yield Fact("weights", report["parameters"])
    yield Fact("bytes, 32 bits a weight", 4 * report["parameters"], "B")
    return found


def _curves(method: str, losses: np.ndarray) -> Generator[Curve, None, None]:
    steps = np.arange(1, len(losses) + 1)
    yield Curve("mean squared error", method, steps, losses, log="y")
    # the loss is in [-1, 1], twice the colours' range
    yield Curve("PSNR of the step's pixels [dB]", method, steps, -10 * np.log10(np.maximum(losses, 1e-12) / 4))


def _drawable(pixels: np.ndarray) -> np.ndarray:
    return pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
