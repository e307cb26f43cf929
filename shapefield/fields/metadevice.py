"""A method's network without its numbers: names and shapes, at next to no cost in memory or time."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from shapefield.fields import build
from shapefield.methods import Method


class _Unfilled(TorchFunctionMode):
    """Leaves out what is done in place, which changes no shape.

    Arithmetic with tensors that have no storage goes through torch's compiler, whose import takes 1 to 3 s.
    """

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name.endswith("_") and not name.endswith("__") and name != "requires_grad_":
            return args[0] if args else kwargs["tensor"]  # as torch.nn.init has it
        return func(*args, **kwargs)


@contextlib.contextmanager
def unfilled() -> Iterator[None]:
    """Within, modules are made with names and shapes only."""
    with torch.device("meta"), _Unfilled():
        yield


def on_meta_device(method: Method, options: Any, *, inputs: int = 3, outputs: int = 1) -> nn.Module:
    """The network that `build` makes, on torch's meta device. Not for a method that is a user's own module."""
    with unfilled():
        return build(method, options, inputs=inputs, outputs=outputs)
