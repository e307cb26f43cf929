"""A training that is kept on the disk while it runs, so that it can be interrupted and gone on with."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from shapefield.errors import InterruptedRun
from shapefield.events import Event, Notice
from shapefield.training.checkpoint import checkpoint_path, remove_checkpoint, write_checkpoint
from shapefield.training.loop import Trainer
from shapefield.training.saving import Saver, reopened

EVERY = 10.0
"""Seconds between two checkpoints."""


class Keeper:
    """Keeps one run's checkpoint beside the file that the run will write.

    output : that file;  command : the line that goes on with the run;  resume : go on from the checkpoint
    """

    def __init__(self, output: Path, command: str, resume: bool = False) -> None:
        self.place, self.command, self.resume = checkpoint_path(output), command, resume
        self.trainer: Trainer | None = None
        self.identity: dict[str, Any] = {}
        self._before, self._begun = 0.0, time.perf_counter()
        self.saver = Saver(EVERY)

    @property
    def spent(self) -> float:
        """Seconds of the run so far, those before an interruption included."""
        return self._before + time.perf_counter() - self._begun

    def reopen(self, identity: dict[str, Any]) -> Generator[Notice, Any, dict[str, Any] | None]:
        """The interrupted run's `Trainer.state()`, if there is one to go on with; then `identity` has its steps, and
        torch its threads. InputError where the checkpoint is of another run."""
        self.identity, self._begun = identity, time.perf_counter()
        if not self.resume:
            return None
        if not self.place.exists():
            yield Notice("no checkpoint to resume from: starting from the beginning")
            return None
        saved, state, self._before = reopened(self.place, identity)
        identity["steps"] = int(saved["steps"])
        return state

    def train(self, trainer: Trainer, every: float) -> Generator[Event, Any, None]:
        """`trainer.run(every)`, saved every EVERY seconds and at its end, which what follows cannot lose then."""
        self.trainer = trainer
        events, command = trainer.run(every), None
        while True:
            try:
                event = events.send(command)
            except StopIteration:
                break
            yield from self.saver.if_due(self._save)
            command = yield event
        yield from self.saver.last(self._save)

    def interrupted(self, stop: InterruptedRun) -> InterruptedRun:
        """Save what there is; the error that says how to go on."""
        where = ""
        if self.trainer is not None:
            self.saver.interrupted(self._save)
            where = f" at step {self.trainer.step} of {self.trainer.plan.steps}"
        return InterruptedRun(f"interrupted{where}: {self.farewell()}", stop.exit_code - 128)

    def farewell(self) -> str:
        """How to go on, should the process have to end now."""
        if self.trainer is None and not self.resume:
            return "nothing was trained yet"
        return f"to continue: {self.command}" if self.place.exists() else "there is no checkpoint to go on from"

    def done(self) -> None:
        """The file is written: the checkpoint has served."""
        remove_checkpoint(self.place)

    def _save(self) -> None:
        if self.trainer is not None:
            write_checkpoint(self.place, self.identity, self.trainer.state(), self.spent)
