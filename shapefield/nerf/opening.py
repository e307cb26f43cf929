"""All training pictures at their working size: decoded side by side, into one block of bytes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from shapefield.machine.memory import free_bytes
from shapefield.machine.threads import side_by_side, thread_count
from shapefield.nerf.scene import Pixels, View, pixels
from shapefield.storage.pictures import A_PIXEL


def open_all(views: Sequence[View], downscale: float) -> Iterator[Pixels]:
    """The views in order, at 1/downscale of their cameras' sizes. Their `rgb8` are parts of one array (P, 3), so that
    all of them need no more room than their bytes; see `block`."""
    sizes = [(max(1, round(v.camera.height / downscale)), max(1, round(v.camera.width / downscale))) for v in views]
    starts = np.cumsum([0, *(h * w for h, w in sizes)])
    colours = np.empty((int(starts[-1]), 3), dtype=np.uint8)

    def one(k: int) -> Pixels:
        found = pixels(views[k], downscale)
        place = colours[starts[k] : starts[k + 1]].reshape(*sizes[k], 3)
        place[...] = found.rgb8
        return Pixels(found.camera, place, found.alpha8, found.valid)

    yield from side_by_side(one, range(len(views)), _threads(views))


def block(opened: Sequence[Pixels]) -> np.ndarray | None:
    """(P, 3) uint8: the colours of all pictures where they lie one behind the other in one array, else None."""
    first = opened[0].rgb8
    whole = first.base
    if not isinstance(whole, np.ndarray) or whole.ndim != 2:
        return None
    place = whole.__array_interface__["data"][0]
    for picture in opened:
        if picture.rgb8.base is not whole or picture.rgb8.__array_interface__["data"][0] != place:
            return None
        place += picture.rgb8.nbytes
    return whole if place == whole.__array_interface__["data"][0] + whole.nbytes else None


def _threads(views: Sequence[View]) -> int:
    """As many as there are cores, and as half of the free memory holds pictures."""
    largest = max(v.camera.width * v.camera.height for v in views)
    return max(1, min(thread_count(), int(0.5 * free_bytes() / (A_PIXEL * largest))))
