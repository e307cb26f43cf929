"""What may still be taken: the least of what any limit leaves, whatever way the limit is set."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from processes.program import one_line, start
from shapes import sphere

from shapefield.cli.main import main
from shapefield.distance.signed import SurfaceDistance
from shapefield.errors import ResourceError
from shapefield.machine.cgroups import group_room
from shapefield.machine.memory import free_bytes, give_back
from shapefield.mesh.writing import write

NO_LIMIT = 9223372036854771712


def group(folder: Path, version: int, limit: object, used: int, cache: int = 0) -> None:
    """The files of a control group."""
    folder.mkdir(parents=True, exist_ok=True)
    v1 = version == 1
    (folder / ("memory.limit_in_bytes" if v1 else "memory.max")).write_text(f"{limit}\n")
    (folder / ("memory.usage_in_bytes" if v1 else "memory.current")).write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\n{'total_' * v1}inactive_file {cache}\n")


def member(root: Path, text: str) -> None:
    """Which groups the process is in."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(text)


def test_without_groups_or_limits_there_is_no_bound(tmp_path: Path) -> None:
    assert group_room(tmp_path) == float("inf")
    group(tmp_path / "sys/fs/cgroup/inner", 2, "max", 70)
    member(tmp_path, "0::/inner\n")
    assert group_room(tmp_path) == float("inf")


def test_version_2_counts_every_group_around_the_process(tmp_path: Path) -> None:
    top = tmp_path / "sys/fs/cgroup"
    group(top / "user/inner", 2, 1000, 300, cache=50)
    member(tmp_path, "0::/user/inner\n")
    assert group_room(tmp_path) == 750
    group(top / "user", 2, 900, 400)
    assert group_room(tmp_path) == 500
    group(top / "other", 2, 10, 10)
    assert group_room(tmp_path) == 500
    group(top / "user", 2, 900, 990)
    assert group_room(tmp_path) == 0


def test_version_1_has_a_tree_of_its_own_for_memory(tmp_path: Path) -> None:
    top = tmp_path / "sys/fs/cgroup"
    group(top / "memory", 1, NO_LIMIT, 500)
    group(top / "memory/box", 1, 2000, 1500, cache=200)
    group(top / "cpu/box", 1, 10, 10)
    member(tmp_path, "9:cpu,cpuacct:/box\n4:memory:/box\n0::/\n")
    assert group_room(tmp_path) == 700


def test_a_containers_own_top_counts_where_the_path_is_the_hosts(tmp_path: Path) -> None:
    group(tmp_path / "sys/fs/cgroup", 2, 800, 100)
    member(tmp_path, "0::/docker/../0123\n")
    assert group_room(tmp_path) == 700


def test_free_memory_is_the_least_of_all(monkeypatch) -> None:
    import shapefield.machine.memory as memory

    limits = {"_available": 300, "group_room": 200.0, "address_room": float("inf")}
    for name, value in limits.items():
        monkeypatch.setattr(memory, name, lambda value=value: value)
    assert free_bytes() == 200
    monkeypatch.setattr(memory, "address_room", lambda: 100.0)
    assert free_bytes() == 100


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_AS")
@pytest.mark.parametrize("megabytes", [100, 180, 420])
def test_a_limit_that_the_libraries_do_not_fit_into_is_one_line(tmp_path: Path, megabytes: int) -> None:
    """Whichever library is the one that fails to load, also while the line is made."""
    write(sphere(2.0, cells=8), tmp_path / "ball.obj")
    code = f"import resource\nresource.setrlimit(resource.RLIMIT_AS, ({megabytes << 20},) * 2)"
    for words in (("info", "ball.obj"), ("fit", "ball.obj", "--steps", "2")):
        process = start(tmp_path, *words, code=code)
        out, err = process.communicate()
        done = subprocess.CompletedProcess(words, process.returncode, out, err)
        assert done.returncode == 4, done.stderr
        assert "expected" in one_line(done.stderr) and "B" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("fit", "ball.obj"),
        ("extract", "ball.field", "-o", "out.ply"),
        ("sample", "ball.obj", "-o", "out.npz"),
        ("image", "fit", "sample:camera"),
        ("compare", "sample:camera"),
        ("demo", "heat"),
        ("nerf", "train", "scene", "-o", "run"),
    ],
    ids=lambda words: words[0],
)
def test_every_command_says_what_its_libraries_need(words, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("shapefield.machine.memory.address_room", lambda: 3e8)
    monkeypatch.setattr("shapefield.machine.memory._share_one_arena", lambda: None)
    assert main([*words]) == 4
    assert "of address space for the libraries" in one_line(capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []


def test_threads_that_cannot_be_had_are_told_before_a_library_ends_the_process(monkeypatch) -> None:
    ball = sphere(1.0, cells=8)
    exact = SurfaceDistance(ball.vertices, ball.faces)
    monkeypatch.setattr("shapefield.machine.memory.address_room", lambda: 1e8)
    with pytest.raises(ResourceError, match=r"expected 0\.20 GB of address space for threads, got 0\.10 GB"):
        exact.inside(ball.vertices)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="GNU's allocator")
def test_what_was_freed_goes_back_to_the_system() -> None:
    resident = psutil.Process().memory_info
    blocks = [bytearray(60_000) for _ in range(4000)]  # 240 MB, each below what the allocator maps by itself
    pins = blocks[::100]  # it gives nothing back from beneath a block in use
    blocks.clear()
    before = resident().rss
    give_back()
    assert before - resident().rss > 100_000_000, len(pins)
