"""The middle of a fit: from a solid to a trained field, within a budget, resumable.

A `Fit` holds what the stages share; its generators yield events and are chained by `pipeline.reconstruct`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from shapefield.config import ExtractionConfig, FitConfig
from shapefield.errors import NoSurfaceError
from shapefield.events import Event, Notice, Preview, Progress, Stage, counted
from shapefield.fieldfile import COLOUR_OPTIONS
from shapefield.fields import build
from shapefield.fitting.forecasting import require_training
from shapefield.fitting.gathering import Gathered
from shapefield.fitting.job import Clock, Job
from shapefield.fitting.provenance import command_of, identity_of, mesh_hash, origin_of
from shapefield.fitting.task import Objective, ShapeTask
from shapefield.machine.devices import choose
from shapefield.mesh.model import UNIT_RADIUS, Mesh
from shapefield.methods import METHODS, method
from shapefield.result import Result
from shapefield.storage.compact import COMPACT, round_module, rounded
from shapefield.surface import forecast, smallest_side
from shapefield.training.checkpoint import checkpoint_path, remove_checkpoint, write_checkpoint
from shapefield.training.loop import Plan, Trainer, quickest_step
from shapefield.training.saving import Saver, reopened

if TYPE_CHECKING:
    from shapefield.solid import Solid

PROBE_SHARE = 0.02
"""Share of the remaining time that the speed probe may take."""


FIRST_LOOK = 0.15
"""Seconds that a first preview of the network is taken to cost."""


FEW = 20
"""Steps below which hardly any network has learnt a surface."""


class Fit:
    """One fit in progress: network, task, trainer, and where its checkpoint lies."""

    def __init__(self, job: Job, config: FitConfig, mesh: Mesh, solid: Solid, clock: Clock) -> None:
        self.job, self.config, self.solid, self.clock, self.mesh = job, config, solid, clock, mesh
        self.device = choose(config.training.device)
        self.threads = torch.get_num_threads()
        self.method = method(config.method)
        self.preset = config.preset if config.preset != "auto" else ("cpu" if self.device == "cpu" else "paper")
        preset_options, self.recipe = self.method.preset(self.preset, config.sampling.samples)
        self.options = self.method.options(**(preset_options | config.options))
        if self.device == "cpu":
            require_training(self.method, self.options, int(self._own("batch")))
        self.place = checkpoint_path(job.field) if job.field is not None else None
        self.saved: tuple[dict[str, Any], dict[str, Any], float] | None = None
        self.spent = 0.0
        self.seen = False
        self.result = Result(
            self.method, self.options, self.preset, self._network(), solid.similarity, unit=mesh.unit, name=mesh.name
        )
        self.result.smallest = smallest_side(solid.mesh) * solid.similarity.scale
        self.result.device = self.device
        self.result.box(config.extraction)  # a level or crop that does not fit is told before training, not after
        self.trainer: Trainer | None = None
        self.saver = Saver(config.training.checkpoint_every)

    def _network(self) -> torch.nn.Module:
        return build(self.method, self.options, seed=self.config.training.seed)

    def prepare(self, gathered: Gathered) -> Generator[Event, Any, None]:
        """Make the task out of what was gathered, and open the checkpoint of a run that is to be continued."""
        seed = self.config.training.seed
        self.identity = {"input": mesh_hash(self.mesh)} | identity_of(
            self.config, self.options, self.preset, self.device, self.solid.backend
        )
        if self.job.resume:
            yield from self._reopen()
        self.seen = gathered.seen
        if gathered.coarse is not None:
            module: Any = self.result.module
            base = gathered.coarse
            # rounded now, the network learns the rounding away
            base = rounded("base", base) if self.preset == COMPACT else base
            module.set_base(torch.from_numpy(base))
        if gathered.painted is not None:
            self.result.colour = _painter(gathered.painted[1], seed)
        clamp = self._own("clamp") * UNIT_RADIUS
        objective = Objective(self.method.kind, int(self._own("batch")), clamp, self._own("eikonal"))
        self.task = ShapeTask(
            self.result.module, gathered.samples, objective, self.device, self.result.colour, gathered.painted
        )

    def _own(self, name: str) -> float:
        """A training value: what the user set, or the method's own."""
        value = getattr(self.config.training, name)
        return getattr(self.recipe, name) if value is None else value

    def train(self) -> Generator[Event, Any, None]:
        """Train to the plan's end, with checkpoints, and previews if the job wants them."""
        yield Stage("training", self.method.name)
        plan = self._plan()
        trainer = self.trainer = Trainer(self.task, plan)
        if self.saved is not None:
            trainer.load_state(self.saved[1])
            self.spent = self.saved[2]
            yield Notice(f"resumed at step {trainer.step} of {plan.steps}")
        if self.config.training.steps is None and plan.steps < FEW:
            few = "one step fits" if plan.steps == 1 else f"{plan.steps} steps fit"
            yield Notice(f"only {few} into the budget: the surface may be rough; a longer --budget helps")
        self.result.run |= {"steps": plan.steps, "rate": plan.rate, "batch": self.task.batch, **self.identity}
        steps, command, previews = trainer.run(), None, _Previews(self)
        while True:
            before = time.perf_counter()
            try:
                event = steps.send(command)
            except StopIteration:
                break
            self.spent += time.perf_counter() - before
            yield from self.saver.if_due(self.save)
            command = yield event
            if isinstance(event, Progress):
                yield from previews.if_due()
        if self.preset == COMPACT:
            # what is extracted and measured is what the file will give back
            for network in (self.result.module, self.result.colour):
                if network is not None:
                    round_module(network)
        if trainer.stopped_early:
            yield Notice(f"stopped early at step {trainer.step} of {plan.steps}: the loss no longer fell")
        self.result.run |= {"steps_done": trainer.step, "seconds": self.spent, "early": trainer.stopped_early}
        threads = torch.get_num_threads()
        own = threads if threads != self.threads else None
        self.result.run["command"] = command_of(self.job, self.config, trainer.step, own)
        yield from self.saver.last(self.save)
        self.clock.leave("training")

    def surface(self) -> Generator[Event, Any, Mesh]:
        """The trained field's surface. Raises NoSurfaceError with training's remedy where it holds none."""
        level, steps = self.config.extraction.offset, self.result.run["steps_done"]
        try:
            return (yield from self.result.surface(self.config.extraction))
        except NoSurfaceError as error:
            if level:
                raise
            raise NoSurfaceError(
                f"field: expected a surface, got none after {counted(steps, 'step')}: "
                "give it a longer --budget or more --steps"
            ) from error

    def _plan(self) -> Plan:
        training = self.config.training
        plan = Plan(
            steps=training.steps or 1000,
            rate=self._own("rate"),
            schedule=training.schedule or self.recipe.schedule,
            ema=self._own("ema"),
            early_stop=self._own("early_stop"),
            seed=training.seed,
            device=self.device,
            amp=training.amp,
        )
        if self.saved is not None:
            plan = replace(plan, steps=self.saved[0]["steps"])
        elif training.steps is None:
            plan = replace(plan, steps=self._affordable(plan))
            self.identity["threads"] = torch.get_num_threads()
        self.identity["steps"] = plan.steps
        return plan

    def _affordable(self, plan: Plan) -> int:
        """Steps that fit into the budget, by a speed probe; the surface and the writing are set aside for."""
        budget = self.config.training.budget or math.inf
        left = budget - self.clock.spent
        reserve = self._surface_seconds()
        a_step = quickest_step(self.task, plan, max(0.05, PROBE_SHARE * left))
        left = budget - self.clock.spent - reserve
        return max(1, math.floor(left / a_step))

    def _surface_seconds(self) -> float:
        """Seconds that the surface will take: its queries and normals at the measured speed, and its bookkeeping."""
        points = np.random.Generator(np.random.PCG64(0)).uniform(-1, 1, (1 << 15, 3)).astype(np.float32)
        frozen = self.result.frozen
        a_value = _seconds_a_point(frozen.value, points)
        a_normal = _seconds_a_point(frozen.gradient, points[: 1 << 13])
        mesh, resolution = self.solid.mesh, self.config.extraction.resolution
        area = float(mesh.face_areas.sum()) * self.solid.similarity.scale**2
        wanted = forecast(resolution, area=area).evaluations
        # a vertex takes about three queries and one normal; the rest takes 0.6 s at 512³ (measured), the remainder is a
        # margin: steps grow slower than the probe's, and the file has to be written
        return wanted * (a_value + a_normal / 3) + 0.3 + 1.5 * (resolution / 512) ** 2

    def _reopen(self) -> Generator[Event, Any, None]:
        if self.place is None or not self.place.exists():
            yield Notice("no checkpoint to resume from: starting from the beginning")
            return
        self.saved = reopened(self.place, self.identity)

    def save(self) -> None:
        """Write the checkpoint."""
        if self.trainer is not None and self.place is not None:
            identity = self.identity | {"origin": origin_of(self.job, self.config)}
            write_checkpoint(self.place, identity, self.trainer.state(), self.spent)

    def close(self) -> None:
        """torch has as many threads again as it had."""
        torch.set_num_threads(self.threads)

    def done(self) -> None:
        """The files are written: the checkpoint has served."""
        if self.place is not None:
            remove_checkpoint(self.place)


def _painter(colours: np.ndarray, seed: int) -> torch.nn.Module:
    """The RGB network. It starts from the mean of the colours (k, 3): a surface that has learnt little is not black."""
    network: Any = build(METHODS["hashgrid"], COLOUR_OPTIONS, outputs=3, seed=seed)
    with torch.no_grad():
        network.network[-1].bias.copy_(torch.from_numpy(colours.mean(axis=0)))
    return network


def _seconds_a_point(ask: Callable[[np.ndarray], np.ndarray], points: np.ndarray) -> float:
    ask(points[:1000])  # not timed: it fills caches
    begun = time.perf_counter()
    ask(points)
    return (time.perf_counter() - begun) / len(points)


class _Previews:
    """Decides between steps when a preview is due; never touches the training's randomness."""

    def __init__(self, fit: Fit) -> None:
        self.fit = fit
        # after the base's preview the network's first one waits until it has learnt a little
        self.shown_at, self.cost = (time.perf_counter(), FIRST_LOOK) if fit.seen else (-math.inf, 0.0)

    def if_due(self) -> Generator[Event, Any, None]:
        share, now = self.fit.job.previews, time.perf_counter()
        if not share or self.fit.trainer is None or now - self.shown_at < self.cost * (1 - share) / share:
            return
        resolution = 64 if self.shown_at < 0 else 128
        surface = self.fit.result.surface(ExtractionConfig(resolution=resolution))
        try:
            while True:
                next(surface)
        except StopIteration as stop:
            mesh = stop.value
        except NoSurfaceError:
            return  # nothing crosses zero yet: there is nothing to show
        error = self.fit.solid.unsigned(mesh.vertices).astype(np.float32)
        yield Preview(mesh.vertices, mesh.faces, self.fit.trainer.step, resolution, error)
        self.cost, self.shown_at = time.perf_counter() - now, time.perf_counter()
