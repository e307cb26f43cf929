"""The networks: one room a method, one way to build them all."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from shapefield.methods import Method

if TYPE_CHECKING:
    from torch import nn


def build(
    method: Method, options: Any, *, inputs: int = 3, outputs: int = 1, condition: int = 0, seed: int = 0
) -> nn.Module:
    """The method's network, freshly initialised from `seed`; called `field(points (n, inputs)) -> (n, outputs)`.

    condition : length of a latent code given as `field(points, code)`; 0 for none
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if method.factory is not None:
            return method.factory(inputs=inputs, outputs=outputs)
        room = importlib.import_module(method.module)
        return room.build(options, inputs, outputs, condition)
