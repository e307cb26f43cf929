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


CELLS = """
import ast, json, sys
import matplotlib
matplotlib.use("Agg")
names = {}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] != "code":
        continue
    body = ast.parse("".join(cell["source"])).body
    last = ast.Expression(body.pop().value) if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)
    shown = eval(compile(last, "cell", "eval"), names) if last is not None else None
    page = getattr(shown, "_repr_html_", lambda: "")()
    print(repr(shown), "with a picture" if "data:image/png" in page else "")
"""
"""Runs a notebook's cells one after the other, and shows what a notebook would show."""
NOTEBOOKS = {
    "first_field.ipynb": [r"<Mesh knot.ply: .*> with a picture", r"<Result knot.ply, .*> with a picture", r"'mean': "],
    "fields_and_torch.ipynb": [r"<Result knot.ply, .*> with a picture", r"^\(\d\.\d+, \d\.\d+\)", r"^\d{5,}"],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_shows_what_it_promises(name: str, place: Path) -> None:
    shown = run("-c", CELLS, str(EXAMPLES / name), place=place / "examples")
    for told in NOTEBOOKS[name]:
        assert re.search(told, shown, re.MULTILINE), (told, shown)


def test_all_examples_are_listed_and_tested() -> None:
    files = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".ipynb")}
    listed = set(re.findall(r"\]\((\S+)\)", (EXAMPLES / "README.md").read_text()))
    tested = {*PROMISED, *NOTEBOOKS, "read_field.py"}  # that one by tests/fields/test_exporting.py
    assert files == listed == tested
