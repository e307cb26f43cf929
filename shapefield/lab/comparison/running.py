"""The comparison itself: all the fits of a plan, one after the other, as one stream of events."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator
from typing import Any

from shapefield.driving import retold
from shapefield.events import Done, Event, Notice, Progress, Stage
from shapefield.lab.comparison.isolation import isolated
from shapefield.lab.comparison.plan import Case, ComparisonPlan
from shapefield.lab.comparison.rows import Row

OVERHEAD = 9.0
"""Seconds a fit takes beside its budget: start, surface, figures, pictures; for the forecast alone."""


class Comparison:
    """A comparison that can be looked into while it runs: `rows` grows by one with every fit.

    fit : what runs a case, by default in a process of its own
    """

    def __init__(self, plan: ComparisonPlan, fit: Callable[[Case], Generator[Event, Any, Row]] = isolated) -> None:
        self.plan, self.fit = plan, fit
        self.rows: list[Row] = []

    @property
    def whole(self) -> bool:
        """Whether nothing is left to fit."""
        return len(self.rows) == len(self.plan.cases)

    def run(self) -> Generator[Event, Any, None]:
        """Fit every case; yields Stage (a fit begins), Progress and Notice, last Done with this comparison.

        A fit that fails has a row that says why. Whatever is thrown in ends the running fit and passes through.
        """
        cases = self.plan.cases
        yield Notice(forecast(self.plan))
        for number, case in enumerate(cases):
            yield Stage(_label(case), f"{number + 1} of {len(cases)}")
            row = yield from _as_one_stage(self.fit(case), _label(case))
            self.rows.append(row)
            if row.failed:
                yield Notice(f"{_label(case)}: {row.failed}")
        yield Done(self)


def forecast(plan: ComparisonPlan) -> str:
    """How many fits there are, and about how long they take."""
    count, seconds = len(plan.cases), plan.config.seconds
    minutes = None if seconds is None else max(1, round(count * (seconds + OVERHEAD) / 60))
    about = "" if minutes is None else f", about {minutes} minute{'s' * (minutes > 1)}"
    return f"{count} fit{'s' * (count > 1)}{about}: fewer with --methods, --seeds or --parameters 0"


def _label(case: Case) -> str:
    return f"{case.input.name} {case.method}" + (f" #{case.seed}" if case.config.seeds > 1 else "")


def _as_one_stage(events: Generator[Event, Any, Row], label: str) -> Generator[Event, Any, Row]:
    """The fit's training progress under the case's own label; its other stages are not told one by one."""

    def told(event: Event) -> Event:
        if isinstance(event, Progress):
            shown = dataclasses.replace(event, stage=label)
            return shown if event.stage == "training" else dataclasses.replace(shown, done=0.0, total=None)
        return Notice(f"{label}: {event.message}") if isinstance(event, Notice) else Progress(label, 0.0)

    return (yield from retold(events, told))
