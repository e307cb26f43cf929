"""`train`: a dataset becomes a radiance field, as one stream of events.

dataset → Scene → pictures at a working size → frame (box, visual hull) → model → training → held-out figures → RUN
"""

from __future__ import annotations

import dataclasses
import shlex
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.config import to_argv
from shapefield.errors import UsageError
from shapefield.events import Event, Notice, Progress, Stage
from shapefield.machine.threads import thread_count
from shapefield.nerf.config import DEFAULT_BUDGET, NerfConfig
from shapefield.nerf.events import ViewPreview
from shapefield.nerf.job import NerfJob
from shapefield.nerf.share import share_line
from shapefield.training.run import Run
from shapefield.training.terms import Learning, Terms

if TYPE_CHECKING:
    from shapefield.nerf.result import NerfResult
    from shapefield.nerf.scene import Pixels, Scene
    from shapefield.nerf.training import Untrained
    from shapefield.training.loop import TrainingPlan

__all__ = ["NerfEvent", "NerfJob", "SceneRun", "train"]

NerfEvent = Event | ViewPreview
REPORT_SHARE = 0.06
"""Share of the budget for the held-out figures at the end."""
PREVIEW_SHARE = 0.1
PREVIEW_SIDE = 160


def train(
    source: str | Path | NerfJob, config: NerfConfig | None = None, **job: Any
) -> Generator[NerfEvent, Any, None]:
    """Train on a dataset. `job` are the fields of `NerfJob`.

    Yields Stage, Progress, Notice, ViewPreview and last Done with a `NerfResult`. `send(FINISH)` ends training there
    and goes on; `throw(InterruptedRun)` saves a checkpoint and ends. Raises the children of ShapefieldError.
    """
    yield from SceneRun(source if isinstance(source, NerfJob) else NerfJob(source, **job), config).events()


class SceneRun(Run["NerfResult"]):
    """One training on a scene; see `Run` for how it is driven."""

    few = 100
    few_remedy = "give it more time, smaller sizes or fewer --rays"
    default_budget = DEFAULT_BUDGET

    def __init__(self, job: NerfJob, config: NerfConfig | None = None) -> None:
        self.job, self.config = job, config or NerfConfig()
        super().__init__(
            Terms(
                steps=self.config.steps,
                horizon=self.config.horizon,
                budget=self.config.budget,
                started=job.started,
                every=job.every,
                checkpoint=job.checkpoint,
                checkpoint_every=self.config.checkpoint_every,
                resume=job.resume,
                force=job.force,
                inputs=job.source,
                preview_share=PREVIEW_SHARE if self.config.preview_every else 0.0,
                preview_every=self.config.preview_every,
            )
        )
        self.replaced: tuple[str, ...] = ()
        """What is to be told about the files that this run replaces."""
        self._source = Path(self.job.source)
        self._begun = (0.0, 0.0)
        self._made: Untrained | None = None
        self._shown: Pixels | None = None

    def outputs(self) -> Sequence[Path]:
        """The RUN folder, made. Raises OutputError where it holds other files."""
        from shapefield.nerf.result import prepare_folder

        if self.job.run is None:
            return ()
        self.replaced = prepare_folder(Path(self.job.run), self.job.force, self.job.resume, self.job.source)
        return (Path(self.job.run),)

    def subject(self) -> str:
        """The training on a dataset."""
        return f"the training on {self.job.source}"

    def command(self) -> str:
        """The line of this run: every setting that is not its default must be given again."""
        return command_of(self.job, self.config)

    def prepare(self) -> Generator[Event, Any, Learning]:
        """Scene, pictures, frame, model."""
        scene, opened, scale = yield from self._opened()
        from shapefield.nerf.training import untrained  # torch comes with it

        source = str(Path(self._source).resolve())
        made = yield from untrained(self.config, self.job.options or {}, source, scene, opened, scale)
        self._made = made
        self.previews.wait()
        self._begun = time.perf_counter(), time.process_time()
        made.task.field.steps = 10**9  # the probe's steps are those of the start
        label = f"{self.config.model}, {len(made.task.pool):,} pixels"
        return Learning(label, made.task.pool, made.task, made.plan, made.identity, made.task.field.cost_later)

    def _opened(self) -> Generator[Event, Any, tuple[Scene, list[Pixels], float]]:
        """The dataset, its training pictures at their working size, and the divisor of their size."""
        from shapefield.nerf import datasets
        from shapefield.nerf.datasets.masks import understood
        from shapefield.nerf.forecasting import require_pictures
        from shapefield.nerf.opening import open_all
        from shapefield.nerf.workload import working_scale

        yield Stage("load", str(self.job.source))
        try:
            found = datasets.read(self._source)
        except datasets.UnposedPhotographs:
            self._source = yield from self._posed()
            found = datasets.read(self._source)
        for line in (*found.notices, *self.replaced):
            yield Notice(line)
        found, said = understood(found, self.config.masks)
        if said is not None:
            yield Notice(said)
        scale = working_scale(found, self.config)
        if scale > 1.0 and self.config.downscale is None:
            yield Notice(f"pictures are shrunk by {scale:.3g} to suit the budget; --downscale sets it")
        require_pictures([view.camera for view in found.train], scale)
        opened = []
        for picture in open_all(found.train, scale):
            opened.append(picture)
            yield Progress("load", len(opened), len(found.train))
        return found, opened, scale

    def _posed(self) -> Generator[Event, Any, Path]:
        """Where the poses of plain photographs are kept, found where they are not there yet: beside the RUN folder."""
        from shapefield.nerf.photos.posing import is_posed, lines, pose

        if self.job.run is None:
            raise UsageError(f"{self._source}: expected posed pictures: `shapefield nerf poses` finds the poses")
        scene = Path(self.job.run).with_name(Path(self.job.run).name + ".scene")
        if not is_posed(scene, self._source):
            report = yield from pose(self._source, scene, force=self.job.force)
            for line in lines(report):
                yield Notice(line.strip())
        yield Notice(f"the poses are in {scene}")
        return scene

    def reserve(self) -> float:
        """Seconds for the held-out figures."""
        return REPORT_SHARE * self.budget + 0.3

    def planned(self, plan: TrainingPlan) -> None:
        """The field's own schedules follow the plan."""
        self._ready().task.field.steps = plan.length

    def notices(self) -> Iterator[str]:
        """Where the field began again."""
        for step in self._ready().task.new_restarts():
            yield f"the picture was empty after {step} steps: learning begins again with another seed"

    def preview(self, step: int) -> Any:
        """The first held-out view beside the truth; None without one."""
        from shapefield.nerf import scene as scenes
        from shapefield.nerf.evaluation import preview

        made = self._ready()
        views = made.scene.split("val")
        if not views:
            return None
        if self._shown is None:
            camera, scale = views[0].camera, made.result.downscale
            shrink = max(camera.width, camera.height) / scale / PREVIEW_SIDE
            self._shown = scenes.pixels(views[0], scale * (shrink if shrink > 1.5 else 1.0))
        return preview(made.result, self._shown, step, views[0].name)

    def trained(self) -> None:
        """The result tells what it was trained by."""
        made = self._ready()
        made.task.field.eval()
        record = self.record()
        seconds = record.pop("seconds")
        made.result.run |= {
            "rate": made.plan.rate,
            "training_seconds": seconds,
            "pixels": len(made.task.pool),
            **record,
        }
        made.result.run["command"] = self._again(made)

    def _again(self, made: Untrained) -> str:
        """The line that gives the same bytes again."""
        done, horizon = self.step, int(self.identity["horizon"])
        again = dataclasses.replace(
            self.config, steps=done, horizon=horizon if horizon != done else None, budget=None,
            downscale=made.result.downscale,
        )  # fmt: skip
        threads = self.own_threads
        return (f"OMP_NUM_THREADS={threads} " if threads is not None else "") + command_of(self.job, again)

    def finish(self) -> Generator[Event, Any, NerfResult]:
        """Held-out figures, and the RUN folder."""
        result = self._ready().result
        if self.timed and (line := self._busy()) is not None:
            yield Notice(line)
        yield from self._measured(result)
        result.run["wall"] = self.elapsed
        if self.job.run is not None:
            result.save(Path(self.job.run))
        return result

    def _busy(self) -> str | None:
        """What is to be told of the machine's other work; also in the run's record."""
        wall, processor = time.perf_counter() - self._begun[0], time.process_time() - self._begun[1]
        self._ready().result.run["processor_seconds"] = round(processor, 2)
        return share_line(wall, processor, self.own_threads or thread_count())

    def _measured(self, result: NerfResult) -> Generator[Event, Any, None]:
        """Figures of as many held-out views as the budget leaves time for."""
        from shapefield.nerf.evaluation import evaluate

        made = self._ready()
        scene, views = made.scene, list(made.task.pool.references.values())
        if not views:
            return
        yield Stage("report", f"{len(views)} held-out views")
        if self.timed:
            begun = time.perf_counter()
            first = yield from evaluate(result, scene, views[:1])
            took = time.perf_counter() - begun
            left = self.budget - self.elapsed - 0.3
            affordable = 1 + max(0, int(left / max(took, 1e-3)))
            if affordable == 1:
                result.report = first
                return
            stride = -(-len(views) // affordable)
            views = views[::stride]
        result.report = yield from evaluate(result, scene, views)

    @property
    def result(self) -> NerfResult | None:
        """From the stage "training" on, its weights those of the latest step."""
        return self._made and self._made.result

    def _ready(self) -> Untrained:
        """What `prepare` has made."""
        assert self._made is not None
        return self._made


def command_of(job: NerfJob, config: NerfConfig) -> str:
    """The `shapefield nerf train` line of these settings."""
    words = ["shapefield", "nerf", "train", str(job.source), "-o", str(job.run)]
    options = job.options or {}
    return shlex.join([*words, *to_argv(config.differing), *to_argv(options, options)])
