"""Code that is imported before it is asked for: the first job starts at once."""

from __future__ import annotations

import importlib
from typing import Any


def warmed(*modules: str) -> dict[str, Any]:
    """Import these modules, torch among them; what there is to compute with: names of devices, threads of torch."""
    import torch

    from shapefield.machine.devices import present

    for module in modules:
        importlib.import_module(module)
    return {"devices": present(), "threads": torch.get_num_threads()}
