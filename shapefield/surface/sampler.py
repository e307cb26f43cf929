"""Asking the field: in chunks, counted, timed, and refused when it is not a number."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np

from shapefield.errors import InputError
from shapefield.events import Progress

Value = Callable[[np.ndarray], np.ndarray]


@dataclass(slots=True)
class Sampler:
    """The field minus its level, and how often it was asked.

    value : (k, 3) float32 points → (k,) float32;  chunk : points a call;  expected : a guess of all evaluations
    """

    value: Value
    level: float
    chunk: int
    expected: float | None = None
    evaluations: int = 0
    started: float = field(default_factory=time.perf_counter)
    spent: float = 0.0

    def __call__(self, points: np.ndarray) -> Generator[Progress, None, np.ndarray]:
        """(k, 3) points → (k,) float32 values minus the level; raises InputError for NaN or infinity."""
        found = np.empty(len(points), dtype=np.float32)
        for first in range(0, len(points), self.chunk):
            part = np.ascontiguousarray(points[first : first + self.chunk], dtype=np.float32)
            before = time.perf_counter()
            answer = np.asarray(self.value(part), dtype=np.float32).reshape(-1)
            self.spent += time.perf_counter() - before
            if answer.shape != (len(part),):
                raise InputError(f"field: expected {len(part)} values for as many points, got {answer.size}")
            if not np.isfinite(answer).all():
                where = part[np.argmin(np.isfinite(answer))]
                raise InputError(
                    f"field: expected finite values, got NaN or infinity at {where.tolist()}: fit it again"
                )
            found[first : first + len(part)] = answer
            self.evaluations += len(part)
            yield self.progress()
        if self.level:
            # in double precision: a level far from 0 must not eat the digits of a small value
            found = (found.astype(np.float64) - self.level).astype(np.float32)
        return found

    def progress(self) -> Progress:
        """Where extraction stands, in evaluations."""
        elapsed = time.perf_counter() - self.started
        rate = self.evaluations / self.spent if self.spent > 0 else None
        total = None if self.expected is None else max(self.expected, float(self.evaluations))
        return Progress("surface", float(self.evaluations), total, rate, elapsed)
