"""One repairer in a process of its own: reads `source<TAB>place` lines, answers `ok` or what went wrong."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path

from benchmarks.dirty.repairers import REPAIRERS

LIMIT = 300.0
"""Seconds a case may take."""


class Worker:
    """Runs cases in a child process; a child that crashes or hangs fails its case and is started anew."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.child: subprocess.Popen | None = None

    def repair(self, source: Path, place: Path) -> tuple[str, float]:
        """("ok" or the reason, seconds)."""
        if self.child is None:
            command = [sys.executable, "-m", "benchmarks.dirty.worker", self.name]
            self.child = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
            self.answers: queue.Queue[str] = queue.Queue()
            threading.Thread(target=_listen, args=(self.child, self.answers), daemon=True).start()
        assert self.child.stdin is not None
        begun = time.perf_counter()
        try:
            self.child.stdin.write(f"{source}\t{place}\n")
            self.child.stdin.flush()
            answer = self.answers.get(timeout=LIMIT)
        except queue.Empty:
            answer = f"no answer in {LIMIT:g} s"
        except BrokenPipeError:
            answer = ""
        spent = time.perf_counter() - begun
        if answer != "ok" and not answer.startswith("error"):
            answer = answer or "crashed"
            self.close()
        return answer, spent

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


def serve(name: str) -> None:
    """Answer on the real stdout; whatever a library prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    repair = REPAIRERS[name][0]
    for line in sys.stdin:
        source, place = line.rstrip("\n").split("\t")
        try:
            repair(Path(source), Path(place))
            answer = "ok"
        except Exception as error:
            answer = f"error: {type(error).__name__}: {' '.join(str(error).split())[:160]}"
        answers.write(answer + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
