"""Fit a field to a picture, whole or with hidden pixels: one generator of events, ending in a PictureField."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import Any

import numpy as np
import torch

from shapefield.errors import UsageError
from shapefield.events import Event, Stage
from shapefield.fields import build
from shapefield.lab.picturefield import PictureField
from shapefield.lab.pictures import Picture, centres, psnr, ssim
from shapefield.lab.recipes import PictureConfig, picture_method
from shapefield.lab.tasks import SignalTask, Variation
from shapefield.machine.devices import choose
from shapefield.methods import Method
from shapefield.training.loop import Plan, Trainer, seconds_a_step

BATCH = 1 << 12
BUDGET = 20.0
VARIATION = 0.03
"""Weight of the total variation where pixels are hidden (docs/decisions/inpainting.md)."""
ROUNDED_FROM = 0.6
"""Share of the steps after which rounding joins the training, where the weights are to be rounded."""


def fit_picture(
    picture: Picture,
    name: str = "siren",
    config: PictureConfig | None = None,
    options: dict[str, Any] | None = None,
    known: np.ndarray | None = None,
    bits: int | None = None,
) -> Generator[Event, Any, PictureField]:
    """Fit the named method to a picture; yields Stage and Progress (loss: mean squared error in [-1, 1]).

    known : (h, w) bool, the pixels that may be looked at, None for all; where some are hidden the field is kept smooth
    bits  : train for weights of so many bits
    `send(FINISH)` ends the training there. The PictureField's report holds psnr, ssim and what it took.
    Raises the children of ShapefieldError.
    """
    entry, settings, rate = picture_method(name, options or {})
    return (yield from fit_picture_with(entry, settings, rate, picture, config or PictureConfig(), known, bits))


def fit_picture_with(
    entry: Method,
    settings: Any,
    rate: float,
    picture: Picture,
    config: PictureConfig,
    known: np.ndarray | None = None,
    bits: int | None = None,
    every: float = 0.25,
) -> Generator[Event, Any, PictureField]:
    """`fit_picture` with the method's options already made; `every` is the time between two Progress."""
    if config.steps is not None and config.budget is not None:
        raise UsageError("steps, budget: expected one of the two, got both: leave one out")
    device = choose(config.device)
    height, width, channels = picture.pixels.shape
    module = build(entry, settings, inputs=2, outputs=channels, seed=config.seed).to(device)
    points, colours = pool_of(picture, known, device)
    smooth = None
    if known is not None and not known.all():
        everywhere = torch.from_numpy(centres(height, width)).to(device)
        smooth = Variation(VARIATION, everywhere, 2.0 / max(height, width))
    task = SignalTask(module, points, 2 * colours - 1, config.batch or BATCH, bits, smooth=smooth)
    plan = Plan(config.steps or 1000, config.rate or rate, config.schedule, seed=config.seed, device=device)
    begun = time.perf_counter()
    if config.steps is None:
        budget = config.budget or BUDGET
        a_step = seconds_a_step(task, plan, 0.03 * budget)
        steps = max(1, int((budget - (time.perf_counter() - begun)) / a_step))
        plan = Plan(steps, plan.rate, plan.schedule, seed=plan.seed, device=device)
    # until here rounding counted from step 0, so that the probe measured the slower kind of step
    task.from_step = int(ROUNDED_FROM * plan.steps)
    found = PictureField(entry, settings, module, (height, width), channels, picture.name, bits=bits, device=device)
    yield Stage("training", entry.name)
    trainer = Trainer(task, plan)
    yield from trainer.run(every)
    seconds = time.perf_counter() - begun
    found.run = {"steps": trainer.step, "rate": plan.rate, "batch": task.batch, "seed": config.seed, "seconds": seconds}
    yield Stage("report")
    found.report = figures(found, picture, known)
    return found


def pool_of(picture: Picture, known: np.ndarray | None, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Points (n, 2) and colours (n, c) of the pixels that may be looked at. UsageError if the mask hides all."""
    height, width, channels = picture.pixels.shape
    points, colours = centres(height, width), picture.pixels.reshape(-1, channels)
    if known is not None:
        if known.shape != (height, width):
            raise UsageError(f"mask: expected {width} x {height} pixels, got {known.shape[1]} x {known.shape[0]}")
        if not known.any():
            raise UsageError("mask: expected some pixels that are known, got a mask that hides all of them")
        points, colours = points[known.ravel()], colours[known.ravel()]
    return torch.from_numpy(points).to(device), torch.from_numpy(np.ascontiguousarray(colours)).to(device)


def figures(found: PictureField, picture: Picture, known: np.ndarray | None = None) -> dict[str, Any]:
    """psnr [dB] and ssim over the picture; with hidden pixels, psnr on those and their RMS error too."""
    ours = found.render()
    report: dict[str, Any] = {"psnr": psnr(ours, picture.pixels), "ssim": ssim(ours, picture.pixels)}
    report["parameters"] = found.parameters
    if known is not None and not known.all():
        report["psnr_hidden"] = psnr(ours, picture.pixels, ~known)
        report["psnr_known"] = psnr(ours, picture.pixels, known)
    return report
