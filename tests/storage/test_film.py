"""A film has its pictures in their order and is whole or absent."""

import os
import subprocess
import sys

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from shapefield.errors import OutputError, UsageError
from shapefield.storage.film import SUFFIXES, filming
from shapefield.storage.mark import is_ours

GREYS = range(0, 240, 24)


def decoded(path, height, width):
    words = ["-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run([get_ffmpeg_exe(), *words], capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3).astype(int)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_picture_is_there_in_order_and_the_film_is_ours(tmp_path, suffix):
    path = tmp_path / f"film{suffix}"
    with filming(path, 10) as add:
        for grey in GREYS:
            add(np.full((33, 47, 3), grey, np.uint8))
        assert not path.exists()
    frames = decoded(path, *((33, 47) if suffix == ".gif" else (34, 48)))
    assert [round(frame.mean()) for frame in frames] == pytest.approx(list(GREYS), abs=2)
    assert is_ours(path) and os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_film_that_is_broken_off_leaves_the_older_one(tmp_path, suffix):
    path = tmp_path / f"film{suffix}"
    path.write_bytes(b"older")
    with pytest.raises(KeyError), filming(path, 10, force=True) as add:
        add(np.zeros((32, 32, 3), np.uint8))
        raise KeyError("x")
    assert path.read_bytes() == b"older" and os.listdir(tmp_path) == [path.name]


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_encoder_without_room_is_one_line(tmp_path, suffix):
    """A limit on the size of files stands for a full disk."""
    code = f"""
import resource, signal, sys
import numpy as np
from shapefield.errors import OutputError
from shapefield.storage.film import filming
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
noise = np.random.default_rng(0)
try:
    with filming("film{suffix}", 10) as add:
        for _ in range(20):
            add(noise.integers(0, 255, (96, 96, 3), dtype=np.uint8))
except OutputError as error:
    sys.exit(str(error))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr.startswith(f"film{suffix}: expected") and done.stderr.count("\n") == 1, done.stderr
    assert os.listdir(tmp_path) == []


def test_another_suffix_and_a_foreign_file_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"\.webm"), filming(tmp_path / "film.avi", 10):
        pass
    (tmp_path / "film.mp4").write_bytes(b"theirs")
    with pytest.raises(OutputError, match="--force"), filming(tmp_path / "film.mp4", 10):
        pass
