"""Events on a terminal: one live line a stage, quiet where there is no terminal, NO_COLOR respected."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

from shapefield.cli.signals import PATIENCE, SAVING, attention
from shapefield.cli.terminal import note
from shapefield.cli.voice import log, voice
from shapefield.errors import InterruptedRun
from shapefield.events import Done, Event, Notice, Stage


def follow(
    events: Generator[Any, Any, None],
    quiet: bool = False,
    farewell: Callable[[], str] | None = None,
    saving: tuple[str, ...] | None = ("training",),
    patience: float = SAVING,
) -> Any:
    """Run the job to its end, showing it on stderr; returns the result of its Done.

    A SIGINT, SIGTERM or SIGHUP is thrown into the job between two events as InterruptedRun, so that it can save.
    farewell : how to go on, should the job have to be ended before its next event
    patience : seconds that the job may take to end once it has been told
    saving   : the stages in which the job has something to save, and so longer to answer; None for all of them
    """
    result, told = None, _logged()
    with attention.listening(), attention.following(farewell), _display(quiet) as show:
        pending = next(events, None)
        while pending is not None:
            show(pending)
            told(pending)
            if isinstance(pending, Stage):
                attention.patience = SAVING if saving is None or pending.name in saving else PATIENCE
            if isinstance(pending, Done):
                result = pending.result
            try:
                pending = next(events) if not attention.caught else _stopped(events, patience)
            except StopIteration:
                break
    return result


def _logged() -> Callable[[Event], None]:
    """What puts events into the log: each stage as it ends, with its seconds, and what is noted."""
    began = entered = time.perf_counter()
    stage = ""

    def told(event: Event) -> None:
        nonlocal entered, stage
        if isinstance(event, Notice):
            voice.heard(event.message)
        if not isinstance(event, Stage | Done):
            return
        now = time.perf_counter()
        if stage:
            log.info("%-10s %8.3f s", stage, now - entered)
        if isinstance(event, Done):
            log.info("%-10s %8.3f s", "all", now - began)
        entered, stage = now, event.name if isinstance(event, Stage) else ""

    return told


def _stopped(events: Generator[Any, Any, None], patience: float) -> Any:
    attention.patience = patience  # it has answered, and may save
    return events.throw(InterruptedRun("interrupted", attention.caught[0]))


@contextmanager
def _display(quiet: bool) -> Iterator[Any]:
    if quiet or voice.verbose or not sys.stderr.isatty():  # a live line and a log's lines do not go together

        def say(event: Event) -> None:
            if isinstance(event, Notice) and (event.loud or not quiet):
                note(event.message)

        yield say
        return
    from rich.console import Console

    from shapefield.bars import bars

    with bars(Console(stderr=True)) as show:
        yield show
