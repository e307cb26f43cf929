"""What the Lab's engine process does: each a generator of events and of the records of `shapefield.lab.board`."""

from __future__ import annotations

import os
from collections.abc import Generator
from multiprocessing.connection import Connection
from typing import Any

from shapefield.events import Done
from shapefield_gui.children import engine

Job = Generator[Any, Any, None]


def run_experiment(name: str, values: dict[str, Any]) -> Job:
    """The experiment of that name with these values."""
    from shapefield.lab.experiments import experiment

    entry = experiment(name)
    yield from entry.run(entry.options(**values))
    yield Done(None)


def fit_picture(source: str, method: str, steps: int, options: dict[str, Any]) -> Job:
    """Fit a picture, showing it."""
    from shapefield.lab.livepicture import watch

    yield from watch(source, method, steps, options)
    yield Done(None)


def save_board(board: Any, title: str, see: str, path: str) -> Job:
    """What is shown, as one PNG; the dialog has asked about replacing."""
    from shapefield.lab.drawing import write_board

    write_board(board, title, see, path, force=True)
    yield Done(path)


def warm() -> Job:
    """Import what an experiment needs, so that it starts at once."""
    import torch  # noqa: F401

    import shapefield.lab.descent  # noqa: F401

    yield Done(None)


JOBS = {"experiment": run_experiment, "picture": fit_picture, "save": save_board, "warm": warm}


def main(commands: Connection, events: Connection) -> None:
    """An engine process with these jobs. Idle OpenMP threads sleep, as on the command line: torch is not loaded yet."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    engine.main(commands, events, JOBS)
