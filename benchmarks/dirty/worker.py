"""One repairer in a process of its own, so that a crash or a hang costs one case."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

from benchmarks.dirty import environment, peers
from benchmarks.dirty.ours import OURS

LIMIT = 60.0
"""Seconds a case may take."""
WARMING = 600.0
"""Seconds the first, untimed one may take, which imports and compiles."""


class Worker:
    """Runs cases in a child process; a child that crashes or hangs fails its case and is started anew.

    warm : (source, place) of a case that is run before the first one, and counts nothing
    """

    def __init__(self, name: str, warm: tuple[Path, Path]) -> None:
        self.name, self.warm = name, warm
        self.child: subprocess.Popen | None = None

    @property
    def ours(self) -> bool:
        """Whether it reads and writes mesh files; peers read and write arrays, .npz."""
        return self.name in OURS

    def repair(self, source: Path, place: Path) -> tuple[str, float]:
        """("ok" or the reason, seconds)."""
        if self.child is None:
            self._start()
            if self.child is not None and self._asked(*self.warm, WARMING).startswith("no answer"):
                self.close()
        begun = time.perf_counter()
        answer = self._asked(source, place, LIMIT)
        spent = time.perf_counter() - begun
        if answer != "ok" and not answer.startswith("error"):
            answer = answer or "crashed"
            self.close()
        return answer, spent

    def _start(self) -> None:
        command, folder = [sys.executable, "-m", "benchmarks.dirty.ours", self.name], None
        if not self.ours:  # some leave files where they run
            command, folder = [str(environment.python()), peers.__file__, self.name], self.warm[0].parent
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self.child = subprocess.Popen(command, cwd=folder, text=True, stdin=pipe, stdout=pipe, stderr=nowhere)
        self.answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_listen, args=(self.child, self.answers), daemon=True).start()

    def _asked(self, source: Path, place: Path, limit: float) -> str:
        if self.child is None or self.child.stdin is None:
            return ""
        try:
            self.child.stdin.write(f"{source}\t{place}\n")
            self.child.stdin.flush()
            return self.answers.get(timeout=limit)
        except queue.Empty:
            return f"no answer in {limit:g} s"
        except BrokenPipeError:
            return ""

    def close(self) -> None:
        """End the child."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()
            self.child = None


def _listen(child: subprocess.Popen, answers: queue.Queue[str]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        answers.put(line.strip())
    answers.put("")
