"""SIGINT, SIGTERM and SIGHUP: noted for a job that can save, thrown where there is none, enforced where nobody listens.

Python runs a signal's handler between two of its own instructions, so a long call into a library delays it. A thread
that waits beside the job ends the process when the job has not answered in time; whatever can be lost by that has
been saved before (`Session` writes a checkpoint when training ends).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator

from shapefield.escaping import visible
from shapefield.storage import files

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
PATIENCE = 0.6
"""Seconds in which a job must answer that has nothing to save."""
SAVING = 60.0
"""Seconds in which one must answer that is in training: to the end of its step, and to have its checkpoint written."""


class EndSignal(KeyboardInterrupt):
    """A signal came while there was no job to tell."""

    def __init__(self, number: int) -> None:
        super().__init__("interrupted")
        self.number = number


class Attention:
    """What this process does about signals. `caught` are those that the job has not been told of yet."""

    def __init__(self) -> None:
        self.caught: list[int] = []
        self.patience = PATIENCE
        self.farewell: Callable[[], str] | None = None
        self._listening = False
        self._over = threading.Event()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals for the length of the block; in a thread, and within another such block, do nothing."""
        if self._listening or threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        hangup = getattr(signal, "SIGHUP", None)
        numbers = [n for n in numbers if n != hangup or signal.getsignal(n) is not signal.SIG_IGN]  # nohup
        before = {number: signal.signal(number, self._note) for number in numbers}
        self._listening, self._over = True, threading.Event()
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        wakeup = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        with contextlib.suppress(RuntimeError):  # no thread to be had: signals are still answered, only later
            threading.Thread(target=self._watch, args=(reader, numbers), name="signals", daemon=True).start()
        try:
            yield
        finally:
            self._over.set()
            signal.set_wakeup_fd(wakeup)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(writer)
            self._listening = False
            self.caught.clear()

    @contextlib.contextmanager
    def following(self, farewell: Callable[[], str] | None = None) -> Iterator[None]:
        """Within the block a signal is only noted. farewell : says how to go on, where the job cannot say it itself."""
        self.farewell, self.patience = farewell or (lambda: ""), PATIENCE
        try:
            yield
        finally:
            self.farewell, self.patience = None, PATIENCE
            late = self.caught.copy()
            self.caught.clear()
        if late:  # it came with the job's last event: there is nothing left to save
            raise EndSignal(late[0])

    def _note(self, number: int, frame: types.FrameType | None) -> None:
        if self.farewell is None or (self.caught and number == signal.SIGINT):
            raise EndSignal(number)
        self.caught.append(number)

    def _watch(self, reader: int, numbers: list[int]) -> None:
        with open(reader, "rb", buffering=0) as pipe:
            while byte := pipe.read(1):
                if byte[0] in numbers:
                    began = time.monotonic()
                    while time.monotonic() - began < self.patience:
                        if self._over.wait(0.05):
                            return
                    self._end(byte[0])

    def _end(self, number: int) -> None:
        files.abandon()
        how = visible(self.farewell()) if self.farewell else ""
        shown = "\n\x1b[?25h" if sys.stderr.isatty() else ""
        line = f"{shown}shapefield: interrupted{': ' * bool(how)}{how}\n"
        with contextlib.suppress(OSError):
            os.write(2, line.encode())
        os._exit(128 + number)


attention = Attention()
"""The one of this process."""
