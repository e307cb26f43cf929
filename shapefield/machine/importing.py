"""Code that is imported only when it is needed, by its name."""

from __future__ import annotations

import importlib
from typing import Any


def imported(place: str) -> Any:
    """What "package.module:name" names; without a name its `build`."""
    module, _, name = place.partition(":")
    return vars(importlib.import_module(module))[name or "build"]
