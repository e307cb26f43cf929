"""The networks: one room a method, one way to build them all."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from shapefield.errors import UsageError
from shapefield.machine.importing import imported
from shapefield.methods import Method, method

if TYPE_CHECKING:
    from torch import nn


def build(
    method: Method, options: Any, *, inputs: int = 3, outputs: int = 1, condition: int = 0, seed: int = 0
) -> nn.Module:
    """The method's network, freshly initialised from `seed`; called `field(points (n, inputs)) -> (n, outputs)`.

    condition : length of a latent code given as `field(points, code)`; 0 for none
    Raises UsageError where the method takes no such points, or no code.
    """
    import torch

    _check_sizes(method, inputs, condition)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if method.factory is not None:
            made = method.factory(inputs=inputs, outputs=outputs, **dataclasses.asdict(options))
            return _tried(_module(method.name, made), method.name, inputs, outputs)
        return imported(method.module)(options, inputs, outputs, condition)


def _check_sizes(method: Method, inputs: int, condition: int) -> None:
    can = method.can
    if inputs not in can.dimensions:
        several = " or ".join(map(str, can.dimensions))
        raise UsageError(f"inputs: expected {several} coordinates a point for {method.name}, got {inputs}")
    if condition and not can.condition:
        raise UsageError(f"condition: expected a method that takes a latent code, got {method.name}: leave it out")


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


def _tried(module: nn.Module, name: str, inputs: int, outputs: int) -> nn.Module:
    """A registered module, after four points. Raises UsageError where it cannot be trained, or gives another shape."""
    import torch

    if not any(p.requires_grad for p in module.parameters()):
        raise UsageError(f"{name}: expected a module with parameters to train, got one without")
    wanted = f"a module that maps (4, {inputs}) points to (4, {outputs}) values"
    try:
        with torch.no_grad():
            values = module(torch.linspace(-0.5, 0.5, 4 * inputs).reshape(4, inputs))
    except Exception as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(f"{name}: expected {wanted}, got {type(error).__name__} ({said})") from error
    got = tuple(values.shape) if isinstance(values, torch.Tensor) else type(values).__name__
    if got != (4, outputs):
        raise UsageError(f"{name}: expected {wanted}, got {got}")
    return module
