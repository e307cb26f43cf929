"""Fit a field to a picture, whole or with hidden pixels, as one stream of events."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from shapefield.events import Event, Stage
from shapefield.fields import build
from shapefield.lab.picturefield import PictureField
from shapefield.lab.pictures import Picture, centres
from shapefield.lab.picturesource import signal_of
from shapefield.lab.recipes import BATCH, PictureConfig, picture_method
from shapefield.lab.tasks import SignalTask, Variation
from shapefield.machine.devices import choose
from shapefield.methods import Method
from shapefield.picturemetrics import psnr, ssim
from shapefield.training.checkpoint import checkpoint_path
from shapefield.training.loop import TrainingPlan
from shapefield.training.run import Run
from shapefield.training.terms import Learning, Terms

VARIATION = 0.03
"""Weight of the total variation where pixels are hidden (docs/decisions/inpainting.md)."""
ROUNDED_FROM = 0.6
"""Share of the steps after which rounding joins the training, where the weights are to be rounded."""


@dataclass(frozen=True)
class PictureJob:
    """What one fit of a picture writes, and how it is taken up again.

    output  : the file that `write` makes of the result; its checkpoint lies beside it. None for none
    write   : writes what was found to `output`
    command : the line that started the run;  resume : go on from the checkpoint
    source  : the picture's file
    force   : replace a file that is not ours where the checkpoint goes
    every   : seconds between two Progress events
    """

    output: Path | None = None
    write: Callable[[PictureField], object] | None = None
    command: str = ""
    resume: bool = False
    force: bool = False
    source: str | Path | None = None
    every: float = 0.25


def fit_picture(
    picture: Picture,
    name: str = "siren",
    config: PictureConfig | None = None,
    options: dict[str, Any] | None = None,
    known: np.ndarray | None = None,
) -> Generator[Event, Any, PictureField]:
    """Fit the named method to a picture; see `PictureRun`, which this runs."""
    run = PictureRun(*picture_method(name, options or {}), picture, config or PictureConfig(), known)
    return (yield from run.stages())


class PictureRun(Run[PictureField]):
    """One fit of a picture; see `Run` for how it is driven. Between two events `found` is as it has learnt.

    settings : the method's options;  rate : its learning rate, where the config says none
    known    : (h, w) bool, the pixels that may be looked at, None for all; where some are hidden the field is kept
               smooth
    bits     : train for weights of so many bits
    Raises UsageError for steps and budget together, or a mask that does not fit.
    """

    few = 0  # a small picture is learnt in a handful of steps

    def __init__(
        self,
        entry: Method,
        settings: Any,
        rate: float,
        picture: Picture,
        config: PictureConfig,
        known: np.ndarray | None = None,
        bits: int | None = None,
        job: PictureJob | None = None,
    ) -> None:
        self.picture, self.config, self.known, self.job = picture, config, known, job or PictureJob()
        checkpoint = checkpoint_path(self.job.output) if self.job.output is not None else None
        super().__init__(
            Terms(
                config.steps,
                config.horizon,
                config.budget,
                every=self.job.every,
                checkpoint=checkpoint,
                resume=self.job.resume,
                force=self.job.force,
                inputs=self.job.source,
            )
        )
        device = choose(config.device)
        height, width, channels = picture.pixels.shape
        module = build(entry, settings, inputs=2, outputs=channels, seed=config.seed).to(device)
        source = signal_of(picture, known, device)
        smooth = None
        if known is not None and not known.all():
            everywhere = torch.from_numpy(centres(height, width)).to(device)
            smooth = Variation(VARIATION, everywhere, 2.0 / max(height, width))
        self.task = SignalTask(module, source, config.batch or BATCH, bits, smooth=smooth)
        self.plan = TrainingPlan(1000, config.rate or rate, config.schedule, seed=config.seed, device=device)
        size = height, width
        self.found = PictureField(entry, settings, module, size, channels, picture.name, bits=bits, device=device)

    def outputs(self) -> Sequence[Path]:
        """The file, if there is one; whoever names it has checked that it may be replaced."""
        return () if self.job.output is None else (self.job.output,)

    def subject(self) -> str:
        """The fit of the picture."""
        return f"the fit of {self.picture.name}"

    def command(self) -> str:
        """As it was given."""
        return self.job.command

    def prepare(self) -> Generator[Event, Any, Learning]:
        """All is made already."""
        yield from ()
        identity = {
            "method": self.found.method.name,
            "options": dataclasses.asdict(self.found.options),
            "bits": self.found.bits,
            "batch": self.task.batch,
            "rate": self.plan.rate,
            "schedule": self.plan.schedule,
            "seed": self.plan.seed,
            "device": self.plan.device,
        }
        return Learning(self.found.method.name, self.task.source, self.task, self.plan, identity)

    def planned(self, plan: TrainingPlan) -> None:
        """Until here rounding counted from step 0, so that the probe measured the slower kind of step."""
        self.task.from_step = int(ROUNDED_FROM * plan.length)

    def trained(self) -> None:
        """The field tells what it was trained by."""
        self.found.run = {
            "steps": self.step, "rate": self.plan.rate, "batch": self.task.batch, "seed": self.plan.seed,
            "seconds": self.spent,
        }  # fmt: skip

    def finish(self) -> Generator[Event, Any, PictureField]:
        """The report: psnr, ssim; and the file."""
        yield Stage("report")
        self.found = self.made()
        if self.job.write is not None:
            self.job.write(self.found)
        return self.found

    def made(self) -> PictureField:
        """The trained field with its figures."""
        self.found.report = figures(self.found, self.picture, self.known)
        return self.found


def figures(found: PictureField, picture: Picture, known: np.ndarray | None = None) -> dict[str, Any]:
    """psnr [dB] and ssim over the picture; with hidden pixels, psnr on those and their RMS error too."""
    ours = found.render()
    report: dict[str, Any] = {"psnr": psnr(ours, picture.pixels), "ssim": ssim(ours, picture.pixels)}
    report["parameters"] = found.parameters
    if known is not None and not known.all():
        report["psnr_hidden"] = psnr(ours, picture.pixels, ~known)
        report["psnr_known"] = psnr(ours, picture.pixels, known)
    return report
