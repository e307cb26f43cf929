"""The Ray engine: the same tasks on a cluster. Ray places them, and does those of a lost node again.

A task holds to its worker process as it would here, so that a mesh that hangs or crashes costs Ray's process nothing;
what Ray itself loses is a node, and a task that is done twice writes the same bytes.
"""

from __future__ import annotations

import atexit
from collections import deque
from collections.abc import Iterable
from typing import Any

from shapefield.batches.attempt import WorkerSlot, attempt
from shapefield.batches.record import Record
from shapefield.batches.task import BatchTask, Limits
from shapefield.errors import ResourceError, ShapefieldError

RETRIES = 10
"""How often Ray begins a task anew whose node was lost."""


def ray_module() -> Any:
    """The library. Raises ResourceError with its install line."""
    try:
        import ray
    except ImportError:
        remedy = 'pip install "shapefield[cluster]"'
        raise ResourceError(f"--engine ray: expected the library ray, got none: {remedy}") from None
    return ray


class RayEngine:
    """Tasks → records, in whatever order they end."""

    def __init__(self, tasks: Iterable[BatchTask], limits: Limits, address: str | None) -> None:
        """address : of the cluster; None for the one that RAY_ADDRESS names, else one on this machine

        Raises ResourceError where there is no such cluster.
        """
        self._ray = ray = ray_module()
        if not ray.is_initialized():
            try:
                ray.init(address=address, log_to_driver=False, logging_level="ERROR")
            except (ConnectionError, ValueError, RuntimeError) as error:
                told = " ".join(str(error).split())[:200]
                raise ResourceError(f"--address: expected a Ray cluster at {address}, got none ({told})") from None
        self._remote = ray.remote(num_cpus=limits.threads, max_retries=RETRIES)(done)
        self._limits, self._left, self._waiting = limits, deque(tasks), []
        self._submit()

    def next(self, seconds: float) -> Record | None:
        """The next record, or None after so many seconds without one. Raises what is no mesh's fault."""
        ended, self._waiting = self._ray.wait(self._waiting, num_returns=1, timeout=seconds)
        self._submit()
        if not ended:
            return None
        try:
            return self._ray.get(ended[0])
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause if isinstance(error.cause, ShapefieldError) else error from None

    def _submit(self) -> None:
        """Keep as many with Ray as it has cores for, twice: what it has not begun can still be left out."""
        room = 2 * int(self._ray.cluster_resources().get("CPU", 1))
        while self._left and len(self._waiting) < room:
            self._waiting.append(self._remote.remote(self._left.popleft(), self._limits))

    @property
    def working(self) -> bool:
        """Whether there is more to come."""
        return bool(self._waiting)

    def drain(self) -> None:
        """Submit nothing more; what Ray has already is done."""
        self._left.clear()

    def close(self) -> None:
        """End all, now."""
        self.drain()
        for one in self._waiting:
            self._ray.cancel(one, force=True)
        self._waiting = []


_places: dict[Limits, WorkerSlot] = {}
"""The warm process of this process of Ray's, which does one task at a time."""


def done(task: BatchTask, limits: Limits) -> Record:
    """Do a task on whatever node this is."""
    if limits not in _places:
        _places[limits] = WorkerSlot(limits)
        atexit.register(_places[limits].close)
    return attempt(task, _places[limits])
