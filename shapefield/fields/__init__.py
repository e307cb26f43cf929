"""The networks: one room a method, one way to build them all."""

from __future__ import annotations

import dataclasses
import importlib
from typing import TYPE_CHECKING, Any

from shapefield.errors import UsageError
from shapefield.methods import Method, method

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
            return _module(method.name, method.factory(inputs=inputs, outputs=outputs))
        room = importlib.import_module(method.module)
        return room.build(options, inputs, outputs, condition)


def new_field(
    name: str, *, inputs: int = 3, outputs: int = 1, condition: int = 0, seed: int = 0, **options: Any
) -> nn.Module:
    """A fresh, untrained field of the named method: `new_field("siren", inputs=2, omega=20.0)`.

    Called as `field(points (n, inputs)) -> (n, outputs)`; `condition` as in `build`.
    inputs, outputs : numbers of coordinates and of values, at least 1
    options         : those of the method, as in `shapefield methods` and docs/methods.md
    Raises UsageError for an unknown method or option, and for a value out of its range.
    """
    for what, count, least in (("inputs", inputs, 1), ("outputs", outputs, 1), ("condition", condition, 0)):
        if not isinstance(count, int) or count < least:
            raise UsageError(f"{what}: expected a whole number of at least {least}, got {count!r}")
    entry = method(name)
    unknown = sorted(set(options) - {f.name for f in dataclasses.fields(entry.options)})
    if unknown:
        known = ", ".join(f.name for f in dataclasses.fields(entry.options))
        raise UsageError(f"{unknown[0]}: expected an option of {name} ({known}), got {unknown[0]!r}")
    return build(entry, entry.options(**options), inputs=inputs, outputs=outputs, condition=condition, seed=seed)


def _module(name: str, made: Any) -> nn.Module:
    """What a registered factory gave. Raises UsageError unless it is a module."""
    from torch import nn

    if not isinstance(made, nn.Module):
        raise UsageError(f"{name}: expected its factory to return a torch.nn.Module, got {type(made).__name__}")
    return made
