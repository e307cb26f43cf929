"""Standard output that is full, closed, or read no further: a line or silence, and an exit code that says which."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from processes.program import QUICK, one_line, run, start
from shapes import sphere

import shapefield as sf
from shapefield.mesh.writing import write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="/dev/full, and closed descriptors of POSIX")

COMMANDS = {
    "help": ("--help",),
    "version": ("--version",),
    "help of a command": ("fit", "--help"),
    "methods": ("methods",),
    "methods --json": ("methods", "--json"),
    "info": ("info", "ball.obj"),
    "info of a field": ("info", "ball.field", "--json"),
    "eval": ("eval", "ball.obj", "ball.obj"),
    "fit --json": ("fit", "ball.obj", "--steps", "2", "--json", *QUICK),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mesh and a field."""
    place = tmp_path_factory.mktemp("streams")
    ball = sphere(2.0, cells=8)
    write(ball, place / "ball.obj")
    sf.fit(ball, steps=2, samples=5000, resolution=32, batch=512, table=8, levels=2).save(place / "ball.field")
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_behind_stdout_is_one_line_and_6(folder: Path, command: str) -> None:
    with open("/dev/full", "w") as full:
        done = run(folder, *COMMANDS[command], stdout=full)
    assert done.returncode == 6, done.stderr
    assert one_line(done.stderr) == ("shapefield: standard output: expected room to write, got no space left on device")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_reader_that_goes_away_is_met_with_silence(folder: Path, command: str) -> None:
    """As after `| head -1`; here nobody reads at all."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = run(folder, *COMMANDS[command], stdout=pipe)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["help", "info", "fit --json"])
def test_streams_that_are_closed_take_no_file_with_them(folder: Path, command: str) -> None:
    """The mesh must not be opened as descriptor 1 or 2, where a library that prints would write into it."""
    code = (
        "import os, sys, subprocess\n"
        "for n in (0, 1, 2): os.close(n)\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'shapefield', *sys.argv[1:]])"
    )
    command_line = [sys.executable, "-c", code, *COMMANDS[command]]
    done = subprocess.run(command_line, cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
    assert done.returncode == 0


def test_an_error_whose_line_cannot_be_written_keeps_its_code(folder: Path) -> None:
    with open("/dev/full", "w") as full, start(folder, "info", "none.obj", stderr=full) as process:
        process.communicate()
    assert process.returncode == 3
