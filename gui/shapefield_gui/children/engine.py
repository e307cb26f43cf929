"""The engine process: runs one job after another, sends its events, and listens between them.

A job is a generator of the engine's events (`shapefield.events`), found by name in a table such as `jobs.JOBS`.
Questions are answered at any time: when there is no job, while one is paused, and between the steps of one that runs.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from shapefield.errors import InterruptedRun, ShapefieldError
from shapefield.events import FINISH, Done, Event
from shapefield_gui.children.answering import Answerer, Answering, Question

PAUSE, RESUME, STOP, KEEP, FINISH_NOW = "pause", "resume", "stop", "keep", "finish"
"""Commands to the running job: STOP abandons it, KEEP saves a checkpoint and ends, FINISH_NOW takes what is learnt."""


@dataclass(frozen=True, slots=True)
class JobStart:
    """Begin this job."""

    number: int
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class JobSignal:
    """Tell the running job something: one of PAUSE, RESUME, STOP, KEEP, FINISH_NOW."""

    number: int
    word: str


@dataclass(frozen=True, slots=True)
class JobEvent:
    """An event of job `number`."""

    number: int
    event: Event


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended without a result. details : the traceback where it is our bug, else ""."""

    number: int
    message: str
    details: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The job ended because it was told to; `message` says what was kept, if anything."""

    number: int
    message: str = ""


Job = Callable[..., Generator[Event, Any, None]]


def main(
    commands: Connection, events: Connection, jobs: dict[str, Job] | None = None, answer: Answerer | None = None
) -> None:
    """Serve jobs until the window closes the pipe. jobs : by name, those of `children.jobs` if not given"""
    if jobs is None:
        from shapefield_gui.children.jobs import JOBS

        jobs = JOBS
    answering = Answering(answer, events)
    waiting: list[JobStart] = []
    while True:
        if answering.waiting and not waiting and not commands.poll():
            answering.step()
            continue
        message = waiting.pop(0) if waiting else commands.recv()
        if isinstance(message, JobStart):
            _Serving(message, jobs[message.name], commands, events, answering, waiting).run()
        elif isinstance(message, Question):
            answering.ask(message.what)


class _Serving:
    """One job, run to its end."""

    def __init__(
        self,
        run: JobStart,
        job: Job,
        commands: Connection,
        events: Connection,
        answering: Answering,
        later: list[JobStart],
    ) -> None:
        """later : jobs that are asked for meanwhile are added to it"""
        self.number, self.steps = run.number, job(**run.arguments)
        self.commands, self.events, self.answering, self.later = commands, events, answering, later

    def run(self) -> None:
        """Send the job's events."""
        try:
            self._go()
        except StopIteration:
            pass
        except _Told as told:
            self.steps.close()
            self.events.send(Stopped(self.number, told.message))
        except InterruptedRun as stop:
            self.events.send(Stopped(self.number, str(stop)))
        except ShapefieldError as error:
            self._fail(str(error))
        except MemoryError:
            self._fail("Not enough memory: take a lower resolution, fewer samples or a smaller mesh.")
        except Exception as error:  # the process must outlive a job's bug, and the user must hear of it
            line = f"{type(error).__name__}: {error}".splitlines()[0]
            self._fail(f"This is a fault of the program: {line}", traceback.format_exc())

    def _fail(self, message: str, details: str = "") -> None:
        self.events.send(Failed(self.number, message, details))

    def _go(self) -> None:
        send: str | None = None
        while True:
            event = self.steps.send(send)
            self.events.send(JobEvent(self.number, event))
            # a wish to finish that comes before training began must still be there when it does
            send = self._listen() or send
            self.answering.between_steps()

    def _listen(self) -> str | None:
        """Read what has come; while paused, wait and answer. Returns what to send into the job."""
        paused, answer = False, None
        while paused or self.commands.poll():
            if paused and self.answering.waiting and not self.commands.poll():
                self.answering.step()
                continue
            message = self.commands.recv()
            if isinstance(message, JobStart):
                self.later.append(message)
            elif isinstance(message, Question):
                self.answering.ask(message.what)
            elif isinstance(message, JobSignal) and message.number == self.number:
                if message.word == FINISH_NOW:
                    answer = FINISH
                paused = message.word == PAUSE or (paused and message.word not in (RESUME, FINISH_NOW))
                self._end_if_told(message.word)
            elif isinstance(message, JobSignal) and message.word == STOP:
                self._drop(message.number)
        return answer

    def _drop(self, number: int) -> None:
        """Forget a job that has not begun."""
        for run in [r for r in self.later if r.number == number]:
            self.later.remove(run)
            self.events.send(Stopped(number))

    def _end_if_told(self, word: str) -> None:
        if word == KEEP:
            raise _Told(str(self.steps.throw(InterruptedRun("stopped by the user"))))
        if word == STOP:
            raise _Told()


class _Told(Exception):
    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


__all__ = [
    "FINISH_NOW",
    "KEEP",
    "PAUSE",
    "RESUME",
    "STOP",
    "Done",
    "Failed",
    "JobEvent",
    "JobSignal",
    "JobStart",
    "Stopped",
]
