"""Every example runs as its own docstring says, and prints what it promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
PROMISED = {
    "fit_and_ask.py": [r"<Result knot.ply, hybrid, good", r"closed: True", r"of the bounding box is inside"],
    "repair_a_scan.py": [r"open before: True", r"hole closed: \d+ faces", r"closed now: True"],
    "measure_any_field.py": [r"exact .* 0\.00% on the wrong side", r"rounded .* at most 0\.0[3-6]\d R"],
    "follow_a_fit.py": [r"stage training", r"ended at step \d+ of 5000", r"again: shapefield fit .*--horizon 5000"],
    "own_method.py": [r"gaussians: mean error \d\.\de-0[23] R, IoU 0\.[4-9]"],
    "own_source.py": [r"verdict: good errors measured: False", r"volume: 5[0-4]\d\.\d of the ball's 523\.6"],
}


def run(*words: str, place: Path) -> str:
    """What a Python process prints, run in the folder."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, *words], cwd=place, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder that looks like the repository's, to write into."""
    (tmp_path / "sample_meshes").symlink_to(ROOT / "sample_meshes")
    (tmp_path / "examples").mkdir()
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", PROMISED)
def test_a_script_prints_what_it_promises(name: str, place: Path) -> None:
    printed = run(str(EXAMPLES / name), place=place)
    for told in PROMISED[name]:
        assert re.search(told, printed), (told, printed)


def test_all_examples_are_listed_and_tested() -> None:
    files = {path.name for path in EXAMPLES.iterdir() if path.suffix == ".py"}
    listed = set(re.findall(r"\]\((\S+)\)", (EXAMPLES / "README.md").read_text()))
    tested = {*PROMISED, "read_field.py"}  # that one by tests/fields/test_exporting.py
    assert files == listed == tested
