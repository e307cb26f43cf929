"""Questions to an engine process, answered between the steps of whatever it is doing; the newest of a kind wins."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

Answerer = Callable[[Any], Generator[Any, None, None]]
"""question → generator of answers, yielding None where it may be interrupted."""


@dataclass(frozen=True, slots=True)
class Question:
    """Ask `what`, a record; one of the same type that is still being answered is dropped."""

    what: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """One piece of an answer."""

    content: Any


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that our own bug kept from being answered; the process and its job go on."""

    message: str
    details: str


class Answering:
    """The questions that are open, one of a type."""

    def __init__(self, answer: Answerer | None, events: Connection) -> None:
        self._answer, self._events = answer, events
        self._open: dict[type, Generator[Any, None, None]] = {}
        self._silent: set[type] = set()
        self._returned = time.perf_counter()
        self._owed = 0.0

    @property
    def waiting(self) -> bool:
        """Whether there is something to answer."""
        return bool(self._open)

    def ask(self, what: Any) -> None:
        """Take a question; it replaces an open one of its type."""
        if self._answer is None:
            return
        old = self._open.pop(type(what), None)
        if old is not None:
            old.close()
        self._open[type(what)] = self._answer(what)
        self._silent.add(type(what))

    def step(self) -> None:
        """Answer one piece of one question: first of those that have not had any answer."""
        kind = next((k for k in self._open if k in self._silent), next(iter(self._open)))
        try:
            content = next(self._open[kind])
        except StopIteration:
            self._forget(kind)
            return
        except Exception as error:  # a question must not cost the job that runs beside it
            self._forget(kind)
            line = f"{type(error).__name__}: {error}".splitlines()[0]
            self._events.send(Unanswered(f"This is a fault of the program: {line}", traceback.format_exc()))
            return
        if content is not None:
            self._silent.discard(kind)
            self._events.send(Answer(content))

    def _forget(self, kind: type) -> None:
        self._open.pop(kind, None)
        self._silent.discard(kind)

    def between_steps(self) -> None:
        """A job waits: give every question a first answer, then take no more time than the job has had."""
        begun = time.perf_counter()
        self._owed = max(0.0, self._owed - (begun - self._returned))
        while self._open and (self._silent or self._owed <= 0.0):
            before = time.perf_counter()
            self.step()
            self._owed += time.perf_counter() - before
        self._returned = time.perf_counter()
