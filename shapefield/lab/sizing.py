"""Networks of a given size: a method's options with the most parameters that a limit allows. Knows no torch.

Networks of layers are widened; grids are given larger tables or more levels. Every parameter
counts, and so does every number of a base grid, which the file has to hold as well.
"""

from __future__ import annotations

import bisect
import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from shapefield.errors import UsageError
from shapefield.methods import Method


def parameters_of(entry: Method, settings: Any, inputs: int, outputs: int) -> int:
    """Parameters of a network, a base grid counted with them, without allocating it."""
    from shapefield.fields.metadevice import on_meta_device

    module = on_meta_device(entry, settings, inputs=inputs, outputs=outputs)
    fixed = [b for b in module.buffers() if b.is_floating_point()] if entry.can.prior is not None else []
    return sum(t.numel() for t in [*module.parameters(), *fixed])


def largest_within(entry: Method, settings: Any, limit: int, inputs: int, outputs: int) -> Any:
    """The options, `settings` but for the size, with the most parameters up to `limit`; UsageError where all have more.

    inputs, outputs : the network's, 3 and 1 for a shape
    """
    return largest(entry, settings, limit, lambda options: parameters_of(entry, options, inputs, outputs), "parameters")


def largest(entry: Method, settings: Any, limit: int, size: Callable[[Any], int], what: str) -> Any:
    """The options, `settings` but for the size, for which `size` is largest up to `limit`; UsageError names the least.

    what : what is counted, in the plural
    """
    knobs = entry.can.sizes
    if not knobs:
        raise UsageError(f"{entry.name}: expected a method whose size can be set, got one without such an option")
    if len(knobs) == 1:
        ((knob, values),) = knobs.items()
        found = _bisected(settings, knob, values, limit, size)
    else:
        found = _best(_grid(settings, knobs), limit, size)
    if found is None:
        least = size(next(_grid(settings, knobs)))
        raise UsageError(f"{entry.name}: expected room for at least {least:,} {what}, got {limit:,}: allow more")
    return found


def _bisected(settings: Any, knob: str, values: Sequence[int], limit: int, size: Callable[[Any], int]) -> Any | None:
    """With the largest of one option's ascending values that fits, by bisection: size grows with it."""
    fitting = bisect.bisect_right(values, limit, key=lambda value: size(dataclasses.replace(settings, **{knob: value})))
    return dataclasses.replace(settings, **{knob: values[fitting - 1]}) if fitting else None


def _grid(settings: Any, knobs: Mapping[str, Sequence[int]]) -> Iterator[Any]:
    for values in itertools.product(*knobs.values()):
        yield dataclasses.replace(settings, **dict(zip(knobs, values, strict=True)))


def _best(candidates: Iterable[Any], limit: int, size: Callable[[Any], int]) -> Any | None:
    sized = [(size(options), options) for options in candidates]
    within = [pair for pair in sized if pair[0] <= limit]
    return max(within, key=lambda pair: pair[0])[1] if within else None
