"""Which network a learned start is for, and what a fit that begins with it is told by its file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from shapefield.errors import UsageError
from shapefield.methods.method import Method
from shapefield.methods.options import InitialOptions
from shapefield.methods.registry import method


def started(options: InitialOptions) -> tuple[Method, Any]:
    """The shape method whose first weights are learnt, and the options of its network."""
    entry = method(options.method)
    own = {"width": options.width, "depth": options.depth}
    return entry, entry.options(**{name: value for name, value in own.items() if value is not None})


def told_by_start(path: str | Path, header: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a fit with the method and the options of the start in a `.family` of that header.

    Raises UsageError for a family that is no start, or where another method or option was asked for.
    """
    model = str(header.get("model"))
    try:
        entry = method(model, "family")
        if entry.options is not InitialOptions:
            raise UsageError(f"it holds codes ({model})")
        chosen, options = started(InitialOptions(**header["options"]))
    except (UsageError, KeyError, TypeError) as error:
        raise UsageError(
            f"init: expected a .family that `family fit --model reptile` made, got {path}, {error}: name such a one"
        ) from None
    told = {"method": chosen.name, **dataclasses.asdict(options)}
    for name, value in told.items():
        if name in settings and str(settings[name]) != str(value):
            raise UsageError(f"{name}: expected {value}, as {path} starts, got {settings[name]}: leave it out")
    return settings | told
