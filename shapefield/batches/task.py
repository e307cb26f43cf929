"""One mesh's work: everything that a process needs to do it, here or on another machine."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapefield.batches.jobs import BESIDE, JobKind


@dataclass(frozen=True)
class Limits:
    """What one mesh may take. seconds of wall time, bytes of resident memory, threads."""

    seconds: float
    memory: int
    threads: int


@dataclass(frozen=True)
class BatchTask:
    """One input and what is done with it.

    name, path : in the tree of names, and where it lies;  out : the output folder
    words      : of the command's line, without its outputs;  outputs : flag → path from the output folder
    settings, common, options : as a Record has them
    reports    : whether its output is the command's report;  force : replace what is not ours
    copy_to    : address to which outputs are copied as well, "" for none;  moved : they are kept there alone
    pictures   : whether small pictures of it and of its result are drawn
    """

    name: str
    path: str
    job: str
    out: str
    words: tuple[str, ...]
    outputs: Mapping[str, str]
    settings: str
    common: str
    options: Mapping[str, Any] = field(default_factory=dict)
    reports: bool = False
    force: bool = False
    pictures: bool = False
    copy_to: str = ""
    moved: bool = False

    def line(self) -> list[str]:
        """The words after `shapefield`, which give the same in any process."""
        found = list(self.words)
        if not self.reports:
            for flag, path in self.outputs.items():
                if not flag.startswith(BESIDE):
                    found += [f"--{flag}", str(Path(self.out) / path)]
            found += ["--force"] if self.force else []
        return found

    @property
    def command(self) -> str:
        """The line as one types it."""
        return shlex.join(["shapefield", *self.line()])


def words_of(kind: JobKind, path: str, settings: Mapping[str, Any], reference: str | None) -> tuple[str, ...]:
    """The command's words but for its outputs."""
    positional = [path] if reference is None else [path, reference]
    return (kind.name, *(f"./{one}" if one.startswith("-") else one for one in positional), *kind.words(settings))


def hash_of(kind: JobKind, settings: Mapping[str, Any], suffix: str | None, threads: int) -> str:
    """12 hex digits of all that decides the bits of a result but its input: threads count for what is trained."""
    told: Sequence[Any] = [kind.name, sorted(settings), kind.words(dict(sorted(settings.items()))), suffix]
    told = [*told, threads if kind.name == "fit" else 1]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]
