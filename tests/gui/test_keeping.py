"""Runs on disk: what a window holds is outside every bound, the rest goes oldest first, into a week's trash."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from shapefield_gui.models import keeping, runs

from shapefield.errors import OutputError

_HOLDER = """
import sys
from pathlib import Path
from shapefield_gui.models import keeping
keeping.hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def _let_go():
    yield
    for folder in list(keeping._held):
        keeping.release(folder)


def _finished(root, size=10, held=False):
    run = runs.begin(root, "torus.obj", {"method": "hybrid"})
    run.field.write_bytes(b"x" * size)
    if not held:
        keeping.release(run.folder)
    return run


def test_what_this_window_made_stays_however_much_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 0)
    made = [_finished(tmp_path, 1000, held=True) for _ in range(14)]
    assert all(run.field.is_file() for run in made)
    assert len({run.folder for run in made}) == 14 and runs.discarded(tmp_path) == []


def test_what_another_process_holds_stays_until_it_ends(tmp_path, monkeypatch):
    run = _finished(tmp_path)
    other = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(run.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "held\n"
    monkeypatch.setattr(keeping, "MOST_BYTES", 0)
    with pytest.raises(OutputError, match="another window has this run open"):
        keeping.hold(run.folder)
    _finished(tmp_path, held=True)
    assert run.field.is_file()
    other.communicate("")
    _finished(tmp_path, held=True)
    assert not run.folder.exists() and [r.field.name for r in runs.discarded(tmp_path)] == ["torus.field"]


def test_too_many_bytes_go_oldest_first_and_come_back(tmp_path, monkeypatch):
    now = time.time()
    made = []
    for day in (3, 2, 1):
        monkeypatch.setattr(time, "time", lambda day=day: now - 86400 * day)
        made.append(_finished(tmp_path, 1000))
    monkeypatch.setattr(keeping, "MOST_BYTES", 2500)
    monkeypatch.setattr(time, "time", lambda: now)
    _finished(tmp_path, held=True)
    assert [run.folder.exists() for run in made] == [False, True, True]
    (gone,) = runs.discarded(tmp_path)
    assert keeping.restore(gone.folder) == made[0].folder and made[0].field.stat().st_size == 1000


def test_age_bounds_what_nobody_holds_and_the_trash_is_emptied_after_a_week(tmp_path, monkeypatch):
    now = time.time()
    old = _finished(tmp_path)
    monkeypatch.setattr(time, "time", lambda: now + 91 * 86400)
    _finished(tmp_path)
    assert not old.folder.exists() and len(runs.discarded(tmp_path)) == 1
    monkeypatch.setattr(time, "time", lambda: now + 97 * 86400)
    _finished(tmp_path)
    assert len(runs.discarded(tmp_path)) == 1
    monkeypatch.setattr(time, "time", lambda: now + 99 * 86400)
    _finished(tmp_path)
    assert runs.discarded(tmp_path) == []


def test_a_clock_that_was_set_back_loses_no_run(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 5000)
    for _ in range(4):
        _finished(tmp_path, 1000)
    before = time.time() - 3 * 365 * 86400
    monkeypatch.setattr(time, "time", lambda: before)
    run = runs.begin(tmp_path, "torus.obj", {})
    assert run.folder.is_dir() and runs.at(run.folder) == run
    assert runs.discarded(tmp_path) == []
