"""A fit in a process of its own: its peak memory is its own, and whatever ends it ends no other fit."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
import traceback
from collections.abc import Generator
from multiprocessing.connection import Connection
from typing import Any

from shapefield.driving import finish, retold
from shapefield.errors import ShapefieldError
from shapefield.events import Done, Event, Progress, Stage
from shapefield.lab.comparison.plan import MESH, Case
from shapefield.lab.comparison.rows import Row
from shapefield.machine.memory import shortages_told

BEAT = 0.5
"""Seconds without an event after which the last Progress is told again, so that the caller can interrupt."""


def isolated(case: Case) -> Generator[Event, Any, Row]:
    """Run the case in a new process, passing its events on; a failed fit gives a Row that says why.

    Closing the generator, or throwing into it, ends the process.
    """
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(case, sending), daemon=True)
    process.start()
    sending.close()
    last: Event = Stage("starting", case.method)
    try:
        while True:
            if not receiving.poll(BEAT):
                if not process.is_alive() and not receiving.poll():
                    break
                yield last
                continue
            try:
                message = receiving.recv()
            except EOFError:
                break
            if isinstance(message, Row):
                return message
            last = message if isinstance(message, Stage | Progress) else last
            yield message
        process.join()
        code = process.exitcode or 0
        why = f"signal {-code}" if code < 0 else f"exit code {code}"
        killed = code == -9  # what the system does to a process that takes too much memory
        return Row(case, failed=f"its process ended ({why}): {'allow more memory' if killed else 'try it alone'}")
    finally:
        if process.is_alive():
            process.kill()
        process.join()
        receiving.close()


def work(case: Case, out: Connection) -> None:
    """In the child: run the case and send what it yields, last its Row."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # the parent decides what they mean, and ends this process itself
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    if case.input.kind == MESH:
        from shapefield.lab.comparison.shapecase import fit_case
    else:
        from shapefield.lab.comparison.picturecase import fit_case
    begun = time.perf_counter()
    try:
        with shortages_told(f"{case.method} on {case.input.name}"):
            row = _told(fit_case(case), out)
        row.values["wall"] = time.perf_counter() - begun
    except BrokenPipeError:  # nobody listens any more: the comparison was ended
        return
    except ShapefieldError as error:
        row = Row(case, failed=str(error))
    except Exception as error:  # our bug: the comparison goes on, and the traceback is told where it belongs
        traceback.print_exc()
        row = Row(case, failed=f"a bug of ours, {type(error).__name__}: please report the lines on the terminal")
    with contextlib.suppress(BrokenPipeError):
        out.send(row)
    out.close()


def _told(steps: Generator[Event, Any, Row], out: Connection) -> Row:
    """Send all but results, which stay in this process; the Row at the end."""

    def sent(event: Event) -> None:
        if not isinstance(event, Done):
            out.send(event)

    return finish(retold(steps, sent))
