"""Networks of a given size: a method's options with the most parameters that a limit allows. Knows no torch.

Networks of layers are widened; grids are given larger tables or more levels. Every parameter
counts, and so does every number of a base grid, which the file has to hold as well.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from shapefield.errors import UsageError
from shapefield.methods import Method

KNOBS: dict[str, dict[str, Sequence[int]]] = {
    "hashgrid": {"table": range(8, 25), "levels": range(2, 17)},
    "hybrid": {"table": range(8, 25), "base": (24, 32, 40, 48)},
    "kplanes": {"cells": (4, 6, 8, 12, 16, 24, 32, 48), "features": range(2, 17)},
}
"""What sets a method's size, option by option; a method that is not here has the first of SINGLE that it knows."""
SINGLE = ("cells", "width")
WIDEST = 2048


def parameters_of(entry: Method, settings: Any, inputs: int, outputs: int) -> int:
    """Parameters of a network, a base grid counted with them, without allocating it."""
    from shapefield.fields.blank import blank

    module = blank(entry, settings, inputs=inputs, outputs=outputs)
    base = getattr(module, "base", None)
    return sum(p.numel() for p in module.parameters()) + (0 if base is None else base.numel())


def largest_within(entry: Method, settings: Any, limit: int, inputs: int, outputs: int) -> Any:
    """The options, `settings` but for the size, with the most parameters up to `limit`; UsageError where all have more.

    inputs, outputs : the network's, 3 and 1 for a shape
    """
    return largest(entry, settings, limit, lambda options: parameters_of(entry, options, inputs, outputs), "parameters")


def largest(entry: Method, settings: Any, limit: int, size: Callable[[Any], int], what: str) -> Any:
    """The options, `settings` but for the size, for which `size` is largest up to `limit`; UsageError names the least.

    what : what is counted, in the plural
    """
    knobs = KNOBS.get(entry.name)
    if knobs is None:
        knob = next((name for name in SINGLE if hasattr(settings, name)), None)
        if knob is None:
            raise UsageError(f"{entry.name}: expected a method whose size can be set, got one without such an option")
        found = _bisected(settings, knob, limit, size)
    else:
        found = _best(_grid(settings, knobs), limit, size)
    if found is None:
        least = size(next(_grid(settings, knobs)) if knobs else dataclasses.replace(settings, **{knob: 4}))
        raise UsageError(f"{entry.name}: expected room for at least {least:,} {what}, got {limit:,}: allow more")
    return found


def _bisected(settings: Any, knob: str, limit: int, size: Callable[[Any], int]) -> Any | None:
    """The largest value of one option, by bisection: size grows with it."""
    low, high = 3, WIDEST
    while low < high:
        middle = (low + high + 1) // 2
        fits = size(dataclasses.replace(settings, **{knob: middle})) <= limit
        low, high = (middle, high) if fits else (low, middle - 1)
    return None if low < 4 else dataclasses.replace(settings, **{knob: low})


def _grid(settings: Any, knobs: dict[str, Sequence[int]]) -> Iterator[Any]:
    for values in itertools.product(*knobs.values()):
        yield dataclasses.replace(settings, **dict(zip(knobs, values, strict=True)))


def _best(candidates: Iterable[Any], limit: int, size: Callable[[Any], int]) -> Any | None:
    sized = [(size(options), options) for options in candidates]
    within = [pair for pair in sized if pair[0] <= limit]
    return max(within, key=lambda pair: pair[0])[1] if within else None
