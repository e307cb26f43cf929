"""What became of one input: a line of the manifest. docs/batch.md is the schema's reference."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

SCHEMA = "shapefield-batch/1"


class Status(StrEnum):
    """How an input ended."""

    DONE = "done"
    BELOW = "below what was asked"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    CRASHED = "crashed"
    MEMORY = "out of memory"
    SKIPPED = "skipped"

    @property
    def written(self) -> bool:
        """Whether the outputs are there."""
        return self in (Status.DONE, Status.BELOW)


@dataclass(frozen=True)
class Output:
    """A file that was written. path : from the output folder, with slashes."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Record:
    """One input's end.

    name, path : in the tree of names, and where it lay;  sha256, bytes, modified (ns) : of its file, "" and 0 if unread
    settings   : hash of the job and all that decides the result, options of its own included;  common : without those
    exit_code  : the command's, None where its process did not end by itself;  line : the reason, "" for done
    reasons    : why its report does not call a result that was written good, or ready to be printed; the worst first
    figures    : single values out of the command's report, lengths in R
    seconds, cpu_seconds, memory : what it took; memory is the most that was resident, bytes
    command    : what gives the same alone;  trace : a crash's or a bug's last lines;  finished : UTC, ISO 8601
    """

    name: str
    path: str
    job: str
    settings: str
    common: str
    status: Status
    sha256: str = ""
    bytes: int = 0
    modified: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    exit_code: int | None = None
    line: str = ""
    notices: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    command: str = ""
    trace: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    memory: int = 0
    machine: str = ""
    threads: int = 1
    versions: dict[str, str] = field(default_factory=dict)
    finished: str = ""

    @property
    def against(self) -> str:
        """Why there is no result, or what speaks against the one that there is; "" for nothing."""
        return self.line or ", ".join(self.reasons)

    @property
    def told(self) -> str:
        """How it ended, in words: "done", "done, but it is open", "failed: a.obj: expected a mesh, got …"."""
        if self.status == Status.DONE:
            return f"{self.status}, but {self.against}" if self.against else self.status.value
        return f"{self.status}: {self.against}"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, the schema's name first."""
        return {"schema": SCHEMA} | dataclasses.asdict(self)

    def as_row(self) -> dict[str, Any]:
        """Flat, for a table: figures by their own names, outputs by their paths."""
        row = {name: value for name, value in self.as_dict().items() if not isinstance(value, dict | list)}
        return row | self.figures | {"outputs": [output.path for output in self.outputs]}

    def as_line(self) -> str:
        """One line of JSON, in ASCII."""
        return json.dumps(self.as_dict())


def from_line(line: str) -> Record:
    """The record of a line; fields of later versions are left out. Raises ValueError for what is none."""
    found = json.loads(line)
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        got = found.get("schema") if isinstance(found, dict) else None
        raise ValueError(f"expected a record of {SCHEMA}, got {f'one of {got}' if got else 'none'}")
    names = {entry.name for entry in dataclasses.fields(Record)}
    own = {name: value for name, value in found.items() if name in names}
    try:
        own["status"] = Status(own["status"])
        own["outputs"] = [Output(**output) for output in own.get("outputs", ())]
        return Record(**own)
    except (KeyError, TypeError) as error:
        raise ValueError(f"expected a whole record, got one that lacks {error}") from None
