"""Results of earlier runs, kept on disk: listed in the File menu, opened, and taken back out of the trash."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic

from shapefield_gui.models import formatting, keeping, runs
from shapefield_gui.models.runs import FitRun, Run
from shapefield_gui.tab_context import TabContext

_MOST = 20


class Earlier(Generic[Run]):
    """Those under one root. opened(run) : shows one, or goes on with one that was interrupted"""

    def __init__(self, work: TabContext, root: Path, kind: type[Run], opened: Callable[[Run], None]) -> None:
        self.work, self.root, self.kind, self._opened = work, root, kind, opened

    def files(self) -> list[tuple[str, str]]:
        """Title and field of each, newest first, then those that were deleted in the last days."""
        kept = [run for run in _newest(runs.found(self.root, self.kind)) if run.finished or run.interrupted]
        gone = [run for run in _newest(runs.discarded(self.root, self.kind)) if run.worth]
        titled = [(_title(run), str(run.field)) for run in kept[:_MOST]]
        return titled + [(f"Take back: {_title(run)}", str(run.field)) for run in gone[:_MOST]]

    def choose(self, field: str) -> None:
        """Open the run of this field; one in the trash is taken out of it first."""
        every = [*runs.found(self.root, self.kind), *runs.discarded(self.root, self.kind)]
        run = next((r for r in every if str(r.field) == field), None)
        if run is not None and run.folder.parent.name == keeping.TRASH:
            run = self.work.take_back(run)
        if run is not None:
            self.work.hold(run)
            self._opened(run)


def _newest(found: Iterable[Run]) -> list[Run]:
    return sorted(found, key=lambda run: run.began, reverse=True)


def _title(run: FitRun) -> str:
    when = time.strftime("%d %b %H:%M", time.localtime(run.began))
    how = str(run.settings.get("method") or run.settings.get("model") or "")
    state = "" if run.finished else ", not finished"
    return f"{Path(run.path).name}, {how}, {when} ({formatting.size(keeping.size_of(run.folder))}{state})"
