"""Several processes that train one thing together, as torchrun starts them: each on its part of every batch.

All of them hold the same network and take the same steps, because gradients are added up before each. What is drawn,
decided or written is the same for all, or the first one's.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from shapefield.errors import ResourceError

if TYPE_CHECKING:
    from torch import Tensor

Value = TypeVar("Value")


@dataclass(frozen=True)
class Peers:
    """The processes of a run: `count` of them, of which this is number `rank`, from 0."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the process that writes and speaks."""
        return self.rank == 0

    def mean(self, tensors: Sequence[Tensor]) -> None:
        """Every tensor becomes its mean over the processes, in place. Raises ResourceError where one has ended."""
        if self.count == 1:
            return
        import torch

        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        with _told():
            torch.distributed.all_reduce(flat)
        flat /= self.count
        for tensor, part in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(part.view_as(tensor))

    def gathered(self, value: Value) -> list[Value]:
        """What each process gave, in the order of their numbers. Raises ResourceError where one has ended."""
        if self.count == 1:
            return [value]
        import torch

        found: list[Any] = [None] * self.count
        with _told():
            torch.distributed.all_gather_object(found, value)
        return found


ALONE = Peers()


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        why = (str(error).splitlines() or ["no reason"])[0]
        raise ResourceError(f"another process of this run has ended, or cannot be reached ({why:.120})") from error


@contextlib.contextmanager
def joined() -> Iterator[Peers]:
    """Within, this process is one of those that torchrun started; alone where it did not."""
    count = int(os.environ.get("WORLD_SIZE", "1")) if "TORCHELASTIC_RUN_ID" in os.environ else 1
    if count == 1:
        yield ALONE
        return
    import torch

    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
    with _told():
        torch.distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield Peers(torch.distributed.get_rank(), count)
    finally:
        torch.distributed.destroy_process_group()
