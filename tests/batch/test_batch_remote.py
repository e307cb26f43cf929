"""Inputs out of a store, and outputs copied into one; fsspec's own store in memory stands for all."""

from pathlib import Path

import pytest

from shapefield.batches.config import BatchConfig
from shapefield.batches.manifest import read
from shapefield.batches.plan import BatchPlan, plan
from shapefield.batches.record import Status
from shapefield.batches.running import batching
from shapefield.cli.main import main
from shapefield.errors import InputError, OutputError, ResourceError, UsageError


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fake: None):
    """memory://set with a/model.obj, its material beside it, b/model.obj and a file that is no mesh."""
    fsspec = pytest.importorskip("fsspec")
    monkeypatch.chdir(tmp_path)
    memory = fsspec.filesystem("memory")
    for name in ("a/model.obj", "a/model.mtl", "b/model.obj", "notes.md"):
        memory.pipe(f"/set/{name}", name.encode())
    yield memory
    memory.rm("/", recursive=True)


def planned(*inputs: str, **more) -> BatchPlan:
    return plan(inputs, "out", "repair", {}, BatchConfig(jobs=1, **more))


def test_in_and_out(store, tmp_path: Path) -> None:
    list(batching(planned("memory://set", copy_to="memory://made")))
    found = read(Path("out"))
    assert {name: record.status for name, record in found.items()} == {
        "a/model.obj": Status.DONE,
        "b/model.obj": Status.DONE,
    }
    assert found["a/model.obj"].path == "memory://set/a/model.obj" and found["a/model.obj"].bytes == 11
    assert (tmp_path / "out/a/model.obj").read_text() == "made by shapefield from a/model.obj"
    assert store.cat("/made/b/model.obj") == b"made by shapefield from b/model.obj"
    assert not planned("memory://set").tasks
    store.pipe("/set/a/model.obj", b"another")
    assert [task.name for task in planned("memory://set/**/*.obj").tasks] == ["a/model.obj"]
    assert [task.path for task in planned("memory://set/b/model.obj").tasks] == ["memory://set/b/model.obj"]


def stored(**more) -> BatchPlan:
    return plan(["memory://set"], "memory://made/here", "repair", {}, BatchConfig(jobs=1, **more))


def test_an_output_folder_in_a_store(store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "one"))
    first = stored()
    list(batching(first))
    assert store.cat("/made/here/a/model.obj") == b"made by shapefield from a/model.obj"
    lines = store.cat("/made/here/manifest.jsonl").splitlines()
    assert len(lines) == 2 and first.manifest.read_bytes().splitlines() == lines
    assert not list(first.out.rglob("*.obj"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))  # another machine goes on
    assert not stored().tasks and len(stored().kept) == 2
    store.rm("/made/here/b/model.obj")
    store.pipe("/set/c/model.obj", b"new")
    again = stored()
    assert [task.name for task in again.tasks] == ["b/model.obj", "c/model.obj"]
    list(batching(again))
    assert len(store.cat("/made/here/manifest.jsonl").splitlines()) == 4


def test_shards_in_a_store_are_merged_there(store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in ("1", "2"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / number))
        list(batching(stored(shard=f"{number}/2")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "third"))
    assert main(["batch", "merge", "memory://made/here"]) == 0
    left = [path for path in store.ls("/made/here", detail=False) if "manifest" in path]
    assert left == ["/made/here/manifest.jsonl"]
    assert len(store.cat("/made/here/manifest.jsonl").splitlines()) == 2 and not stored().tasks


def test_what_is_not_there_is_one_line(store) -> None:
    with pytest.raises(InputError, match=r"memory://set/none\.obj: expected meshes at that address, got none"):
        planned("memory://set/none.obj")
    with pytest.raises(ResourceError, match=r"nosuch://a: expected a store that fsspec opens.*shapefield\[remote\]"):
        planned("nosuch://a")
    with pytest.raises(OutputError, match="memory://set/made: expected a folder apart from the inputs"):
        plan(["memory://set"], "memory://set/made", "repair", {}, BatchConfig())
    with pytest.raises(UsageError, match="copy_to: expected one address"):
        plan(["memory://set"], "memory://out", "repair", {}, BatchConfig(copy_to="memory://b"))
    left = planned("memory://set")
    store.rm("/set/a/model.obj")
    list(batching(left))
    gone = read(Path("out"))["a/model.obj"]
    assert (gone.status, gone.exit_code) == (Status.FAILED, 3) and "memory://set/a/model.obj" in gone.line
