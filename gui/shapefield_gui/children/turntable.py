"""One turn about the up axis, into a video or a GIF, through imageio."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from shapefield_gui.children.messages import Draw, Turntable
from shapefield_gui.children.shading import over


def write(job: Turntable, picture: Callable[[Draw], np.ndarray]) -> Iterator[int]:
    """Render and encode, yielding how many frames are done; a file that was begun and abandoned is removed."""
    import imageio.v2 as imageio

    path = Path(job.path)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    if path.suffix.lower() == ".gif":
        writer = imageio.get_writer(part, mode="I", duration=1000 / job.rate, loop=0)
    else:
        writer = imageio.get_writer(part, fps=job.rate, codec="libx264", quality=8, macro_block_size=2)
    try:
        with writer:
            for k in range(job.frames):
                view = job.draw.view
                turn = rotation(job.axis, 2 * math.pi * k / job.frames)
                turned = replace(view, front=_tuple(turn @ view.front), up=_tuple(turn @ view.up))
                writer.append_data(over(picture(replace(job.draw, view=turned)), job.background))
                if k + 1 < job.frames:
                    yield k + 1
        part.replace(path)
        yield job.frames
    finally:
        part.unlink(missing_ok=True)


def rotation(axis: tuple[float, float, float], angle: float) -> np.ndarray:
    """(3, 3) rotation by `angle` radians about a unit axis (Rodrigues)."""
    x, y, z = axis
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * skew + (1 - math.cos(angle)) * skew @ skew


def _tuple(v: np.ndarray) -> tuple[float, float, float]:
    return (float(v[0]), float(v[1]), float(v[2]))
