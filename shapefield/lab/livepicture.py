"""A picture of one's own, fitted before one's eyes: the records of `lab.board` while a method learns it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from shapefield.events import Notice, Progress, Stage
from shapefield.lab.board import Curve, Fact, Image
from shapefield.lab.descent import Pace
from shapefield.lab.picturefield import PictureField
from shapefield.lab.picturefit import PictureJob, PictureRun
from shapefield.lab.pictures import read_picture
from shapefield.lab.recipes import PictureConfig, picture_method
from shapefield.picturemetrics import decibels

SHOWN = 128
"""Pixels along the longer edge of a picture while it is learnt: a full one would cost more than the steps between."""


def watch(source: str, method: str, steps: int, options: dict[str, Any]) -> Generator[Any, Any, PictureField]:
    """Fit the named method to the picture at `source`, as `fit_picture` does; ends with the whole picture, and
    returns its field.

    Raises the children of ShapefieldError.
    """
    yield Stage("load")
    picture = read_picture(source)
    for notice in picture.notices:
        yield Notice(notice)
    fit = PictureRun(*picture_method(method, options), picture, PictureConfig(steps=steps), job=PictureJob(every=0.0))
    yield Image(f"{picture.name}, {picture.size[1]} × {picture.size[0]}", _drawable(picture.pixels), low=0.0, high=1.0)
    scale, pace = min(1.0, SHOWN / max(picture.size)), Pace(0.5)
    losses: list[float] = []
    for event in fit.stages():
        if not isinstance(event, Progress):
            yield event
            continue
        losses.append(event.losses["error"])
        if pace.due() or event.done == steps:
            yield event
            yield Image(method, _drawable(fit.found.render(scale)), low=0.0, high=1.0)
            yield from _curves(method, np.array(losses))
    yield Image(method, _drawable(fit.found.render()), low=0.0, high=1.0)
    report = fit.found.report
    yield Fact("PSNR", report["psnr"], "dB")
    if report["ssim"] is not None:
        yield Fact("SSIM", report["ssim"])
    yield Fact("weights", report["parameters"])
    yield Fact("bytes, 32 bits a weight", 4 * report["parameters"], "B")
    return fit.found


def _curves(method: str, losses: np.ndarray) -> Generator[Curve, None, None]:
    steps = np.arange(1, len(losses) + 1)
    yield Curve("mean squared error", method, steps, losses, log="y")
    # the loss is in [-1, 1], twice the colours' range
    yield Curve("PSNR of the step's pixels [dB]", method, steps, decibels(np.asarray(losses) / 4))


def _drawable(pixels: np.ndarray) -> np.ndarray:
    return pixels[:, :, 0] if pixels.shape[2] == 1 else pixels
