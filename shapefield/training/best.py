"""The best state of a training: judged at fixed steps on fixed points, kept, and given back at the end.

A run may end in a worse state than it has been in: after few steps, for the first ones spoil what a prior had right
before they mend it, or at a rate that does not fall.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

MARKS = 10
"""How often a run is judged between its start and its end; at every step where it has fewer."""

NUMBERS = ("start", "least", "last", "kept", "judged")


class Best:
    """What `error` says of `parameters` at the run's marks, and a copy of them where it said least.

    error      : () → the error of the parameters as they are; draws no randomness
    start, last: the error before the first step, and at the step judged last
    least      : the least error so far;  kept : the step it was met at
    judged     : the step judged last, -1 for none
    """

    def __init__(self, error: Callable[[], float], parameters: Sequence[Tensor]) -> None:
        self.error, self.parameters = error, list(parameters)
        self.start = self.least = self.last = math.inf
        self.kept, self.judged = 0, -1
        self.tensors: list[Tensor] = []

    @property
    def due_at_start(self) -> bool:
        """Nothing was judged yet."""
        return self.judged < 0

    def judge(self, step: int) -> None:
        """Judge the parameters as they are after `step` steps, and keep them if nothing was better; once a step."""
        if step == self.judged:
            return
        error = self.error()
        self.last, self.judged = (error if math.isfinite(error) else math.inf), step
        if not self.tensors:
            self.start = self.last
        if not self.tensors or self.last < self.least:
            self.least, self.kept = self.last, step
            self.tensors = [p.detach().clone() for p in self.parameters]

    @torch.no_grad()
    def restore(self) -> None:
        """Give the parameters their best values."""
        for parameter, value in zip(self.parameters, self.tensors, strict=True):
            parameter.copy_(value)

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Within, the parameters are the best that is known: as they are, or as they were kept if that was better."""
        if not self.tensors or self.error() < self.least:
            yield
            return
        with exchanged(self.parameters, self.tensors):
            yield

    def numbers(self) -> dict[str, float]:
        """What a resumed run needs beside `tensors`."""
        return {name: getattr(self, name) for name in NUMBERS}

    def load(self, tensors: Sequence[Tensor], numbers: dict[str, Any]) -> None:
        """Take up `tensors` and `numbers()` of another. Raises ValueError where they are another run's."""
        if [t.shape for t in tensors] != [p.shape for p in self.parameters] or set(numbers) != set(NUMBERS):
            raise ValueError("a best state of other shapes")
        self.tensors = [t.detach().to(p.device, copy=True) for t, p in zip(tensors, self.parameters, strict=True)]
        for name, value in numbers.items():
            setattr(self, name, value)

    def told(self) -> dict[str, Any]:
        """For the report: the step whose state was kept, and the errors at the start, at the end and of that step."""
        found = {"start": self.start, "end": self.last, "kept": self.least}
        return {"kept_step": self.kept} | {k: v if math.isfinite(v) else None for k, v in found.items()}


def is_mark(step: int, steps: int) -> bool:
    """Whether a run of so many steps is judged after `step` of them, the end apart."""
    return step * MARKS % max(steps, 1) < MARKS


@contextlib.contextmanager
def exchanged(parameters: Sequence[Tensor], values: Sequence[Tensor]) -> Iterator[None]:
    """Within, the parameters have these values; nothing is copied."""
    own = [p.data for p in parameters]
    for parameter, value in zip(parameters, values, strict=True):
        parameter.data = value
    try:
        yield
    finally:
        for parameter, value in zip(parameters, own, strict=True):
            parameter.data = value
