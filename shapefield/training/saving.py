"""When a run's checkpoint is due while it trains, and how it is taken up again."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from shapefield.errors import InputError, OutputError, ResourceError
from shapefield.events import Notice
from shapefield.machine.memory import shortages_told
from shapefield.machine.threads import use_threads
from shapefield.training.checkpoint import read_checkpoint

THREADS = 64
"""An interrupted run may have had so many threads on any machine; more only as many times as there are cores."""


class Saver:
    """Writes a run's checkpoint between its steps; one that cannot be written is told once, and the run goes on.

    every : seconds between two, 0 for none
    whole : the trained state was kept, so that what comes after training costs no step of it

    `save` writes it, OutputError where it cannot. It is lent for a call each: kept, it and its run would hold each
    other, and with them all the run's memory, long after both are done.
    """

    def __init__(self, every: float) -> None:
        self.every = every
        self.saved_at, self.complained, self.whole = -math.inf, False, False

    def if_due(self, save: Callable[[], None]) -> Generator[Notice, Any, None]:
        """Write it when so many seconds have passed since the last; the first one at once."""
        if self.every and time.perf_counter() - self.saved_at >= self.every:
            yield from self._save(save)
            self.saved_at = time.perf_counter()

    def last(self, save: Callable[[], None]) -> Generator[Notice, Any, None]:
        """Write the trained state: what comes after it can be ended at any moment."""
        if self.every:
            yield from self._save(save)
            self.whole = True

    def interrupted(self, save: Callable[[], None]) -> None:
        """Write the state of a run that ends here, unless it was written when training ended. Raises OutputError."""
        if not self.whole:
            save()

    def _save(self, save: Callable[[], None]) -> Generator[Notice, Any, None]:
        try:
            with shortages_told("a checkpoint"):
                save()
        except (OutputError, ResourceError) as error:
            if not self.complained:
                yield Notice(f"no checkpoint can be written, the run goes on without: {error}")
            self.complained = True


def reopened(place: Path, identity: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], float]:
    """The checkpoint at `place` as `read_checkpoint` gives it, of the run that `identity` tells.

    The number of threads decides bits too, and is taken over: torch gets what the run had, and so does `identity`.
    Raises InputError where anything else in `identity` was different.
    """
    saved = read_checkpoint(place)
    before = saved[0]
    for key, value in identity.items():
        if key != "threads" and before.get(key) != value:
            raise InputError(
                f"{place}: expected the run that was interrupted, got another {key} "
                f"({before.get(key)!r} then, {value!r} now): use the same, or start without --resume"
            )
    threads, most = int(before["threads"]), max(THREADS, 4 * (os.cpu_count() or 1))
    if threads > most:
        raise InputError(
            f"{place}: expected a run of at most {most} threads on this machine, got {threads:,}: "
            "continue it where it began, or start without --resume"
        )
    use_threads(threads)
    identity["threads"] = before["threads"]
    return saved
