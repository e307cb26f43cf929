"""Signals in every stage, and kill -9 at the worst moments: a line, an exit code, and nothing lost."""

import os
import shlex
import signal
import sys
from pathlib import Path

import pytest
from processes.program import QUICK, one_line, run, start, wait_until
from shapes import sphere

from shapefield.lab.picturefile import read_picture_field
from shapefield.mesh.writing import write
from shapefield.storage.container import checksum, read_container
from shapefield.training.checkpoint import read_checkpoint

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

# Pauses a stage in the middle of a call, so that a signal finds the program there and not between two events.
DEAF = """
import time
import {module} as room
before = room.{name}
def deaf(*arguments, **settings):
    open("reached", "w").close()
    while True:
        time.sleep(0.2)
room.{name} = deaf
"""
STAGES = {
    "load": ("shapefield.mesh.reading", "decode"),
    "distances": ("shapefield.solid", "solidify"),
    "surface": ("shapefield.surface.extraction", "march"),
    "report": ("shapefield.fitting.reporting", "measure"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a mesh in it."""
    write(sphere(2.0, cells=16), tmp_path / "ball.obj")
    return tmp_path


@pytest.mark.parametrize(("stage", "name"), [*zip(STAGES, ["INT", "TERM", "HUP", "INT"], strict=True)])
def test_a_signal_in_a_stage_that_does_not_listen(folder: Path, stage: str, name: str) -> None:
    number = getattr(signal, f"SIG{name}")
    module, function = STAGES[stage]
    deaf = DEAF.format(module=module, name=function)
    process = start(folder, "fit", "ball.obj", "--steps", "5", *QUICK, code=deaf)
    wait_until((folder / "reached").exists, process)
    process.send_signal(number)
    line = one_line(process.communicate()[1])  # it ends, though the stage never would
    assert process.returncode == 128 + number
    trained = stage in ("surface", "writing", "report")
    assert ("--resume" in line) == trained and "interrupted" in line
    assert sorted(os.listdir(folder)) == sorted(
        [
            "ball.obj",
            "reached",
            *(["ball.field.checkpoint"] if trained else []),
            *(["ball.shapefield.ply"] * (stage == "report")),
        ]
    )


def test_the_line_of_an_interrupted_run_resumes_it_to_the_same_bytes(folder: Path) -> None:
    whole, broken = folder / "whole", folder / "broken"
    whole.mkdir(), broken.mkdir()
    words = ("fit", "../ball.obj", "--steps", "400", "--rate", "0.00123456789", "--checkpoint-every", "1s", *QUICK)
    assert run(whole, *words).returncode == 0
    process = start(broken, *words)
    wait_until((broken / "ball.field.checkpoint").exists, process)
    process.terminate()
    line = one_line(process.communicate()[1])
    assert process.returncode == 143
    again = shlex.split(line.split("to continue: ")[1])
    assert again[0] == "shapefield"
    done = run(broken, *again[1:])
    assert done.returncode == 0, done.stderr
    same(whole, broken)
    assert not (broken / "ball.field.checkpoint").exists()


def same(first: Path, second: Path) -> None:
    """Two runs' meshes have the same bytes and their fields the same weights."""
    assert (first / "ball.shapefield.ply").read_bytes() == (second / "ball.shapefield.ply").read_bytes()
    weights = [checksum("", read_container(f / "ball.field", "field")[1]) for f in (first, second)]
    assert weights[0] == weights[1]


def test_a_picture_s_fit_answers_and_resumes_as_a_mesh_s_does(tmp_path: Path) -> None:
    words = ("image", "fit", "sample:coins", "--steps", "150", "--set", "width=16", "-o", "out.field")
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir(), broken.mkdir()
    assert run(whole, *words).returncode == 0
    slow = "import time, shapefield.lab.tasks as t\nbefore = t.SignalTask.losses\ndef error(*a):\n    "
    slow += "open('reached', 'w').close() if a[1] == 20 else time.sleep(0.01)\n    return before(*a)\n"
    process = start(broken, *words, code=slow + "t.SignalTask.losses = error")
    wait_until((broken / "reached").exists, process)
    process.terminate()
    line = one_line(process.communicate()[1])
    assert process.returncode == 143 and " of 150: to continue: shapefield image fit sample:coins" in line
    assert (broken / "out.field.checkpoint").exists() and not (broken / "out.field").exists()
    done = run(broken, *shlex.split(line.split("to continue: ")[1])[1:])
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(broken)) == ["out.field", "reached"]
    weights = [
        [v.tolist() for v in read_picture_field(f / "out.field").module.state_dict().values()] for f in (whole, broken)
    ]
    assert weights[0] == weights[1]


# One fit that is done at once, one that never ends, and a report that takes its time to write.
ENDLESS = """
import time
import shapefield.lab.comparison.page as page
import shapefield.lab.comparison.writing as writing
from shapefield.events import Progress
from shapefield.lab.comparison.rows import Row
from shapefield.lab.comparison.running import Comparison
def fit(case):
    while case.method == "mlp":
        open("reached", "w").close()
        time.sleep(0.2)
        yield Progress("training", 1, 2)
    return Row(case, {"psnr": 30.0, "ssim": 0.9, "bytes": 9.0, "parameters": 9.0, "seconds": 1.0, "memory": 9.0,
                      "steps": 5.0})
Comparison.__init__.__defaults__ = (fit,)
def slowly(*arguments, before=writing.page):
    time.sleep(2.0)
    return before(*arguments)
writing.page = slowly
"""


def test_an_interrupted_comparison_writes_what_is_done(tmp_path: Path) -> None:
    words = ("compare", "sample:coins", "--methods", "siren", "mlp", "--seeds", "1", "--parameters", "0")
    process = start(tmp_path, *words, code=ENDLESS)
    wait_until((tmp_path / "reached").exists, process)
    process.send_signal(signal.SIGINT)
    line = one_line(process.communicate()[1])
    assert process.returncode == 130
    assert line == "shapefield: interrupted after 1 of 2 fits, which are in report.html"
    assert sorted(os.listdir(tmp_path)) == ["compare.toml", "reached", "report.html", "results.csv", "table.tex"]
    assert "Interrupted: 1 of 2 are missing" in (tmp_path / "report.html").read_text()


@pytest.mark.slow
def test_kills_in_training_in_a_save_and_before_the_field_is_written(folder: Path) -> None:
    whole, broken = folder / "whole", folder / "broken"
    whole.mkdir(), broken.mkdir()
    words = ("fit", "../ball.obj", "--steps", "1200", "--checkpoint-every", "0.1s", *QUICK)
    assert run(whole, *words).returncode == 0
    kept = broken / "ball.field.checkpoint"

    def saving() -> bool:
        return kept.exists() and any(n.startswith(".ball.field.checkpoint") for n in os.listdir(broken))

    for moment in (kept.exists, saving, saving, (broken / "ball.shapefield.ply").exists):
        process = start(broken, *words, "--resume")
        wait_until(moment, process)
        process.kill()
        process.communicate()
        assert not (broken / "ball.field").exists()
        step = read_checkpoint(kept)[1]["numbers"]["step"]
        assert 1 <= step <= 1200
    done = run(broken, *words, "--resume")
    assert done.returncode == 0, done.stderr
    same(whole, broken)
    assert sorted(os.listdir(broken)) == ["ball.field", "ball.shapefield.ply"]


@pytest.mark.slow
def test_two_runs_in_one_folder_do_not_tread_on_each_other(folder: Path) -> None:
    first = start(folder, "fit", "ball.obj", "--steps", "100000", *QUICK)
    wait_until((folder / "ball.field.checkpoint").exists, first)
    second = run(folder, "fit", "ball.obj", "--steps", "5", *QUICK)
    assert second.returncode == 6 and "another shapefield run is writing it" in one_line(second.stderr)
    beside = run(folder, "fit", "ball.obj", "--steps", "5", "-o", "b.ply", "--field", "b.field", *QUICK)
    assert beside.returncode == 0, beside.stderr
    first.kill()
    first.communicate()
    third = run(folder, "fit", "ball.obj", "--steps", "5", *QUICK)
    assert third.returncode == 0, third.stderr
