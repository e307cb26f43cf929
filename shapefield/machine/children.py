"""Strangers' bytes handed to a library in a process of its own, which may crash, hang, or eat memory."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence

from shapefield.machine.interpreters import python

BEAT = 0.05
"""Seconds between two looks at a child's memory."""


class ChildFailed(Exception):
    """A child gave no answer; the text says why, in a few words."""


class TookTooLong(ChildFailed):
    """It was not done in time."""


class TookTooMuch(ChildFailed):
    """It held more memory than it may."""


def answer_of(module: str, question: bytes, *, seconds: float, memory: int, command: Sequence[str] = ()) -> bytes:
    """What `python -m module` writes to its standard output for the bytes on its standard input.

    seconds : after which it is ended
    memory  : bytes that it may hold, above which it is ended
    command : what to start instead, for tests
    Raises ChildFailed where it ends otherwise than with exit code 0.
    """
    words = command or python("-m", module)
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as answered:
        asked.write(question)
        asked.seek(0)
        try:
            child = subprocess.Popen(words, stdin=asked, stdout=answered, stderr=subprocess.DEVNULL)
        except OSError as error:
            raise ChildFailed(f"no process could be started ({error.strerror})") from None
        try:
            code = _watched(child, time.monotonic() + seconds, memory)
        finally:
            child.kill()
            child.wait()
        if code != 0:
            raise ChildFailed(f"its process ended ({'signal' if code < 0 else 'code'} {abs(code)})")
        answered.seek(0)
        return answered.read()


def _watched(child: subprocess.Popen[bytes], until: float, memory: int) -> int:
    """The child's exit code, once it has ended by itself."""
    watch = Watch(child.pid, until - time.monotonic(), memory)
    while True:
        try:
            return child.wait(timeout=BEAT)
        except subprocess.TimeoutExpired:
            watch.check()


class Watch:
    """The time and the resident memory of a process, looked at from outside. peak : the most that was seen, bytes."""

    def __init__(self, pid: int, seconds: float, memory: int) -> None:
        import psutil

        self.seconds, self.memory, self.peak = seconds, memory, 0
        self._until, self._process = time.monotonic() + seconds, psutil.Process(pid)

    def check(self) -> None:
        """Raise TookTooLong or TookTooMuch where the process has; one that has just ended has not."""
        if time.monotonic() > self._until:
            raise TookTooLong("it took too long")
        if self.held() > self.memory:
            raise TookTooMuch(f"it took more than {self.memory / 1e9:.1f} GB of memory")

    def held(self) -> int:
        """Resident bytes at this moment; 0 for a process that has ended."""
        import psutil

        try:
            now = self._process.memory_info().rss
        except psutil.Error:
            return 0
        self.peak = max(self.peak, now)
        return now
