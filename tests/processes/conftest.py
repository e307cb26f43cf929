"""No process outlives its test."""

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
