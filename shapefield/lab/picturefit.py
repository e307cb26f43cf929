"""Fit a field to a picture, whole or with hidden pixels: one generator of events, ending in a PictureField."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from shapefield.errors import InterruptedRun, UsageError
from shapefield.events import Event, Notice, Stage
from shapefield.fields import build
from shapefield.fitting.provenance import versions
from shapefield.lab.picturefield import PictureField
from shapefield.lab.pictures import Picture, centres, psnr, ssim
from shapefield.lab.recipes import PictureConfig, picture_method
from shapefield.lab.tasks import SignalTask, Variation
from shapefield.machine.devices import choose
from shapefield.methods import Method
from shapefield.training.keeping import Keeper
from shapefield.training.loop import Plan, Trainer, quickest_step

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
    keeper: Keeper | None = None,
) -> Generator[Event, Any, PictureField]:
    """Fit the named method to a picture; see `PictureFit`, which this runs."""
    fit = PictureFit(*picture_method(name, options or {}), picture, config or PictureConfig(), known, keeper=keeper)
    return (yield from fit.run())


class PictureFit:
    """One fit of a picture that can be looked into while it runs: between two events, `found` is as it has learnt.

    settings : the method's options;  rate : its learning rate, where the config says none
    known    : (h, w) bool, the pixels that may be looked at, None for all; where some are hidden the field is kept
               smooth
    bits     : train for weights of so many bits
    keeper   : keeps a checkpoint, from which an interrupted run goes on to the same bits on a CPU; None for none
    Raises UsageError for steps and budget together, or a mask that does not fit.
    """

    def __init__(
        self,
        entry: Method,
        settings: Any,
        rate: float,
        picture: Picture,
        config: PictureConfig,
        known: np.ndarray | None = None,
        bits: int | None = None,
        keeper: Keeper | None = None,
    ) -> None:
        if config.steps is not None and config.budget is not None:
            raise UsageError("steps, budget: expected one of the two, got both: leave one out")
        self.picture, self.config, self.known, self.keeper = picture, config, known, keeper
        device = choose(config.device)
        height, width, channels = picture.pixels.shape
        module = build(entry, settings, inputs=2, outputs=channels, seed=config.seed).to(device)
        points, colours = pool_of(picture, known, device)
        smooth = None
        if known is not None and not known.all():
            everywhere = torch.from_numpy(centres(height, width)).to(device)
            smooth = Variation(VARIATION, everywhere, 2.0 / max(height, width))
        self.task = SignalTask(module, points, 2 * colours - 1, config.batch or BATCH, bits, smooth=smooth)
        self.plan = Plan(config.steps or 1000, config.rate or rate, config.schedule, seed=config.seed, device=device)
        size = height, width
        self.found = PictureField(entry, settings, module, size, channels, picture.name, bits=bits, device=device)

    def run(self, every: float = 0.25) -> Generator[Event, Any, PictureField]:
        """Yields Stage and Progress (loss: mean squared error in [-1, 1]) about every `every` seconds.

        `send(FINISH)` ends the training there; `throw(InterruptedRun)` saves a checkpoint, if there is a keeper.
        The PictureField's report holds psnr, ssim and what it took. Raises the children of ShapefieldError.
        """
        before = torch.get_num_threads()
        try:
            yield from self._stages(every)
        except InterruptedRun as stop:
            raise self.keeper.interrupted(stop) if self.keeper is not None else stop from None
        finally:
            torch.set_num_threads(before)
        return self.found

    def _stages(self, every: float) -> Generator[Event, Any, None]:
        keeper, begun = self.keeper, time.perf_counter()
        identity = self._identity()
        state = None if keeper is None else (yield from keeper.reopen(identity))
        steps = identity["steps"] if state is not None else self.config.steps or self._affordable(begun)
        self.plan = replace(self.plan, steps=steps)
        identity |= {"steps": steps, "threads": torch.get_num_threads()}
        # until here rounding counted from step 0, so that the probe measured the slower kind of step
        self.task.from_step = int(ROUNDED_FROM * steps)
        yield Stage("training", self.found.method.name)
        trainer = Trainer(self.task, self.plan)
        if state is not None:
            trainer.load_state(state)
            yield Notice(f"resumed at step {trainer.step} of {steps}")
        yield from trainer.run(every) if keeper is None else keeper.train(trainer, every)
        seconds = time.perf_counter() - begun if keeper is None else keeper.spent
        self.found.run = {
            "steps": trainer.step, "rate": self.plan.rate, "batch": self.task.batch, "seed": self.plan.seed,
            "seconds": seconds,
        }  # fmt: skip
        yield Stage("report")
        self.found.report = figures(self.found, self.picture, self.known)

    def _affordable(self, begun: float) -> int:
        """Steps that fit into the budget, which began at `begun`, by a speed probe, which chooses the threads too."""
        budget = self.config.budget or BUDGET
        a_step = quickest_step(self.task, self.plan, 0.03 * budget)
        return max(1, int((budget - (time.perf_counter() - begun)) / a_step))

    def _identity(self) -> dict[str, Any]:
        """Everything that decides the bits of the run; plain JSON."""
        digest = hashlib.sha256(self.picture.pixels.tobytes())
        digest.update(b"" if self.known is None else self.known.tobytes())
        return {
            "picture": digest.hexdigest()[:16],
            "method": self.found.method.name,
            "options": dataclasses.asdict(self.found.options),
            "bits": self.found.bits,
            "batch": self.task.batch,
            "rate": self.plan.rate,
            "schedule": self.plan.schedule,
            "seed": self.plan.seed,
            "device": self.plan.device,
            "threads": torch.get_num_threads(),
            "versions": versions(),
        }


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
