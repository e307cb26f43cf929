"""Loops that numba compiles on their first call and keeps on disk, so that later processes only load them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any] | None = None, **options: Any) -> Callable[..., Any]:
    """Decorator: the function, compiled; it lets the GIL go. `options` are numba's, as in @compiled(fastmath=True).

    Compiled anew in every process where neither the source's folder nor the user's cache folder can be written.
    What is kept is thrown away when the function's own file changes, and only then: whoever changes a loop that loops
    in other files call has to remove the `.nbi` files (numba's limitation).
    """
    if function is None:
        return partial(compiled, **options)
    try:
        return njit(nogil=True, cache=True, **options)(function)
    except RuntimeError:  # numba found no place for its cache
        return njit(nogil=True, **options)(function)


def is_new(function: Any) -> bool:
    """Whether no compiled form of a @compiled function lies on the disk, and one could be kept there."""
    folder = function.stats.cache_path
    return folder is not None and not any(Path(folder).glob(f"*.{function.__name__}-*.nbi"))
