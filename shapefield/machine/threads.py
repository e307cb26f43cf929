"""Work shared among threads, where the work lets the GIL go: NumPy on large arrays, compiled loops."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise
from typing import TypeVar

Part = TypeVar("Part")
Answer = TypeVar("Answer")


def wait_briefly() -> None:
    """Let idle OpenMP threads spin for some 50 µs and then sleep. To be called before torch loads.

    Threads that spin for long, as is their default, steal the cores that our own threads and other programs work on;
    threads that sleep at once wake too late between the small products of a narrow network. Figures:
    docs/decisions/training-speed.md.
    """
    if "torch" not in sys.modules and "OMP_WAIT_POLICY" not in os.environ:
        os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")


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


def shared_out(count: int, work: Callable[[int, int], object]) -> None:
    """Run work(start, stop) over parts of range(count), one part a torch thread; the parts run side by side."""
    import torch

    threads = min(torch.get_num_threads(), count)
    if threads <= 1:
        work(0, count)
        return
    bounds = [count * k // threads for k in range(threads + 1)]
    futures = [_pool(threads).submit(work, a, b) for a, b in pairwise(bounds[1:])]
    work(bounds[0], bounds[1])
    for future in futures:
        future.result()


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="shared")


def use_threads(count: int) -> None:
    """Give torch so many threads; in a forked process it keeps its one."""
    import torch

    if not _forked:
        torch.set_num_threads(count)


_forked = False
"""Whether this process was forked from one that had loaded torch."""


def _begin_alone() -> None:
    """A forked process has only the thread that forked: neither our pool's nor OpenMP's would ever answer there.

    OpenMP cannot be told so, and waits for them for ever; with one thread it asks for none.
    """
    global _forked
    _pool.cache_clear()
    if "torch" in sys.modules:
        _forked = True
        sys.modules["torch"].set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_alone)
