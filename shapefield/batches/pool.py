"""The local engine: as many places as meshes are worked on at a time, each with a thread that waits for its process."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Iterable

from shapefield.batches.attempt import WorkerSlot, attempt
from shapefield.batches.record import Record
from shapefield.batches.task import BatchTask, Limits


class LocalPool:
    """Tasks → records, in whatever order they end. Tasks do not know of each other."""

    def __init__(self, tasks: Iterable[BatchTask], limits: Limits, workers: int, patient: bool = False) -> None:
        """patient : processes are kept however much memory they hold between two tasks, for measurements"""
        self._left = deque(tasks)
        self._ended: queue.SimpleQueue[Record | BaseException | None] = queue.SimpleQueue()
        self._places = [WorkerSlot(limits, patient) for _ in range(min(workers, len(self._left)))]
        self._busy = len(self._places)
        for place in self._places:
            threading.Thread(target=self._serve, args=(place,), name="batch", daemon=True).start()

    def next(self, seconds: float) -> Record | None:
        """The next record, or None after so many seconds without one. Raises what is no mesh's fault."""
        try:
            found = self._ended.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(found, BaseException):
            raise found
        if found is None:
            self._busy -= 1
        return found

    @property
    def working(self) -> bool:
        """Whether there is more to come."""
        return self._busy > 0

    def drain(self) -> None:
        """Begin nothing more."""
        self._left.clear()

    def close(self) -> None:
        """End all, now; what was under way is not recorded."""
        self.drain()
        for place in self._places:
            place.close()

    def _serve(self, place: WorkerSlot) -> None:
        try:
            while True:
                try:
                    task = self._left.popleft()
                except IndexError:
                    break
                record = attempt(task, place)
                if not place.closed:
                    self._ended.put(record)
        except BaseException as error:  # told where the batch is driven, should anybody still listen
            if not place.closed:
                self._ended.put(error)
        finally:
            if not place.closed:
                place.close()
            self._ended.put(None)
