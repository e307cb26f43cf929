"""No process outlives its test, and each starts with the signals' own effects."""

import signal
from collections.abc import Iterator

import pytest
from processes.program import started


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Kill what a test that failed has left behind."""
    yield
    while started:
        process = started.pop()
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture(autouse=True)
def hangups_are_heard() -> Iterator[None]:
    """Tests that are run under nohup would hand its deafness on to the programs they start."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
