"""A job run to its end for the Python API: its events drawn if that is asked for, its notices logged and kept."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Generator, Iterator
from typing import Any, TypeVar

from shapefield.bars import bars
from shapefield.events import Done, Event, Notice

Value = TypeVar("Value")

log = logging.getLogger("shapefield")
log.addHandler(logging.NullHandler())


def driven(events: Generator[Event, Any, Value], progress: bool = False) -> tuple[Any, list[str]]:
    """The result of the job's Done, else what it returns, and its notices, which go to the logger `shapefield` too."""
    result, notices = None, []
    with contextlib.closing(events), _shown(progress) as show:
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
def _shown(progress: bool) -> Iterator[Callable[[Event], None]]:
    if not progress:
        yield lambda event: None
        return
    from rich.console import Console

    with bars(Console(stderr=True)) as show:
        yield show
