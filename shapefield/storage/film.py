"""Pictures into a video (by ffmpeg) or a GIF (by Pillow); the file appears under its name when it is complete."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from shapefield.errors import OutputError, ResourceError, UsageError
from shapefield.storage.files import check_replaceable, replacing, writing
from shapefield.storage.mark import Inputs, marked

Add = Callable[[np.ndarray], None]
"""Appends a picture, (h, w, 3) uint8; all have the size of the first."""
CODECS = {
    ".mp4": ("libx264", "-crf", "18"),
    ".webm": ("libvpx-vp9", "-crf", "24", "-b:v", "0"),
}
SUFFIXES = (*CODECS, ".gif")


@contextlib.contextmanager
def filming(path: str | Path, rate: float, force: bool = False, source: Inputs = None) -> Iterator[Add]:
    """Within the block, a function that appends a picture; at its end the film is renamed to `path`.

    rate : pictures a second;  source : what the film is made from
    Raises UsageError for another suffix, ResourceError without an encoder, OutputError.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"{path}: expected a suffix out of {', '.join(SUFFIXES)}, got {suffix or 'none'}")
    check_replaceable(path, force, source)
    make = _gif if suffix == ".gif" else _video
    with make(path, rate, marked(path, source)) as add:
        yield add


@contextlib.contextmanager
def _gif(path: str | Path, rate: float, mark: str) -> Iterator[Add]:
    from PIL import Image

    pictures: list[Image.Image] = []
    with writing(path) as file:
        yield lambda picture: pictures.append(Image.fromarray(picture).quantize())
        rest = {"save_all": True, "append_images": pictures[1:], "duration": 1000 / rate, "loop": 0, "comment": mark}
        pictures[0].save(file, format="GIF", **rest)


@contextlib.contextmanager
def _video(path: str | Path, rate: float, mark: str) -> Iterator[Add]:
    """Pictures go to ffmpeg as they come; what it says and how it ends decides whether the file is whole."""
    process: subprocess.Popen | None = None
    with replacing(path) as part:

        def add(picture: np.ndarray) -> None:
            nonlocal process
            picture = _even(picture)
            if process is None:
                process = _encoder(part, rate, picture.shape[1], picture.shape[0], mark)
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it has ended: its exit code says so below
                process.stdin.write(picture.tobytes())

        try:
            yield add
            if process is not None:
                with contextlib.suppress(BrokenPipeError):
                    said = process.communicate()[1].decode(errors="replace").strip().splitlines()
                if process.returncode:
                    why = said[0].split("] ")[-1] if said else f"exit code {process.returncode}"
                    raise OutputError(f"{path}: expected ffmpeg to write it, got {why!r}: try another folder or suffix")
        finally:
            if process is not None and process.poll() is None:
                process.kill()
                process.communicate()


def _even(picture: np.ndarray) -> np.ndarray:
    """Codecs want even sides: the last row or column is repeated where needed."""
    return np.pad(picture, ((0, picture.shape[0] % 2), (0, picture.shape[1] % 2), (0, 0)), mode="edge")


def _encoder(part: Path, rate: float, width: int, height: int, mark: str) -> subprocess.Popen:
    """ffmpeg, reading raw pictures."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        program = get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise ResourceError(f"video: expected ffmpeg ({error}): pip install imageio-ffmpeg") from error
    reading = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", f"{rate:g}", "-i", "-"]
    name, *quality = CODECS[part.suffix.lower()]
    settings = ["-c:v", name, *quality, "-pix_fmt", "yuv420p", "-metadata", f"comment={mark}"]
    command = [program, "-y", "-loglevel", "error", *reading, *settings, str(part)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
