"""`train`: a dataset becomes a radiance field, as one stream of events; budget, previews, checkpoints, resume.

dataset → Scene → pictures at a working size → frame (box, visual hull) → model → training → held-out figures → RUN
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from shapefield.events import Done, Event, Notice, Progress, Stage
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.events import ViewPreview
from shapefield.nerf.job import NerfJob
from shapefield.storage.files import lock

__all__ = ["NerfEvent", "NerfJob", "Session", "train"]

NerfEvent = Event | ViewPreview


def train(
    source: str | Path | NerfJob, config: NerfConfig | None = None, **job: Any
) -> Generator[NerfEvent, Any, None]:
    """Train on a dataset. `job` are the fields of `NerfJob`.

    Yields Stage, Progress, Notice, ViewPreview and last Done with a `NerfResult`. `send(FINISH)` ends training there
    and goes on; `throw(InterruptedRun)` saves a checkpoint and ends. Raises the children of ShapefieldError.
    """
    yield from Session(source if isinstance(source, NerfJob) else NerfJob(source, **job), config or NerfConfig()).run()


class Session:
    """One training that can be looked into while it runs: `result` is live between two events of `run()`."""

    def __init__(self, job: NerfJob, config: NerfConfig) -> None:
        self.job, self.config = job, config
        self.result: Any = None
        """A `NerfResult` as soon as training begins, its weights those of the latest step."""
        self.training: Any = None

    def run(self) -> Generator[NerfEvent, Any, None]:
        """The stages; see `train`."""
        started = time.perf_counter() if self.job.started is None else self.job.started
        from shapefield.errors import InterruptedRun, OutputError
        from shapefield.nerf import datasets, scene
        from shapefield.nerf.forecasting import require_pictures
        from shapefield.nerf.result import prepare_folder
        from shapefield.nerf.workload import working_scale

        with contextlib.ExitStack() as held:
            if self.job.run is not None:
                prepare_folder(Path(self.job.run), self.job.force, self.job.resume)
                held.enter_context(lock(self.job.run))
            yield Stage("load", str(self.job.source))
            found = datasets.read(self.job.source)
            for line in found.notices:
                yield Notice(line)
            scale = working_scale(found, self.config)
            if scale > 1.0 and self.config.downscale is None:
                yield Notice(f"pictures are shrunk by {scale:.3g} to suit the budget; --downscale sets it")
            require_pictures([view.camera for view in found.train], scale)
            opened = []
            for view in found.train:
                opened.append(scene.pixels(view, scale))
                yield Progress("load", len(opened), len(found.train))
            from shapefield.nerf.training import Training  # torch comes with it

            training = self.training = Training(self.job, self.config, found, opened, scale, started)
            held.callback(training.close)
            try:
                yield from training.prepare()
                self.result = training.result
                yield from training.train()
                yield from training.report()
                training.save()
            except InterruptedRun as stop:
                raise training.interrupted(stop) from None
            except OutputError as error:
                raise OutputError(f"{error}; {training.farewell()}") from error
            yield Done(self.result)

    def farewell(self) -> str:
        """How to go on after an interruption at this moment, in a few words."""
        return self.training.farewell() if self.training is not None else "nothing was trained yet"
