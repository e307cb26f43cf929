"""A demonstration of one's own: the guide's example runs, a missed promise fails, mistakes are named by their line."""

import json
import re
from pathlib import Path

import pytest

from shapefield.cli.main import main

PROMISE = """
from shapefield.lab.board import Fact

def run(options):
    yield Fact("kept", 1.0, at_most=2.0)
    yield Fact("loss", {value}, at_most=2.0)
"""


def test_the_example_of_the_guide_runs(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "lab.md").read_text()
    example = re.search(r"^```python\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    (tmp_path / "mine.py").write_text(example[1])
    assert main(["demo", str(tmp_path / "mine.py"), "--help"]) == 0
    assert "--omega" in capsys.readouterr().out
    assert main(["demo", str(tmp_path / "mine.py"), "--code"]) == 0
    assert capsys.readouterr().out == example[1]
    assert main(["demo", str(tmp_path / "mine.py"), "-o", str(tmp_path / "out"), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["missed"] == [] and 0 < found["facts"]["root mean squared error"] < 0.02
    assert (tmp_path / "out" / "mine.png").stat().st_size > 5_000


def test_a_missed_promise_fails_and_is_written(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    place = tmp_path / "mine.py"
    for value, code in ((1.5, 0), (2.5, 7)):
        place.write_text(PROMISE.format(value=value))
        assert main(["demo", str(place), "-o", str(tmp_path)]) == code
        assert (tmp_path / "mine.png").exists()
    assert "missed mine: loss" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def run(options):\n    yield 1 / 0\n", "mine.py, line 2: ZeroDivisionError: division by zero"),
        ("def run(options)\n    yield 1\n", "mine.py, line 1: SyntaxError"),
        ("import nothing_of_that_name\n", "mine.py, line 1: ModuleNotFoundError"),
        ("def run():\n    yield 1\n", r"mine.py: expected a function run\(options\) that yields"),
        ("Options = int\ndef run(options):\n    yield 1\n", "mine.py: expected Options to be a dataclass after Common"),
        (None, "mine.py: expected a Python file, got none"),
    ],
)
def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture, text: str | None, told: str) -> None:
    if text is not None:
        (tmp_path / "mine.py").write_text(text)
    assert main(["demo", str(tmp_path / "mine.py"), "-o", str(tmp_path)]) == 3
    err = capsys.readouterr().err
    assert re.search(told, err) and err.count("\n") == 1
