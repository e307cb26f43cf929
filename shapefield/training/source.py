"""What a job learns from, and what it is measured against: two things, which a mesh gives one of each.

A cloud of points can be learnt from and is no reference; a set of shapes is one source and has a reference a member.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import torch
from torch import Tensor

Batch = TypeVar("Batch", covariant=True)


class Source(Protocol[Batch]):
    """What a task draws its batches from, whole and on the device that trains; made before the task.

    name       : what messages call it
    digest     : hash of every byte that is learnt from, 16 hex digits: a resumed run must have the same
    cost       : bytes of memory that it holds while the run lasts
    references : what the result is measured against, by name: {} where there is nothing, one for a mesh, one for each
                 member of a set. A kind of run says of what type they are, and reports what they allow
    """

    @property
    def name(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def cost(self) -> int: ...
    @property
    def references(self) -> Mapping[str, Any]: ...

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """One step's batch of about `size`. All randomness from `generator`, nothing kept between two calls."""
        ...


def stratified(count: int, batch: int, generator: torch.Generator) -> Tensor:
    """(b,) int64 ascending: one random index out of each of b equal stretches of range(count)."""
    offsets = torch.rand(batch, generator=generator, device=generator.device)
    starts = torch.arange(batch, device=generator.device)
    return ((starts + offsets).double() * (count / batch)).long().clamp_(max=count - 1)


def bytes_of(*tensors: Tensor | None) -> int:
    """What these hold."""
    return sum(t.numel() * t.element_size() for t in tensors if t is not None)
