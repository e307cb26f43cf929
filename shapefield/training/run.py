"""One run, whatever is learnt: fitted into a budget, kept on the disk, looked at, interrupted and continued.

A kind of job (a shape, a scene, a picture) is a subclass of `Run` that says what is learnt (`prepare`) and what is made
of it (`finish`). What lies between is here, once for all kinds: identity and resume, the speed probe that turns a
budget into steps, the deadline, pauses, previews, checkpoints, interruption, and torch's number of threads.
"""

from __future__ import annotations

import contextlib
import logging
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from shapefield.errors import InterruptedRun, OutputError, ResourceError
from shapefield.events import FINISH, Done, Event, Notice, Progress, Stage
from shapefield.machine.memory import give_back
from shapefield.machine.versions import versions
from shapefield.storage.files import check_replaceable, lock
from shapefield.training.previews import Previews
from shapefield.training.terms import Learning, Terms

if TYPE_CHECKING:
    from shapefield.training.loop import Trainer, TrainingPlan
    from shapefield.training.saving import Saver

log = logging.getLogger("shapefield")

Result = TypeVar("Result")
"""What a kind of run ends in."""

PROBE_SHARE = 0.02
"""Share of the remaining time that the speed probe may take, between PROBE_LEAST and PROBE_MOST seconds."""
PROBE_LEAST, PROBE_MOST = 0.05, 1.0
HELD = 0.02
"""Seconds that a caller may hold an event, printing it for example, before it counts as a pause."""


class Run(ABC, Generic[Result]):
    """One run that can be looked into while it goes: between two events of `events()` everything is whole."""

    few = 20
    """Steps under which hardly anything is learnt: told where the budget holds no more."""
    few_remedy = "a longer --budget helps"
    default_budget = 20.0
    """Seconds of a run that is given neither steps nor a budget."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.started = math.nan
        self.spent = 0.0
        """Seconds of training so far, pauses and previews left out, those before an interruption included."""
        self.history: list[dict[str, Any]] = []
        """A record of every Progress of training: step, seconds of training, and the losses by name."""
        self.identity: dict[str, Any] = {}
        self.trainer: Trainer | None = None
        self.previews = Previews(terms)
        self._saver: Saver | None = None
        self._saved: tuple[dict[str, Any], dict[str, Any], float] | None = None
        self._threads: int | None = None
        self._deadline = math.inf

    # What a kind of job says of itself.

    @abstractmethod
    def prepare(self) -> Generator[Event, Any, Learning]:
        """Read what is learnt from, and make what is trained; the events of doing so."""

    @abstractmethod
    def finish(self) -> Generator[Event, Any, Result]:
        """Make of the trained task what was asked for: surface, figures, files; returns the run's result."""

    @abstractmethod
    def command(self) -> str:
        """The line that started this run, without --resume."""

    def outputs(self) -> Sequence[Path]:
        """What the run will write, checked: nobody else may write it meanwhile. Raises OutputError."""
        return ()

    def beside(self) -> contextlib.AbstractContextManager[Any]:
        """What goes on beside the whole run."""
        return contextlib.nullcontext()

    def subject(self) -> str:
        """What the run is, in the words of a message: "the fit of bunny.obj"."""
        return "the run"

    def reserve(self) -> float:
        """Seconds of the budget that are needed after training."""
        return 0.0

    def planned(self, plan: TrainingPlan) -> None:
        """Told once before the first step, when the number of steps is known."""

    def notices(self) -> Iterator[str]:
        """What there is to tell between two steps."""
        return iter(())

    def preview(self, step: int) -> Event | None:
        """How what is learnt looks after `step` steps; None where there is nothing to show yet. Draws no randomness
        of the training's."""
        return None

    def trained(self) -> None:
        """Told once after the last step, before the trained state is kept."""

    # What every run does.

    def events(self) -> Generator[Event, Any, None]:
        """The whole run; its last event is Done with the result.

        `send(FINISH)` ends training there and goes on; `throw(InterruptedRun)` saves a checkpoint and ends.
        Raises the children of ShapefieldError.
        """
        result = yield from self.stages()
        yield Done(result)

    def stages(self) -> Generator[Event, Any, Result]:
        """The events but for Done; returns the result."""
        self.started = time.perf_counter() if self.terms.started is None else self.terms.started
        with contextlib.ExitStack() as held:
            held.callback(give_back)
            outputs = self.outputs()
            if self.terms.checkpoint is not None:
                check_replaceable(self.terms.checkpoint, self.terms.force, self.terms.inputs)
            if self.terms.peers.first:
                held.enter_context(lock(*outputs))
            held.enter_context(self.beside())
            held.enter_context(self._told_how_to_go_on())
            learning = yield from self.prepare()
            yield from self._open(learning)
            yield from self._train(learning)
            result = yield from self.finish()
            self._serve()
        return result

    @property
    def step(self) -> int:
        """Steps done so far."""
        return self.trainer.step if self.trainer is not None else 0

    @property
    def timed(self) -> bool:
        """Whether the budget decides how long the run is; not where its steps are fixed."""
        return self._deadline < math.inf

    def record(self) -> dict[str, Any]:
        """What the training was and took, plain JSON: the identity, steps_done, seconds, early (stopped by itself)."""
        early = self.trainer is not None and self.trainer.stopped_early
        return {**self.identity, "steps_done": self.step, "seconds": self.spent, "early": early}

    @property
    def own_threads(self) -> int | None:
        """torch's threads where the probe or the interrupted run chose others than there were; else None."""
        return self.identity["threads"] if self.identity["threads"] != self._threads else None

    @property
    def elapsed(self) -> float:
        """Seconds since the moment that the budget counts from."""
        return time.perf_counter() - self.started

    def farewell(self) -> str:
        """How to go on, should the process have to end now; a few words."""
        place = self.terms.checkpoint
        if self.trainer is None and not self.terms.resume:
            return "nothing was trained yet"
        if place is None or not place.exists():
            return "there is no checkpoint to go on from"
        return f"to continue: {self.command()} --resume"

    @contextlib.contextmanager
    def _told_how_to_go_on(self) -> Iterator[None]:
        """Within, an interruption and a failed output keep the trained state and tell how to go on with it."""
        from shapefield.machine.memory import shortages_told

        try:
            with shortages_told(self.subject()):
                yield
        except (OutputError, ResourceError) as error:
            if self._saver is None or not self._saver.whole:
                raise
            raise type(error)(f"{error}; {self.farewell()}") from error
        except InterruptedRun as stop:
            at = ""
            if self.trainer is not None:
                at = f" at step {self.trainer.step} of {self.trainer.plan.steps}"
                if self._saver is not None:
                    self._saver.interrupted(self._save)
            raise InterruptedRun(f"interrupted{at}: {self.farewell()}", stop.exit_code - 128) from None
        finally:
            if self._threads is not None:
                import torch

                torch.set_num_threads(self._threads)

    def _open(self, learning: Learning) -> Generator[Event, Any, None]:
        """Take up the interrupted run's checkpoint, where that is asked for."""
        import torch

        from shapefield.training.saving import Saver, reopened

        self._threads = torch.get_num_threads()
        self.identity = {
            "input": learning.source.digest,
            **learning.identity,
            "threads": self._threads,
            "versions": versions(),
        }
        self._saver, place = Saver(self.terms.checkpoint_every), self.terms.checkpoint
        if place is None:
            return
        if self.terms.resume and place.exists():
            self._saved = reopened(place, self.identity)
        elif self.terms.resume:
            yield Notice("no checkpoint to resume from: starting from the beginning")
        elif place.exists():
            yield Notice(
                "the interrupted run that left a checkpoint here is given up; --resume would have continued it"
            )

    def _train(self, learning: Learning) -> Generator[Event, Any, None]:
        """Train to the plan's end or to the deadline, with previews and checkpoints."""
        from shapefield.training.loop import Trainer

        yield Stage("training", learning.label)
        plan = self._plan(learning)
        held = learning.source.cost / 1e6
        log.info("training %s on %s (%.3g MB) for %d steps", learning.label, learning.source.name, held, plan.steps)
        self.planned(plan)
        trainer = self.trainer = Trainer(learning.task, plan, learning.kept, self.terms.peers)
        if self._saved is not None:
            trainer.load_state(self._saved[1])
            self.spent = self._saved[2]
            yield Notice(f"resumed at step {trainer.step} of {plan.steps}")
        elif self.terms.steps is None and plan.steps < self.few:
            few = "one step fits" if plan.steps == 1 else f"{plan.steps} steps fit"
            yield Notice(f"only {few} into the budget: the result may be rough; {self.few_remedy}")
        yield from self._steps(trainer)
        self.trained()
        if trainer.stopped_early:
            yield Notice(f"stopped early at step {trainer.step} of {plan.steps}: the loss no longer fell")
        if self._saver is not None and self.terms.checkpoint is not None:
            yield from self._saver.last(self._save)

    def _steps(self, trainer: Trainer) -> Generator[Event, Any, None]:
        """The trainer's events, and between two of them whatever is due."""
        assert self._saver is not None
        steps, command = trainer.run(self.terms.every), None
        while True:
            begun = time.perf_counter()
            try:
                event = steps.send(command)
            except StopIteration:
                return
            self.spent += time.perf_counter() - begun
            if isinstance(event, Progress):
                self.history.append({"step": int(event.done), "seconds": self.spent, **event.losses})
            if self.terms.checkpoint is not None:
                yield from self._saver.if_due(self._save)
            for line in self.notices():
                yield Notice(line)
            given = time.perf_counter()
            command = yield event
            # what the caller does while it holds an event, a pause or a look, is not the run's time
            self._deadline += max(0.0, time.perf_counter() - given - HELD)
            if isinstance(event, Progress):
                if time.perf_counter() >= self._deadline:
                    command = FINISH
                elif self.previews.due():
                    yield from self.previews.taken(self.preview, trainer.step)

    @property
    def budget(self) -> float:
        """Seconds from the start until everything is written."""
        return self.default_budget if self.terms.budget is None else self.terms.budget

    def _plan(self, learning: Learning) -> TrainingPlan:
        """The plan with its steps: those asked for, the interrupted run's, or as many as the budget holds."""
        import torch

        if self._saved is not None:
            steps, horizon = int(self._saved[0]["steps"]), int(self._saved[0]["horizon"])
        elif self.terms.steps is not None:
            steps, horizon = self.terms.steps, self.terms.horizon or self.terms.steps
        else:
            steps = horizon = self._affordable(learning)
            self.identity["threads"] = torch.get_num_threads()
        self.identity |= {"steps": steps, "horizon": horizon}
        return replace(learning.plan, steps=steps, horizon=horizon)

    def _affordable(self, learning: Learning) -> int:
        """Steps that fit into the budget, by a speed probe, which chooses torch's threads too; and the deadline, which
        ends the training should the probe have been too hopeful. Fixed steps have none."""
        from shapefield.training.loop import quickest_step

        self._deadline = self.started + self.budget - self.reserve()
        patience = min(max(PROBE_LEAST, PROBE_SHARE * (self._deadline - time.perf_counter())), PROBE_MOST)
        a_step = quickest_step(learning.task, learning.plan, patience) * learning.later
        steps = max(1, math.floor((self._deadline - time.perf_counter()) / a_step))
        return min(self.terms.peers.gathered(steps))

    def _save(self) -> None:
        """Write the checkpoint."""
        from shapefield.training.checkpoint import write_checkpoint

        if self.trainer is not None and self.terms.checkpoint is not None and self.terms.peers.first:
            identity = self.identity | {"origin": self.origin()}
            write_checkpoint(self.terms.checkpoint, identity, self.trainer.state(), self.spent, self.terms.inputs)

    def origin(self) -> dict[str, Any]:
        """What a checkpoint says beside the identity, for whoever wants to go on with it without its command line."""
        return {}

    def _serve(self) -> None:
        """Everything is written: the checkpoint has served."""
        from shapefield.training.checkpoint import remove_checkpoint

        if self.terms.checkpoint is not None and self.terms.peers.first:
            remove_checkpoint(self.terms.checkpoint)
