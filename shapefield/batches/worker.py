"""A warm process of the program, which runs one command after another: each as if it had been typed alone.

The process is `python -m shapefield.cli.worker`. A question is a line of JSON on its standard input, the answer one
on its standard output. It ends itself when its questions end, however whoever asks them has ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shapefield.batches.task import Limits
from shapefield.machine.children import BEAT, ChildFailed, Watch
from shapefield.machine.interpreters import python

MODULE = "shapefield.cli.worker"
TAIL = 4000
"""Bytes of what a process said last that are kept where it crashed."""


class Crashed(ChildFailed):
    """The process ended by itself. code : its exit code, negative for a signal;  trace : what it said last"""

    def __init__(self, code: int, trace: str) -> None:
        super().__init__(f"its process ended with {code}")
        self.code, self.trace = code, trace


@dataclass(frozen=True)
class CommandOutput:
    """What a command gave. report : of its `--json`;  line, notices : what it complained of, and noted;
    trace : of a bug;  cpu_seconds : that the process spent on it"""

    code: int
    report: dict[str, Any] = field(default_factory=dict)
    line: str = ""
    notices: list[str] = field(default_factory=list)
    trace: str = ""
    cpu_seconds: float = 0.0


class Worker:
    """One such process. peak : the most memory that it was seen to hold during the last question, bytes."""

    def __init__(self, limits: Limits, command: Sequence[str] = ()) -> None:
        """command : what to start instead, for tests. Raises ChildFailed where no process can be had."""
        self.limits, self.peak, self.idle = limits, 0, 0
        self._said = tempfile.TemporaryFile()
        threads = str(limits.threads)
        fixed = {"OMP_NUM_THREADS": threads, "NUMBA_NUM_THREADS": threads, "PYTHONSAFEPATH": "1"}
        apart: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}  # a Ctrl-C is the parent's to answer
        try:
            self.child = subprocess.Popen(
                command or python("-m", MODULE),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                env={**os.environ, **fixed},
                **apart,
            )
        except OSError as error:
            raise ChildFailed(f"no process could be started ({error.strerror})") from None
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="worker", daemon=True).start()
        self._answer(Watch(self.child.pid, 600.0, 1 << 62))  # that it is ready

    def ask(self, **question: Any) -> dict[str, Any]:
        """Its answer. Raises TookTooLong, TookTooMuch and Crashed; the process has ended then."""
        watch = Watch(self.child.pid, self.limits.seconds, self.limits.memory)
        try:
            assert self.child.stdin is not None
            with contextlib.suppress(OSError):  # it has ended: its exit code says how
                self.child.stdin.write(json.dumps(question).encode() + b"\n")
                self.child.stdin.flush()
            return self._answer(watch)
        except BaseException:
            self.close()
            raise
        finally:
            self.idle = watch.held()
            self.peak = watch.peak

    def close(self) -> None:
        """End the process, now."""
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self._said):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self.child.poll() is None

    def _listen(self) -> None:
        assert self.child.stdout is not None
        with self.child.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)

    def _answer(self, watch: Watch) -> dict[str, Any]:
        while True:
            try:
                line = self._lines.get(timeout=BEAT)
            except queue.Empty:
                watch.check()
                continue
            if line is None or not line.endswith(b"\n"):
                raise Crashed(self.child.wait(), self._tail())
            return json.loads(line)

    def _tail(self) -> str:
        """What it said last: the lines of a fatal error, or of a library that aborted."""
        size = self._said.seek(0, os.SEEK_END)
        self._said.seek(max(0, size - TAIL))
        return self._said.read().decode("utf-8", "replace").strip()


def answered(worker: Worker, words: Sequence[str]) -> CommandOutput:
    """What the command line `shapefield WORDS --json` gives there. Raises as `Worker.ask`."""
    return CommandOutput(**worker.ask(words=[*words, "--json"]))
