"""Compiled loops are kept in the cache folder, never beside the source, and never outlive what they were made of."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import shapefield
from shapefield.machine import compiling

PACKAGE = Path(shapefield.__file__).parent
INNER = "from shapefield.machine.compiling import compiled\n\n@compiled\ndef inner(x):\n    return x + {}\n"
OUTER = """from shapefield.inner import inner
from shapefield.machine.compiling import compiled

@compiled
def outer(x):
    return inner(x)
"""
ASK = """
from shapefield.machine.compiling import is_new
from shapefield.outer import outer
print(is_new(outer), outer(1), sum(outer.stats.cache_hits.values()))
"""


def tree(folder: Path, step: int) -> Path:
    """A small installation of the package: a loop that calls one of another file, which adds `step`."""
    package = folder / "shapefield"
    shutil.copytree(PACKAGE / "machine", package / "machine", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "errors.py"):
        shutil.copy(PACKAGE / name, package / name)
    (package / "inner.py").write_text(INNER.format(step))
    (package / "outer.py").write_text(OUTER)
    return folder


def asked(folder: Path, cache: Path, **more: str) -> str:
    """Whether the loop is new, what it gives for 1, and how often it came from the cache; in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(cache)} | more
    done = subprocess.run([sys.executable, "-c", ASK], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_loop_is_kept_outside_the_tree_until_what_it_calls_changes(tmp_path: Path) -> None:
    place, cache = tree(tmp_path / "one", step=1), tmp_path / "cache"
    assert asked(place, cache) == "True 2 0"
    assert asked(place, cache) == "False 2 1"
    (place / "shapefield" / "inner.py").write_text(INNER.format(10))
    assert asked(place, cache) == "True 11 0"
    written = [f for f in place.rglob("*") if f.is_file() and f.suffix not in (".py", ".pyc")]
    assert written == []


def test_two_trees_share_one_cache_and_keep_their_own_loops(tmp_path: Path) -> None:
    one, other, cache = tree(tmp_path / "one", step=1), tree(tmp_path / "other", step=5), tmp_path / "cache"
    assert [asked(one, cache), asked(other, cache)] == ["True 2 0", "True 6 0"]
    assert [asked(one, cache), asked(other, cache)] == ["False 2 1", "False 6 1"]
    (other / "shapefield" / "inner.py").write_text(INNER.format(1))  # now they are equal
    assert asked(other, cache) == "False 2 1"


def test_damaged_and_unwritable_caches_do_not_stand_in_the_way(tmp_path: Path) -> None:
    place, cache = tree(tmp_path / "one", step=1), tmp_path / "cache"
    asked(place, cache)
    for file in cache.rglob("*.nbi"):
        file.write_bytes(b"torn")
    assert asked(place, cache) == "False 2 0"  # compiled, and kept anew
    for file in cache.rglob("*.nbc"):
        file.write_bytes(file.read_bytes()[:100])
    assert asked(place, cache) == "False 2 0"
    assert asked(place, cache) == "False 2 1"
    (tmp_path / "file").write_text("no folder")
    assert asked(place, tmp_path / "file") == "False 2 0"
    shutil.rmtree(cache)
    assert asked(place, Path("relative")) == "True 2 0" and (place / "relative").is_dir()


def test_only_so_many_states_of_a_source_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    function = test_only_so_many_states_of_a_source_are_kept
    root = tmp_path / "shapefield" / "compiled"
    for age in range(compiling._STATES + 3):
        old = root / f"{function.__module__}-{age:016x}"
        old.mkdir(parents=True)
        os.utime(old, (age, age))
    (root / "another.module-0123456789abcdef").mkdir()
    compiling._Place(function, __file__).ensure_cache_path()
    names = {folder.name for folder in root.iterdir()}
    assert len(names) == compiling._STATES + 1 and "another.module-0123456789abcdef" in names
    assert f"{function.__module__}-{3:016x}" not in names and f"{function.__module__}-{4:016x}" in names


def test_numba_switched_off_is_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shapefield", "fit", str(PACKAGE.parent / "sample_meshes" / "knot.ply")]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and not list(tmp_path.iterdir())
    assert done.stderr.splitlines()[-1].startswith("shapefield: NUMBA_DISABLE_JIT: expected 0 or nothing, got 1")
    assert "Traceback" not in done.stderr
