"""What every demonstration shares: a descent one can loop over, and when it is time to draw."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from shapefield.events import Progress
from shapefield.lab.tasks import LossTask
from shapefield.training.loop import Trainer, TrainingPlan

Losses = Callable[[torch.Generator], dict[str, Tensor]]


def descend(
    module: nn.Module, losses: Losses, steps: int, rate: float, seed: int = 0
) -> Generator[Progress, None, None]:
    """Adam on the sum of the named losses: one Progress a step, with the losses as numbers.

    losses : called once a step with a seeded generator, from which all its randomness comes
    Raises DivergedError where the loss runs away twice.
    """
    trainer = Trainer(LossTask(module, lambda step, draw: losses(draw)), TrainingPlan(steps, rate, seed=seed))
    for event in trainer.run(every=0.0):
        if isinstance(event, Progress):
            yield event


@torch.no_grad()
def spread_kinks(field: nn.Module, seed: int) -> nn.Module:
    """Draw every bias of a ReLU network from U(-1, 1), so that its kinks lie all over [-1, 1].

    Our own start has biases of 0, so all kinks meet in the origin: no fair opponent on a line or a plane.
    """
    draw = torch.Generator().manual_seed(seed)
    for layer in field.modules():
        if isinstance(layer, nn.Linear):
            layer.bias.uniform_(-1.0, 1.0, generator=draw)
    return field


class Pace:
    """Says when to draw: at first, and then whenever `every` seconds have passed; drawing must not slow training."""

    def __init__(self, every: float = 0.3) -> None:
        self.every, self._last = every, -1e9

    def due(self) -> bool:
        """Whether it is time again; asking starts the next wait."""
        now = time.perf_counter()
        if now - self._last < self.every:
            return False
        self._last = now
        return True


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep torch on one core: networks this small lose more to handing work over than a second core gives."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
