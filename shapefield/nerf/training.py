"""The middle of a NeRF training: frame, model, task, plan within a budget, previews, checkpoints."""

from __future__ import annotations

import dataclasses
import math
import shlex
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import torch

from shapefield.errors import InterruptedRun, UsageError
from shapefield.events import FINISH, Event, Notice, Progress, Stage
from shapefield.fitting.provenance import versions
from shapefield.machine.devices import choose
from shapefield.nerf import scene as scenes
from shapefield.nerf.config import CONTRACTED, NerfConfig, options_for
from shapefield.nerf.evaluation import evaluate, preview
from shapefield.nerf.events import ViewPreview
from shapefield.nerf.forecasting import require_training
from shapefield.nerf.framing import frame_of
from shapefield.nerf.job import NerfJob
from shapefield.nerf.models import build
from shapefield.nerf.pool import Pool
from shapefield.nerf.result import CHECKPOINT_FILE, NerfResult
from shapefield.nerf.scene import Pixels, Scene
from shapefield.nerf.task import NerfTask, Surroundings
from shapefield.training.checkpoint import remove_checkpoint, write_checkpoint
from shapefield.training.loop import Plan, Trainer, seconds_a_step
from shapefield.training.saving import Saver, reopened

REPORT_SHARE = 0.06
"""Share of the budget for the held-out figures at the end."""
FEW = 100
"""Steps under which nothing can be learnt."""
PREVIEW_SIDE = 160
HELD = 0.02
"""Seconds that a caller may hold an event, printing it for example, before it counts as a pause."""


class Training:
    """One training in progress."""

    result: NerfResult
    """Made by `prepare`; its weights are those of the latest step."""

    def __init__(
        self, job: NerfJob, config: NerfConfig, scene: Scene, opened: Sequence[Pixels], scale: float, started: float
    ) -> None:
        """opened : the training pictures at 1/scale of their size;  started : when the budget began"""
        self.job, self.config = job, config
        self.scene, self.opened, self.scale, self.started = scene, opened, scale, started
        self.device = choose(self.config.device)
        self.options = options_for(self.config, self.job.options or {}, self.device)
        self.trainer: Trainer | None = None
        self.saved: tuple[dict[str, Any], dict[str, Any], float] | None = None
        self.trained = 0.0
        self.threads = torch.get_num_threads()
        self.saver = Saver(config.checkpoint_every)

    def prepare(self) -> Generator[Event, Any, None]:
        """Frame, model, pool, task."""
        if self.config.steps is not None and self.config.budget is not None:
            raise UsageError("steps, budget: expected one of the two, got both: leave one out")
        yield Stage("frame", f"{len(self.opened)} views")
        frame = frame_of(self.scene, self.opened)
        yield Notice(frame.reason)
        has_alpha = any(p.alpha is not None for p in self.opened)
        background = self.config.background
        if background == "auto":
            background = "random" if has_alpha else ("white" if frame.bounded else "learned")
        bends = self.config.model in CONTRACTED
        if self.config.contraction == "on" and not bends:
            raise UsageError(f"contraction: expected {' or '.join(CONTRACTED)}, got {self.config.model}: leave it out")
        contracted = self._switch(self.config.contraction, not frame.bounded and bends)
        if not frame.bounded and not contracted:
            yield Notice("what lies outside the box is taken for sky")
        exposure = self._switch(self.config.exposure, not has_alpha)
        config = self.config
        rays = config.rays or self.options.rays
        if self.device == "cpu":
            require_training(self.options, rays, frame.bounded and not contracted)
        field = build(
            config.model,
            self.options,
            cells=None if contracted else frame.cells,
            contracted=contracted,
            seed=config.seed,
        ).to(self.device)
        surroundings = Surroundings(background == "learned", len(self.opened) if exposure else 0).to(self.device)
        pool = Pool(self.opened, frame.similarity, self.device, None if contracted else frame.cells)
        colours = {"white": torch.ones(3, device=self.device), "black": torch.zeros(3, device=self.device)}
        self.task = NerfTask(field, surroundings, pool, rays, colours.get(background, background), config.seed)
        self.result = NerfResult(
            field, surroundings, frame.similarity, config, self.options, str(Path(self.job.source).resolve()),
            frame.bounded, contracted, self.scale, self.device,
        )  # fmt: skip
        self.identity = {
            "config": {k: v for k, v in dataclasses.asdict(config).items() if k not in _FREE},
            "options": dataclasses.asdict(self.options),
            "scene": [v.name for v in self.scene.train],
            "scale": self.scale,
            "threads": torch.get_num_threads(),
            "versions": versions(),
        }
        if self.job.resume:
            yield from self._reopen()
        elif self.place is not None and self.place.exists():
            yield Notice("the interrupted run in this folder is given up; --resume would have continued it")

    @staticmethod
    def _switch(value: str, automatic: bool) -> bool:
        return automatic if value == "auto" else value == "on"

    @property
    def place(self) -> Path | None:
        """Where the checkpoint lies."""
        return None if self.job.run is None else Path(self.job.run) / CHECKPOINT_FILE

    def train(self) -> Generator[Event | ViewPreview, Any, None]:
        """Train to the plan's end, with previews and checkpoints; ends early rather than break the budget."""
        yield Stage("training", f"{self.config.model}, {len(self.task.pool):,} pixels")
        plan = self._plan()
        if plan.steps < FEW and self.config.steps is None:
            yield Notice(
                f"the budget holds {plan.steps} steps on this machine, too few to learn from: "
                "give it more time, smaller sizes or fewer --rays"
            )
        self.task.field.steps = plan.steps
        trainer = self.trainer = Trainer(self.task, plan)
        if self.saved is not None:
            trainer.load_state(self.saved[1])
            self.trained = self.saved[2]
            yield Notice(f"resumed at step {trainer.step} of {plan.steps}")
        run = trainer.run(self.job.every)
        command, previews = None, _Previews(self)
        deadline = self._deadline()
        while True:
            begun = time.perf_counter()
            try:
                event = run.send(command)
            except StopIteration:
                break
            self.trained += time.perf_counter() - begun
            yield from self.saver.if_due(self.checkpoint)
            for step in self.task.new_restarts():
                yield Notice(f"the picture was empty after {step} steps: learning begins again with another seed")
            paused = time.perf_counter()
            command = yield event
            # what the caller does while it holds an event, a pause or a look, is not the run's time
            deadline += max(0.0, time.perf_counter() - paused - HELD)
            if isinstance(event, Progress):
                if time.perf_counter() >= deadline:
                    command = FINISH
                else:
                    yield from previews.if_due()
        self.task.field.eval()
        self.result.run |= {
            "steps": plan.steps, "steps_done": trainer.step, "rate": plan.rate, "training_seconds": self.trained,
            "device": self.device, "pixels": len(self.task.pool), **self.identity,
        }  # fmt: skip

    def _deadline(self) -> float:
        if self.config.steps is not None or self.saved is not None:
            return math.inf
        return self.started + self.config.seconds * (1.0 - REPORT_SHARE) - 0.3

    def _plan(self) -> Plan:
        rate = self.config.rate or self.options.rate
        plan = Plan(steps=self.config.steps or 1000, rate=rate, schedule="exponential", seed=self.config.seed,
                    device=self.device)  # fmt: skip
        if self.saved is not None:
            plan = dataclasses.replace(plan, steps=int(self.saved[0]["steps"]))
        elif self.config.steps is None:
            left = self._deadline() - time.perf_counter()
            self.task.field.steps = 10**9
            a_step = seconds_a_step(self.task, dataclasses.replace(plan, steps=10**9), min(0.4, 0.015 * max(left, 1.0)))
            a_step *= self.task.field.cost_later
            left = self._deadline() - time.perf_counter()
            plan = dataclasses.replace(plan, steps=max(1, math.floor(left / a_step)))
        self.identity["steps"] = plan.steps
        return plan

    def report(self) -> Generator[Event, Any, None]:
        """Held-out figures, of as many test views as the budget leaves time for."""
        views = self.scene.split("test")
        if not views:
            return
        yield Stage("report", f"{len(views)} held-out views")
        if self.config.steps is None and self.saved is None:
            begun = time.perf_counter()
            first = yield from evaluate(self.result, self.scene, views[:1])
            took = time.perf_counter() - begun
            left = self.started + self.config.seconds - time.perf_counter() - 0.3
            affordable = 1 + max(0, int(left / max(took, 1e-3)))
            if affordable == 1:
                self.result.report = first
                return
            stride = -(-len(views) // affordable)
            views = views[::stride]
        self.result.report = yield from evaluate(self.result, self.scene, views)

    def save(self) -> None:
        """Write the RUN folder; the checkpoint has served."""
        self.result.run["wall"] = time.perf_counter() - self.started
        if self.job.run is not None:
            self.result.save(Path(self.job.run))
        if self.place is not None:
            remove_checkpoint(self.place)

    def checkpoint(self) -> None:
        """Save the trainer's whole state."""
        if self.trainer is not None and self.place is not None:
            write_checkpoint(self.place, self.identity, self.trainer.state(), self.trained)

    def interrupted(self, stop: InterruptedRun) -> InterruptedRun:
        """Save what there is, and say how to go on."""
        if self.trainer is None:
            return InterruptedRun("interrupted before training: nothing to resume", stop.exit_code - 128)
        self.saver.interrupted(self.checkpoint)
        at, total = self.trainer.step, self.trainer.plan.steps
        return InterruptedRun(f"interrupted at step {at} of {total}; {self.farewell()}", stop.exit_code - 128)

    def farewell(self) -> str:
        """How to go on after an end at this moment, in a few words."""
        if self.place is None or not self.place.exists():
            return "there is no checkpoint to go on from"
        return f"to continue: {_command(self.job, self.config)}"

    def close(self) -> None:
        """torch has as many threads again as it had."""
        torch.set_num_threads(self.threads)

    def _reopen(self) -> Generator[Event, Any, None]:
        if self.place is None or not self.place.exists():
            yield Notice("no checkpoint to resume from: starting from the beginning")
            return
        self.saved = reopened(self.place, self.identity)


_FREE = ("steps", "budget", "device", "preview_every", "checkpoint_every", "downscale")
"""Settings that may differ when a run is resumed (the working scale itself may not)."""


def _command(job: NerfJob, config: NerfConfig) -> str:
    """The line that resumes the run: every setting that is not its default must be given again."""
    words = ["shapefield", "nerf", "train", str(job.source), "-o", str(job.run)]
    for entry in dataclasses.fields(config):
        value = getattr(config, entry.name)
        if value != entry.default:
            words += [f"--{entry.name.replace('_', '-')}", str(value)]
    for name, value in (job.options or {}).items():
        words += ["--set", f"{name}={value}"]
    return shlex.join([*words, "--resume"])


class _Previews:
    """Decides between steps when a preview is due; never touches the training's randomness."""

    def __init__(self, training: Training) -> None:
        self.training = training
        self.shown_at = time.perf_counter()
        self.opened: Pixels | None = None
        self.cost = 0.0

    def if_due(self) -> Generator[ViewPreview, Any, None]:
        training, now = self.training, time.perf_counter()
        every, views = training.config.preview_every, training.scene.split("val")
        if not every or not views or now - self.shown_at < max(every, 9.0 * self.cost) or training.trainer is None:
            return
        if self.opened is None:
            camera = views[0].camera
            shrink = max(camera.width, camera.height) / training.scale / PREVIEW_SIDE
            self.opened = scenes.pixels(views[0], training.scale * (shrink if shrink > 1.5 else 1.0))
        yield preview(training.result, self.opened, training.trainer.step, views[0].name)
        self.shown_at = time.perf_counter()
        self.cost = self.shown_at - now
