"""What was asked of a run, and what a kind of job gives it to train."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.errors import UsageError
from shapefield.events import counted
from shapefield.storage.mark import Inputs
from shapefield.training.peers import ALONE, Peers

if TYPE_CHECKING:
    from shapefield.training.best import Best
    from shapefield.training.loop import Task, TrainingPlan
    from shapefield.training.source import Source


@dataclass(frozen=True)
class Terms:
    """What was asked of a run, whatever is learnt.

    steps            : optimiser steps; None to fit them into the budget
    horizon          : steps that schedules are laid out for, where only `steps` of them are done; None for `steps`
    budget           : seconds from `started` until everything is written; None for the kind's default
    started          : time.perf_counter() of the moment the budget counts from; None for the moment the run begins
    every            : seconds between two Progress events
    checkpoint       : where the checkpoint lies; None for none
    checkpoint_every : seconds of work between two checkpoints, 0 for none
    resume           : go on from the checkpoint
    inputs           : the file or folder that is learnt from; a checkpoint of another one is not replaced
    force            : replace a file that is not ours where the checkpoint goes
    preview_share    : share of the training time that previews may take, 0 for none
    preview_every    : seconds between two previews at least
    peers            : the processes that train together; the first one's writes
    """

    steps: int | None = None
    horizon: int | None = None
    budget: float | None = None
    started: float | None = None
    every: float = 0.25
    checkpoint: Path | None = None
    checkpoint_every: float = 10.0
    resume: bool = False
    force: bool = False
    inputs: Inputs = None
    preview_share: float = 0.0
    preview_every: float = 0.0
    peers: Peers = ALONE

    def __post_init__(self) -> None:
        if self.steps is not None and self.budget is not None:
            raise UsageError("steps, budget: expected one of the two, got both: leave one out")
        if self.horizon is not None and (self.steps is None or self.horizon < self.steps):
            got = "no steps" if self.steps is None else counted(self.steps, "step")
            raise UsageError(f"horizon: expected steps of at most {self.horizon}, got {got}: give --steps as well")


@dataclass(frozen=True, eq=False)
class Learning:
    """What a kind of job gives to be trained.

    label    : what the stage "training" is called
    source   : what is learnt from
    task     : what is trained, on batches of it
    plan     : how, but for its steps, which the run decides
    identity : plain JSON of every setting that decides the bits of the result and is not the run's own, of device and
               kernels. The run adds "input", the source's digest, and steps, horizon, threads and versions.
    later    : how many times as long as one of the probe's a step of the whole run takes
    kept     : judges the states on the way, the best of which the training ends in; None to end in the last
    """

    label: str
    source: Source[Any]
    task: Task
    plan: TrainingPlan
    identity: dict[str, Any]
    later: float = 1.0
    kept: Best | None = None
