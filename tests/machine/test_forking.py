"""After a fit, a forked process evaluates, extracts, fits and resumes: it waits for no thread that it does not have."""

import os
import subprocess
import sys

import pytest

from shapefield.errors import ResourceError
from shapefield.machine import devices

PROGRAM = """
import faulthandler, multiprocessing
from pathlib import Path
import numpy as np
from shapes import sphere
import shapefield as sf
from shapefield.errors import InterruptedRun
from shapefield.events import Done, Progress
from shapefield.fitting.pipeline import reconstruct
from shapefield.settings import fit_config

SMALL = dict(samples=20_000, resolution=32, table=12, base=16, steps=30)
BALL = sphere(2.0, cells=16)
POINTS = np.random.default_rng(0).uniform(-2, 2, (200_000, 3))

def answers(result):
    return result.field(POINTS).tobytes(), len(result.mesh(resolution=32).faces)

def interrupted():
    events = reconstruct(BALL, fit_config(**SMALL), field=Path("a.field"))
    next(event for event in events if isinstance(event, Progress) and event.stage == "training")
    try:
        events.throw(InterruptedRun("stop", 2))
    except InterruptedRun:
        pass

def child(result, pipe):
    faulthandler.dump_traceback_later(900, exit=True)  # only a fault takes so long
    pipe.send(answers(result))
    pipe.send(answers(sf.fit(BALL, **SMALL))[1])
    *_, done = reconstruct(BALL, fit_config(**SMALL), field=Path("a.field"), resume=True)
    pipe.send(type(done).__name__)

if __name__ == "__main__":
    result = sf.fit(BALL, **SMALL)
    interrupted()
    here = answers(result)
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=child, args=(result, sending))
    process.start()
    sending.close()
    assert receiving.recv() == here
    assert receiving.recv() > 1000
    assert receiving.recv() == "Done"
    process.join()
    print(process.exitcode)
"""


@pytest.mark.skipif(not hasattr(os, "fork") or sys.platform == "darwin", reason="fork")
def test_a_forked_process_does_all_that_its_parent_did(tmp_path):
    environment = os.environ | {"OMP_NUM_THREADS": "2", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "0", done.stderr


def test_a_fork_of_a_process_that_used_the_gpu_is_told_what_to_use(monkeypatch):
    monkeypatch.setattr("torch.cuda._is_in_bad_fork", lambda: True)
    for device in ("auto", "cuda"):
        with pytest.raises(ResourceError, match=r"forked .*multiprocessing\.get_context\('spawn'\)"):
            devices.choose(device)
