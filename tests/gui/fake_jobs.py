"""Jobs for tests of the engine process; imported by the child too."""

import os
import signal
import time

from shapefield.errors import InputError
from shapefield.events import FINISH, Done, Progress, Stage


def count(most=100_000, pause=0.01):
    """Counts; FINISH ends it with what it has."""
    yield Stage("training")
    n = 0
    while n < most:
        time.sleep(pause)
        n += 1
        if (yield Progress("training", n, most, losses={"distance": 1.0 / n})) == FINISH:
            break
    yield Done(n)


def refuse():
    yield Stage("load")
    raise InputError("bunny.obj: expected faces, got none: re-export it")


def bug():
    yield Stage("load")
    raise KeyError("oops")


def die():
    yield Stage("training")
    os.kill(os.getpid(), signal.SIGKILL)


def answer(question):
    """ "slow" takes its time in small pieces; everything else is said back at once."""
    if question == "bug":
        raise KeyError("oops")
    for k in range(100 if question == "slow" else 0):
        time.sleep(0.005)
        yield None if k else "began"
    yield question


def main(commands, events):
    """The real engine's main with these jobs and this answer."""
    from shapefield_gui.children import engine, jobs

    engine.main(commands, events, jobs.JOBS | dict(count=count, refuse=refuse, bug=bug, die=die), answer)
