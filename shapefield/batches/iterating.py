"""A batch for the Python API: an iterator of records, and a table of them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from shapefield.batches.config import BatchConfig
from shapefield.batches.plan import BatchPlan, plan
from shapefield.batches.record import Record
from shapefield.batches.running import Recorded, batching
from shapefield.driving import shown
from shapefield.events import Notice
from shapefield.settings import built, names


class Batch:
    """A batch that goes on as it is iterated: first the records of what is done already, then each as it ends.

    plan : what it does;  records : those that there are so far, by name
    """

    def __init__(
        self, plan: BatchPlan, on_result: Callable[[Record], Any] | None = None, progress: bool = False
    ) -> None:
        self.plan, self.records = plan, dict(plan.kept)
        self._on_result = on_result
        self._records = self._worked(progress)

    def __iter__(self) -> Iterator[Record]:
        return self._records

    def __len__(self) -> int:
        return self.plan.count

    def __repr__(self) -> str:
        return f"<Batch {self.plan.kind.name}: {len(self.records):,} of {len(self):,}>"

    def run(self) -> Batch:
        """Go on to the end."""
        for _ in self._records:
            pass
        return self

    def rows(self) -> list[dict[str, Any]]:
        """All records, to the end, as flat mappings: `pandas.DataFrame(batch.rows())`."""
        self.run()
        return [self.records[name].as_row() for name in sorted(self.records)]

    def _worked(self, progress: bool) -> Iterator[Record]:
        for record in list(self.records.values()):
            yield self._told(record)
        if not (self.plan.tasks or self.plan.skipped):
            return
        with contextlib.closing(batching(self.plan)) as events, shown(progress) as show:
            for event in events:
                if isinstance(event, Recorded):
                    self.records[event.record.name] = event.record
                    yield self._told(event.record)
                elif not isinstance(event, Notice):  # what a notice would tell is in the record
                    show(event)

    def _told(self, record: Record) -> Record:
        if self._on_result is not None:
            self._on_result(record)
        return record


def made(
    inputs: Sequence[str], out: str, job: str, on_result: Callable[[Record], Any] | None, progress: bool,
    settings: Mapping[str, Any],
) -> Batch:  # fmt: skip
    """The batch of `sf.batch`; with `on_result` it is run to its end."""
    own = {name: value for name, value in settings.items() if name in names(BatchConfig)}
    others = {name: value for name, value in settings.items() if name not in own}
    found = Batch(plan(inputs, out, job, others, built(BatchConfig, own)), on_result, progress)
    return found if on_result is None else found.run()
