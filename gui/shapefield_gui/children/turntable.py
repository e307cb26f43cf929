"""One turn about the up axis, into a video or a GIF."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from shapefield.storage.files import lock
from shapefield.storage.film import filming
from shapefield_gui.children.messages import Draw, Turntable
from shapefield_gui.children.shading import over


def write(job: Turntable, picture: Callable[[Draw], np.ndarray]) -> Iterator[int]:
    """Render and encode, yielding how many frames are done; the file appears with the last of them."""
    view = job.draw.view
    with lock(job.path), filming(job.path, job.rate, force=True) as add:
        for k in range(job.frames):
            turn = rotation(job.axis, 2 * math.pi * k / job.frames)
            turned = replace(view, front=_tuple(turn @ view.front), up=_tuple(turn @ view.up))
            add(over(picture(replace(job.draw, view=turned)), job.background))
            if k + 1 < job.frames:
                yield k + 1
    yield job.frames


def rotation(axis: tuple[float, float, float], angle: float) -> np.ndarray:
    """(3, 3) rotation by `angle` radians about a unit axis (Rodrigues)."""
    x, y, z = axis
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * skew + (1 - math.cos(angle)) * skew @ skew


def _tuple(v: np.ndarray) -> tuple[float, float, float]:
    return (float(v[0]), float(v[1]), float(v[2]))
