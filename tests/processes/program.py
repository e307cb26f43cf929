"""The real program in a process of its own, as a stranger would run it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

started: list[subprocess.Popen] = []
"""What a test has started; whatever still runs at its end is killed there (conftest)."""
QUICK = ("--samples", "20000", "--resolution", "32", "--set", "table=12", "--set", "base=16")


def start(folder: Path, *words: str, code: str | None = None, **more) -> subprocess.Popen:
    """Start `shapefield WORDS` in a folder; `code` runs in that interpreter before the program does."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    run = "import sys; from shapefield.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", f"{code}\n{run}" if code else run, *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
    process = subprocess.Popen(command, cwd=folder, text=True, env=environment, **pipes)
    started.append(process)
    return process


def run(folder: Path, *words: str, code: str | None = None, **more) -> subprocess.CompletedProcess:
    """`start`, and wait for its end."""
    with start(folder, *words, code=code, **more) as process:
        out, err = process.communicate()
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def wait_until(holds: Callable[[], bool], process: subprocess.Popen, seconds: float = 600.0) -> None:
    """Wait for something to be seen while the process lives; `seconds` are what only a fault takes."""
    end = time.monotonic() + seconds
    while not holds():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "it never came"
        time.sleep(0.002)


def one_line(stderr: str) -> str:
    """The only line on stderr that is no note."""
    lines = [line for line in stderr.splitlines() if not line.startswith("note: ")]
    assert len(lines) == 1 and "Traceback" not in stderr, stderr
    return lines[0]
