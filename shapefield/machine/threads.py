"""Work shared among threads, where the work lets the GIL go: NumPy on large arrays, compiled loops."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Answer = TypeVar("Answer")


def thread_count() -> int:
    """As many as OpenMP would take: OMP_NUM_THREADS, or the cores this process may use."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return int(asked) if asked.isdigit() and int(asked) else cores


def side_by_side(work: Callable[[Part], Answer], parts: Iterable[Part], threads: int | None = None) -> Iterator[Answer]:
    """work(part) of every part, in order. What was not begun when the iterator is closed is left undone."""
    parts = list(parts)
    count = min(threads or thread_count(), len(parts))
    if count <= 1:
        yield from map(work, parts)
        return
    pool = ThreadPoolExecutor(count)
    try:
        yield from pool.map(work, parts)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
