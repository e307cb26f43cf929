"""Many files in one go: the batch code of the command line, each file in a process of its own."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.events import Done, Event, Notice, Stage
from shapefield_gui.children.records import Ended

if TYPE_CHECKING:
    from shapefield.batches.record import Record

_PATIENCE_S = 1800.0
"""What one file may take; a person can stop it all sooner."""


def batch(
    paths: Sequence[str], out: str, kind: str, settings: Mapping[str, Any]
) -> Generator[Event | Ended, Any, None]:
    """Fit or repair files, an `Ended` for each as it ends. out : the folder for their outputs;  kind : "fit", "repair"

    Closing it ends all at once. Raises UsageError for settings that do not fit, OutputError for a full disk.
    """
    from shapefield.batches.config import BatchConfig
    from shapefield.batches.plan import plan
    from shapefield.batches.running import Recorded, batching

    yield Stage("load")
    there = [path for path in paths if Path(path).is_file()]
    for path in paths:
        if path not in there:
            yield Ended(path, f"{Path(path).name}: expected the file at {path}, got none: put it back there")
    if there:
        config = BatchConfig(format="ply", reports=True, timeout=_PATIENCE_S)
        with contextlib.closing(batching(plan(there, out, kind, settings, config))) as events:
            for event in events:
                if isinstance(event, Recorded):
                    yield _ended(event.record, Path(out))
                elif not isinstance(event, Notice | Done):  # what a notice would tell is in the record
                    yield event
    yield Done(None)


def _ended(record: Record, out: Path) -> Ended:
    if not record.status.written:
        return Ended(record.path, record.line or record.status.value)
    places = {Path(one.path).suffix: str(out / one.path) for one in record.outputs}
    report = json.loads(Path(places[".json"]).read_text(encoding="utf-8"))
    return Ended(record.path, "", places, report, record.seconds)
