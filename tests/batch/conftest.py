"""A folder of files of one stem each, and workers that need no second to start."""

import sys
from pathlib import Path

import pytest

from shapefield.batches import worker


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers are `fakeworker.py`."""
    place = str(Path(__file__).with_name("fakeworker.py"))
    monkeypatch.setattr(worker, "python", lambda *words: [sys.executable, place])


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with models/a/model.obj and models/b/model.obj."""
    for name in ("a", "b"):
        place = tmp_path / "models" / name / "model.obj"
        place.parent.mkdir(parents=True)
        place.write_text(f"# {name}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path
