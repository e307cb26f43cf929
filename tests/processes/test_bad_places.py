"""Full disks, folders that take no files, inputs that vanish, limits on memory: one line, its code, nothing lost."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from processes.program import QUICK, one_line, run, start, wait_until
from shapes import sphere

from shapefield.errors import OutputError, ResourceError
from shapefield.machine.memory import is_shortage, require, shortages_told
from shapefield.mesh.model import Mesh
from shapefield.mesh.writing import write
from shapefield.storage.files import writing

LINUX = sys.platform.startswith("linux")


@contextlib.contextmanager
def mounted(place: Path, *options: str) -> Iterator[Path]:
    """A file system of its own at `place`; skips where we may not mount one."""
    place.mkdir()
    if not LINUX or subprocess.run(["mount", *options, str(place)], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not permitted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.fixture
def ball() -> Mesh:
    """A small sphere."""
    return sphere(2.0, cells=16)


@pytest.mark.parametrize("kilobytes", [16, 4000])
def test_a_full_disk_keeps_the_older_files_and_says_so(tmp_path: Path, ball: Mesh, kilobytes: int) -> None:
    """16 kB hold nothing at all; 4 MB hold the checkpoint, but not also the mesh that fills the rest."""
    write(ball, tmp_path / "ball.obj")
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs") as small:
        with writing(small / "ball.shapefield.ply") as file:
            file.write(b"ply\ncomment made by shapefield\n")
        before = (small / "ball.shapefield.ply").read_bytes()
        size = ("--resolution", "256", "--samples", "20000", "--set", "table=12", "--set", "base=16")
        done = run(small, "fit", "../ball.obj", "--steps", "20", *size)
        assert done.returncode == 6
        line = one_line(done.stderr)
        assert "full" in line and ("--resume" in line) == (kilobytes == 4000)
        assert ("no checkpoint can be written" in done.stderr) == (kilobytes == 16)
        assert (small / "ball.shapefield.ply").read_bytes() == before
        left = [name for name in os.listdir(small) if name != "ball.shapefield.ply"]
        assert left == (["ball.field.checkpoint"] if kilobytes == 4000 else [])


@pytest.mark.parametrize("suffix", ["ply", "obj", "stl", "off", "glb", "3mf"])
def test_every_mesh_format_on_a_full_disk(tmp_path: Path, ball: Mesh, suffix: str) -> None:
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=16k", "tmpfs") as small:
        write(sphere(2.0, cells=4), small / f"out.{suffix}")
        before = (small / f"out.{suffix}").read_bytes()
        with pytest.raises(OutputError, match="full"):
            write(sphere(2.0, cells=48), small / f"out.{suffix}")
        assert (small / f"out.{suffix}").read_bytes() == before
        assert os.listdir(small) == [f"out.{suffix}"]


def test_a_read_only_folder(tmp_path: Path, ball: Mesh) -> None:
    write(ball, tmp_path / "ball.obj")
    with mounted(tmp_path / "fixed", "-t", "tmpfs", "-o", "size=64k,ro", "tmpfs") as fixed:
        done = run(fixed, "fit", "../ball.obj", "--steps", "5", *QUICK)
        assert done.returncode == 6 and "read-only file system" in one_line(done.stderr)


@pytest.mark.skipif(not LINUX, reason="/proc")
def test_a_folder_that_takes_no_files(tmp_path: Path, ball: Mesh) -> None:
    write(ball, tmp_path / "ball.obj")
    done = run(tmp_path, "fit", "ball.obj", "--steps", "5", "-o", "/proc/ball.ply", *QUICK)
    assert done.returncode == 6 and "/proc/ball.ply" in one_line(done.stderr)


@pytest.mark.skipif(not LINUX, reason="/dev/full")
def test_a_report_that_cannot_be_printed(tmp_path: Path, ball: Mesh) -> None:
    write(ball, tmp_path / "ball.obj")
    with open("/dev/full", "w") as full:
        done = run(tmp_path, "fit", "ball.obj", "--steps", "5", "--json", *QUICK, stdout=full)
    assert done.returncode == 6 and "standard output" in one_line(done.stderr)
    assert (tmp_path / "ball.field").exists() and (tmp_path / "ball.shapefield.ply").exists()


def test_an_input_that_vanishes_and_a_clock_that_runs_backwards_change_nothing(tmp_path: Path, ball: Mesh) -> None:
    for name in ("calm", "rough"):
        (tmp_path / name).mkdir()
        write(ball, tmp_path / name / "ball.obj")
    words = ("fit", "ball.obj", "--steps", "200", *QUICK)
    assert run(tmp_path / "calm", *words).returncode == 0
    back = "import time\nnow = [2e9]\ndef earlier():\n    now[0] -= 3600\n    return now[0]\ntime.time = earlier"
    process = start(tmp_path / "rough", *words, code=back)
    wait_until((tmp_path / "rough" / "ball.field.checkpoint").exists, process)
    (tmp_path / "rough" / "ball.obj").unlink()
    assert (process.communicate()[1], process.returncode) == ("", 0)
    calm, rough = (tmp_path / name / "ball.shapefield.ply" for name in ("calm", "rough"))
    assert calm.read_bytes() == rough.read_bytes()


LIMITED = "import resource\nresource.setrlimit(resource.RLIMIT_AS, ({0}, {0}))"


@pytest.mark.skipif(not LINUX, reason="RLIMIT_AS")
@pytest.mark.parametrize("megabytes", [250, 1500])
def test_a_fit_under_a_limit_of_memory_ends_well_or_in_one_line(tmp_path: Path, ball: Mesh, megabytes: int) -> None:
    write(ball, tmp_path / "ball.obj")
    done = run(tmp_path, "fit", "ball.obj", "--steps", "5", *QUICK, code=LIMITED.format(megabytes << 20))
    assert done.returncode in (0, 4), done.stderr
    if done.returncode:
        assert "expected" in one_line(done.stderr) and "got" in done.stderr and "B" in done.stderr
    else:
        assert done.stderr == ""


@pytest.mark.parametrize(
    "words",
    [("--samples", "200000000"), ("--method", "deepsdf", "--set", "width=4096", "--batch", "4194304")],
    ids=["samples", "network"],
)
def test_what_cannot_fit_is_refused_with_both_figures(tmp_path: Path, ball: Mesh, words: tuple[str, ...]) -> None:
    write(ball, tmp_path / "ball.obj")
    little = "import shapefield.machine.memory as m\nm.free_bytes = lambda: 2_000_000_000"
    done = run(tmp_path, "fit", "ball.obj", "--steps", "5", "--resolution", "32", *words, code=little)
    assert done.returncode == 4
    line = one_line(done.stderr)
    assert "GB of free memory, got 2.00 GB" in line


def test_a_forecast_that_fits_is_silent_and_one_that_does_not_has_both_figures() -> None:
    require(1, "nothing", "")
    with pytest.raises(ResourceError, match=r"a mountain: expected 1000000\.00 GB of free memory, got .*B: dig"):
        require(1e15, "a mountain", "dig")


SHORTAGES = [
    MemoryError(),
    MemoryError("std::bad_alloc"),
    np._core._exceptions._ArrayMemoryError((10**9,), np.dtype(float)),
    RuntimeError("[enforce fail at alloc_cpu.cpp:126] . DefaultCPUAllocator: can't allocate memory: you tried …"),
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[Open3D Error] … Unable to allocate"),
    RuntimeError("can't start new thread"),
    OSError(12, "Cannot allocate memory"),
    ImportError("libtorch_cpu.so: failed to map segment from shared object"),
]


@pytest.mark.parametrize("error", SHORTAGES, ids=lambda e: type(e).__name__)
def test_every_librarys_shortage_is_a_resource_error_of_one_line(error: Exception) -> None:
    with pytest.raises(ResourceError, match="expected") as caught, shortages_told("the fit of a.obj"):
        raise error
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "error", [RuntimeError("mat1 and mat2 shapes"), ImportError("No module named x"), KeyError("a")]
)
def test_other_errors_stay_what_they_are(error: Exception) -> None:
    assert not is_shortage(error)
    with pytest.raises(type(error)), shortages_told():
        raise error
