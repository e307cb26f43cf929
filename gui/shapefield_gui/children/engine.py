"""The engine process: runs one job after another, sends its events, and listens between them.

A job is a generator of the engine's events (`shapefield.events`), found by name in `jobs.JOBS`.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from shapefield.errors import InterruptedRun, ShapefieldError
from shapefield.events import FINISH, Done, Event

PAUSE, RESUME, STOP, KEEP, FINISH_NOW = "pause", "resume", "stop", "keep", "finish"
"""Commands to the running job: STOP abandons it, KEEP saves a checkpoint and ends, FINISH_NOW takes what is learnt."""


@dataclass(frozen=True, slots=True)
class Run:
    """Begin this job."""

    number: int
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Command:
    """Tell the running job something: one of PAUSE, RESUME, STOP, KEEP, FINISH_NOW."""

    number: int
    word: str


@dataclass(frozen=True, slots=True)
class Said:
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


def main(commands: Connection, events: Connection) -> None:
    """Serve jobs until the window closes the pipe."""
    from shapefield_gui.children.jobs import JOBS

    waiting: list[Any] = []
    while True:
        message = waiting.pop(0) if waiting else commands.recv()
        if isinstance(message, Run):
            waiting += serve(message, JOBS[message.name], commands, events)


def serve(run: Run, job: Callable[..., Generator[Event, Any, None]], commands: Connection, events: Connection) -> list:
    """Run one job to its end; returns the jobs that were asked for meanwhile."""
    later: list[Any] = []
    steps = job(**run.arguments)
    send: str | None = None
    try:
        while True:
            event = steps.send(send)
            events.send(Said(run.number, event))
            # a wish to finish that comes before training began must still be there when it does
            send = _listen(run.number, commands, later, steps) or send
    except StopIteration:
        pass
    except _Told as told:
        steps.close()
        events.send(Stopped(run.number, told.message))
    except InterruptedRun as stop:
        events.send(Stopped(run.number, str(stop)))
    except ShapefieldError as error:
        events.send(Failed(run.number, str(error)))
    except MemoryError:
        events.send(Failed(run.number, "Not enough memory: take a lower resolution, fewer samples or a smaller mesh."))
    except Exception as error:  # the process must outlive a job's bug, and the user must hear of it
        line = f"{type(error).__name__}: {error}".splitlines()[0]
        events.send(Failed(run.number, f"This is a fault of the program: {line}", traceback.format_exc()))
    return later


class _Told(Exception):
    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


def _listen(number: int, commands: Connection, later: list[Any], steps: Generator[Event, Any, None]) -> str | None:
    """Read what has come; while paused, wait. Returns what to send into the job."""
    paused, answer = False, None
    while paused or commands.poll():
        message = commands.recv()
        if isinstance(message, Run):
            later.append(message)
        elif isinstance(message, Command) and message.number == number:
            if message.word == PAUSE:
                paused = True
            elif message.word == RESUME:
                paused = False
            elif message.word == FINISH_NOW:
                paused, answer = False, FINISH
            elif message.word == KEEP:
                event = steps.throw(InterruptedRun("stopped by the user"))
                raise _Told(str(event))
            elif message.word == STOP:
                raise _Told()
    return answer


__all__ = ["FINISH_NOW", "KEEP", "PAUSE", "RESUME", "STOP", "Command", "Done", "Failed", "Run", "Said", "Stopped"]
