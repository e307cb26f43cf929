"""Everything that was made of meshes, in this session and in earlier ones: fits, other surfaces, comparisons, repairs.

An entry is kept as a note in the folder of its run: what it is called, its figures, and how its surface is taken out
of the field again. No Qt.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapefield.config import ExtractionConfig
from shapefield.errors import UsageError
from shapefield.storage.files import writing
from shapefield_gui.children.records import REPAIR, Fitted
from shapefield_gui.models import formatting
from shapefield_gui.models.observable import Observable
from shapefield_gui.models.runs import FitRun, GivenFile

FIT, SURFACE, COMPARED, SCENE, GIVEN = "fit", "surface", "compared", "scene", "given"
"""SCENE : a mesh out of the NeRF tab;  GIVEN : a file that was opened with others, of which nothing is made yet."""
_NOTE = "result"


@dataclass(eq=False)
class ResultEntry:
    """One result. Lengths in input units.

    name, method, when : as it is called; what made it; Unix seconds
    seconds, mean, faces, unit : its figures, None for one that is not known
    surface  : how it is taken out of its field, as `ExtractionConfig` differs from its default
    fitted   : the surface itself, where it is in memory;  state : what it waits for, while it is made
    trouble  : why nothing came of it, in a line
    exported : it was saved somewhere, or was made in an earlier session
    """

    kind: str
    run: FitRun
    name: str
    method: str
    when: float
    seconds: float | None = None
    mean: float | None = None
    faces: int | None = None
    unit: str | None = None
    surface: dict[str, Any] | None = None
    note: Path | None = None
    fitted: Fitted | None = None
    state: str = ""
    exported: bool = False
    trouble: str = ""

    @property
    def path(self) -> str:
        """The mesh that it was made of; what came out of a scene is that itself."""
        return str(self.run.field) if self.kind == SCENE else self.run.path

    @property
    def key(self) -> str:
        """What its thumbnail is kept under."""
        if self.kind == GIVEN:
            return self.path
        return f"{self.run.field}#{self.note.stem if self.note else ''}"

    @property
    def unsaved(self) -> bool:
        """It is there, and was never exported."""
        return self.made and not self.exported and (self.fitted is not None or self.note is not None)

    @property
    def made(self) -> bool:
        """There is something to show, to compare and to export."""
        return self.kind != GIVEN and not self.state

    @property
    def figures(self) -> str:
        """One line: method, error, time, faces; or what it waits for."""
        if self.state or self.trouble:
            return " · ".join(filter(None, [self.method, self.state or self.trouble]))
        parts = [self.method] if self.method else []
        parts += [] if self.mean is None else [formatting.length(self.mean, self.unit)]
        parts += [] if self.seconds is None else [formatting.seconds(self.seconds)]
        parts += [] if self.faces is None else [formatting.counted(self.faces, "face")]
        return " · ".join(parts)

    @property
    def config(self) -> ExtractionConfig:
        """How its surface is taken out of the field. Raises UsageError for a damaged note."""
        values = dict(self.surface or {})
        if isinstance(values.get("crop"), list):
            values["crop"] = tuple(values["crop"])
        try:
            return ExtractionConfig(**values)
        except TypeError as error:
            raise UsageError(f"{self.name}: its note names settings that this version does not know") from error

    def take(self, fitted: Fitted, seconds: float | None, unit: str | None) -> None:
        """It is made: keep the surface and its figures."""
        self.fitted = fitted
        self.fill(fitted.report, seconds, len(fitted.mesh.faces), unit)

    def fill(self, report: dict[str, Any], seconds: float | None, faces: int | None, unit: str | None) -> None:
        """It is made: keep its figures."""
        mean = ((report.get("quality") or {}).get("input") or {}).get("mean")
        self.state = self.trouble = ""
        self.mean, self.seconds, self.faces, self.unit = mean, seconds, faces, unit

    def as_dict(self) -> dict[str, Any]:
        """What its note holds."""
        names = ("kind", "name", "method", "when", "seconds", "mean", "faces", "unit", "surface")
        return {name: getattr(self, name) for name in names}


def given(path: str, when: float) -> ResultEntry:
    """A file that was opened with others. when : its place among them"""
    name = Path(path).name
    return ResultEntry(GIVEN, GivenFile(Path(path).parent, path, {}, when), name, "", when, exported=True)


class ResultList(Observable[[]]):
    """Entries, newest first, and which of them is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[ResultEntry] = []
        self._gone: dict[str, ResultEntry] = {}
        self.current: ResultEntry | None = None

    def add(self, entry: ResultEntry) -> None:
        self.entries.insert(0, entry)
        self.tell()

    def remove(self, entry: ResultEntry) -> None:
        """Take one off the list; its note goes, where the run has other surfaces."""
        self.entries = [e for e in self.entries if e is not entry]
        self.current = None if self.current is entry else self.current
        if entry.note is not None:
            entry.note.unlink(missing_ok=True)
        self.tell()

    def keep(self, entry: ResultEntry) -> None:
        """Write its note. Raises OutputError."""
        if entry.note is None:
            count = len(list(entry.run.folder.glob(f"{_NOTE}-*.json")))
            entry.note = entry.run.folder / f"{_NOTE}-{count + 1}-{time.time_ns()}.json"
        with writing(entry.note, "w") as file:
            json.dump(entry.as_dict(), file)
        self.tell()

    def rename(self, entry: ResultEntry, name: str) -> None:
        """Raises OutputError."""
        if name.strip():
            entry.name = name.strip()
            self.keep(entry)

    def reload(self, found: Iterable[FitRun]) -> None:
        """Take over what lies on the disk now: new notes come in, entries whose folder is gone go."""
        here = {e.note for e in self.entries}
        making = {e.run.folder for e in self.entries if e.note is None}
        for run in found:
            if run.folder not in making:
                found_here = [entry for entry in _read(run) if entry.note is None or entry.note not in here]
                self.entries += [self._again(entry) for entry in found_here]
        self._gone |= {e.note.name: e for e in self.entries if e.note is not None and not e.run.folder.is_dir()}
        self.entries = [e for e in self.entries if e.run.folder.is_dir()]
        self.entries.sort(key=lambda e: e.when, reverse=True)
        if self.current not in self.entries:
            self.current = None
        self.tell()

    def _again(self, entry: ResultEntry) -> ResultEntry:
        """One that comes back is the one that went: with its surface, and with its mark if it was not exported."""
        before = self._gone.pop(entry.note.name, None) if entry.note is not None else None
        if before is None:
            return entry
        before.run, before.note = entry.run, entry.note
        return before

    @property
    def unsaved(self) -> str:
        """What was made in this session and never exported, as a sentence begins; "" for nothing."""
        open_ones = [e for e in self.entries if e.unsaved]
        if not open_ones:
            return ""
        return open_ones[0].name if len(open_ones) == 1 else f"The work of this session ({len(open_ones)} results)"


def _read(run: FitRun) -> list[ResultEntry]:
    """The results in a run's folder; of one without notes its field."""
    found = []
    for note in sorted(run.folder.glob(f"{_NOTE}-*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            saved = json.loads(note.read_text(encoding="utf-8"))
            found.append(ResultEntry(run=run, note=note, exported=True, **saved))
    if not found and run.finished:
        resolution = run.settings.get("resolution")
        surface = {"resolution": resolution} if isinstance(resolution, int) else {}
        method = str(run.settings.get("method", ""))
        kind = REPAIR if method == REPAIR else FIT
        found.append(ResultEntry(kind, run, title(kind, run), method, run.began, surface=surface, exported=True))
    return found


def title(kind: str, run: FitRun) -> str:
    """What a new result is called."""
    said = {FIT: "Fit", SURFACE: "Surface", COMPARED: "Comparison", REPAIR: "Repair", SCENE: "Scene mesh"}[kind]
    return f"{said} of {Path(run.path).name}"
