"""A child process as the window sees it: messages out without blocking, messages in by callback, death noticed.

Three one-way pipes: commands to the child, events from it, and a lifeline that carries nothing. The child leaves
when its lifeline closes, whatever it is doing, so none outlives the window, even one that was killed.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

_SPAWN = multiprocessing.get_context("spawn")

Main = Callable[[Connection, Connection], None]
"""A child's main: (commands to read, events to write)."""


class Child:
    """One child process. `receive(message)` and `died(exit_code)` are called from a thread of this object."""

    def __init__(
        self, main: Main, name: str, receive: Callable[[Any], None], died: Callable[[int | None], None]
    ) -> None:
        commands_in, self._commands = _SPAWN.Pipe(duplex=False)
        self._events, events_out = _SPAWN.Pipe(duplex=False)
        lifeline_in, self._lifeline = _SPAWN.Pipe(duplex=False)
        self._receive, self._died = receive, died
        self._closing = False
        self._outbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.process = _SPAWN.Process(
            target=_enter, args=(main, commands_in, events_out, lifeline_in), name=name, daemon=True
        )
        self.process.start()
        for end in (commands_in, events_out, lifeline_in):
            end.close()
        self._threads = [
            threading.Thread(target=self._read, name=f"{name} reader", daemon=True),
            threading.Thread(target=self._write, name=f"{name} writer", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int | None:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def send(self, message: Any) -> None:
        """Queue a message; returns at once whatever the child is doing."""
        self._outbox.put((message,))

    def close(self, patience: float = 1.0) -> None:
        """End the child: cut its lifeline, wait `patience` seconds, then kill; joins its threads.

        Without patience it is killed at once, and buried beside the caller, whom a busy machine would keep waiting.
        """
        self._closing = True
        self._lifeline.close()
        self._outbox.put(None)
        if patience > 0:
            self._bury(patience)
            return
        self.process.kill()
        threading.Thread(target=self._bury, args=(1.0,), name=f"{self.process.name} end", daemon=True).start()

    def _bury(self, patience: float) -> None:
        self.process.join(patience)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(patience)
        self._commands.close()
        self._events.close()

    def _read(self) -> None:
        try:
            while True:
                message = self._events.recv()
                if self._closing:
                    continue
                self._receive(message)
        except (EOFError, OSError):
            pass
        self._outbox.put(None)
        if not self._closing:
            self.process.join(5.0)
            self._died(self.process.exitcode)

    def _write(self) -> None:
        while (item := self._outbox.get()) is not None:
            try:
                self._commands.send(item[0])
            except (OSError, ValueError):
                return


def _enter(main: Main, commands: Connection, events: Connection, lifeline: Connection) -> None:
    """In the child: watch the lifeline, then run `main` until the window has no more to say."""
    threading.Thread(target=_watch, args=(lifeline,), name="lifeline", daemon=True).start()
    try:
        main(commands, events)
    except (EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        pass
    os._exit(0)


def _watch(lifeline: Connection) -> None:
    try:
        lifeline.recv_bytes()
    except (EOFError, OSError):
        pass
    os._exit(0)
