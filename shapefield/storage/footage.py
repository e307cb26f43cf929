"""Frames out of a video, by ffmpeg: one after the other, never all in memory."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import IO

import numpy as np

from shapefield.errors import InputError, ResourceError

SUFFIXES = (".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg", ".mpeg")


def frames(path: Path) -> Generator[np.ndarray, None, None]:
    """(h, w, 3) uint8 of every frame, turned as the file says. InputError for what is no video."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        program = get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise ResourceError(f"video: expected ffmpeg ({error}): pip install imageio-ffmpeg") from error
    command = [program, "-nostdin", "-loglevel", "error", "-i", f"file:{path}", "-f", "image2pipe", "-c:v", "ppm", "-"]
    count = 0
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        assert run.stdout is not None
        try:
            while (frame := _next(run.stdout)) is not None:
                yield frame
                count += 1
        finally:
            run.kill()
    if count == 0:
        raise InputError(f"{path}: expected a video, ffmpeg finds no frame in it: save it as .mp4")


def _next(stream: IO[bytes]) -> np.ndarray | None:
    """The next of the PPM pictures that follow one another in a stream; None at its end."""
    if stream.readline().strip() != b"P6":
        return None
    width, height = map(int, stream.readline().split())
    stream.readline()
    data = stream.read(3 * width * height)
    return np.frombuffer(data, np.uint8).reshape(height, width, 3) if len(data) == 3 * width * height else None
