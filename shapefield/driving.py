"""Jobs driven: to their end unheard, with their events told otherwise, and as the Python API drives them."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from shapefield.bars import bars
from shapefield.events import Done, Event, Notice

Value = TypeVar("Value")

Said = TypeVar("Said")
Told = TypeVar("Told")

log = logging.getLogger("shapefield")
log.addHandler(logging.NullHandler())


def finish(job: Generator[Any, None, Value]) -> Value:
    """Run a job to its end and return its value, its events unheard."""
    while True:
        try:
            next(job)
        except StopIteration as stop:
            return stop.value


def retold(job: Generator[Said, None, Value], tell: Callable[[Said], Told | None]) -> Generator[Told, None, Value]:
    """The job with each of its events as `tell` tells it; None is not told."""
    with contextlib.closing(job):
        while True:
            try:
                event = next(job)
            except StopIteration as stop:
                return stop.value
            told = tell(event)
            if told is not None:
                yield told


def driven(events: Generator[Event, Any, Value], progress: bool = False) -> tuple[Any, list[str]]:
    """The result of the job's Done, else what it returns, and its notices, which go to the logger `shapefield` too."""
    result, notices = None, []
    with contextlib.closing(events), shown(progress) as show:
        while True:
            try:
                event = next(events)
            except StopIteration as stop:
                return (stop.value if result is None else result), notices
            show(event)
            if isinstance(event, Notice):
                notices.append(event.message)
                log.log(logging.WARNING if event.loud else logging.INFO, "%s", event.message)
            elif isinstance(event, Done):
                result = event.result


@contextlib.contextmanager
def shown(progress: bool) -> Iterator[Callable[[Event], None]]:
    """Within, what is called with every event draws it, or nothing where no progress is wanted."""
    if not progress:
        yield lambda event: None
        return
    from rich.console import Console

    with bars(Console(stderr=True)) as show:
        yield show
