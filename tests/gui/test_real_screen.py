"""The same tests on a real screen: Xvfb with a window manager, at a small laptop's size and at 4K with ratio 2."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.gl,
    pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("openbox")), reason="no Xvfb and openbox here"),
]
HERE = Path(__file__).parent


@pytest.fixture
def screen(request):
    """A display of the asked size, managed by openbox; gives its name."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{request.param}x24"],
        pass_fds=(write,),
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as number:
        display = f":{number.readline().strip()}"
    manager = subprocess.Popen(
        ["openbox"], env=os.environ | {"DISPLAY": display}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    yield display
    for process in (manager, server):
        process.terminate()
        process.wait()


@pytest.mark.parametrize("screen, ratio", [("1366x768", "1"), ("3840x2160", "2")], indirect=["screen"])
def test_the_window_works_on_a_managed_screen(screen, ratio):
    environment = os.environ | {"DISPLAY": screen, "QT_QPA_PLATFORM": "xcb", "QT_SCALE_FACTOR": ratio}
    tests = [str(HERE / "test_commands.py"), str(HERE / "test_window.py")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-k", "commands or turns_when", *tests],
        env=environment,
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
