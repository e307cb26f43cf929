"""What the Lab's engine process does: each a generator of events and of the records of `shapefield.lab.board`."""

from __future__ import annotations

import multiprocessing
from collections.abc import Generator
from multiprocessing.connection import Connection
from typing import Any

from shapefield.errors import UsageError
from shapefield.events import Done, Notice, Progress
from shapefield.storage.files import lock
from shapefield_gui.children import engine
from shapefield_gui.children.warming import warmed
from shapefield_gui.lab.model import OwnDemo, controls_of

Job = Generator[Any, Any, None]


def run_experiment(name: str, values: dict[str, Any]) -> Job:
    """The experiment of that name with these values."""
    from shapefield.lab.experiments import experiment

    entry = experiment(name)
    yield from entry.run(entry.options(**values))
    yield Done(None)


def look_into(path: str) -> Job:
    """What a file of one's own demonstrates; it is run for that."""
    from shapefield.lab.ownfile import own_experiment

    found = own_experiment(path)
    yield Done(OwnDemo(path, found.title, found.see, tuple(controls_of(found.options, found.options()))))


def run_own(name: str, values: dict[str, Any]) -> Job:
    """The demonstration in that file, as it is now."""
    from shapefield.lab.ownfile import own_experiment

    entry = own_experiment(name)
    yield from entry.run(entry.options(**values))
    yield Done(None)


_fitted: dict[str, Any] = {}
"""The picture that was fitted last, as a PictureField under "picture"; nothing before and while one is fitted."""


def fit_picture(source: str, method: str, steps: int, options: dict[str, Any]) -> Job:
    """Fit a picture, showing it."""
    from shapefield.lab.livepicture import watch

    _fitted.clear()
    _fitted["picture"] = yield from watch(source, method, steps, options)
    yield Done(None)


def save_fitted(path: str) -> Job:
    """The picture that was fitted last, as a `.field` or, by another suffix, as a picture; the dialog has asked about
    replacing. UsageError if there is none."""
    from shapefield.lab.picturefile import write_picture_field
    from shapefield.lab.pictures import write_picture

    found = _fitted.get("picture")
    if found is None:
        raise UsageError("picture: expected one that was fitted to the end, got none: press Run and wait")
    with lock(path):
        if path.lower().endswith(".field"):
            write_picture_field(found, path, force=True)
        else:
            write_picture(found.render(), path, force=True)
    yield Done(path)


def compare(inputs: tuple[str, ...], methods: tuple[str, ...], settings: dict[str, Any], report: str) -> Job:
    """These methods on these files; Done with the report's place. Curves and pictures come with every fit.

    settings : values of CompareConfig
    """
    from shapefield.lab.comparison.plan import CompareConfig, plan
    from shapefield.lab.comparison.running import Comparison, forecast
    from shapefield.lab.comparison.writing import places, write
    from shapefield_gui.lab.comparing import shown

    found = Comparison(plan(inputs, methods, CompareConfig(**settings, parameters=0)))
    total, told = len(found.plan.cases), 0
    with lock(*places(report)):
        for event in found.run():
            if isinstance(event, Progress):
                share = event.done / event.total if event.total else 0.0
                stage = f"{event.stage}, fit {min(len(found.rows) + 1, total)} of {total}"
                yield Progress(stage, min(len(found.rows) + share, total), total)
            elif not isinstance(event, Done) and event != Notice(forecast(found.plan)):
                yield event
            for row in found.rows[told:]:
                yield from shown(row)
            told = len(found.rows)
        write(found, report, force=True)
    yield Done(report)


def save_board(board: Any, title: str, see: str, path: str) -> Job:
    """What is shown, as one PNG; the dialog has asked about replacing."""
    from shapefield.lab.drawing import write_board

    with lock(path):
        write_board(board, title, see, path, force=True)
    yield Done(path)


def warm() -> Job:
    """Import what an experiment needs, so that it starts at once."""
    yield Done(warmed("shapefield.lab.descent"))


JOBS = {
    "experiment": run_experiment,
    "look into": look_into,
    "own": run_own,
    "picture": fit_picture,
    "compare": compare,
    "save": save_board,
    "save fitted": save_fitted,
    "warm": warm,
}


def main(commands: Connection, events: Connection) -> None:
    """An engine process with these jobs."""
    # a comparison gives every fit a process, which a daemon may not have; the lifeline ends this one all the same
    multiprocessing.current_process().daemon = False
    engine.main(commands, events, JOBS)
