"""shapefield: meshes to neural fields and back.

    import shapefield as sf
    result = sf.fit("bunny.obj", method="siren", budget=30)
    result.field(points), result.gradient(points), result.mesh(resolution=256), result.save("bunny.field")

Importing this package loads neither torch nor Open3D nor Qt; they come when something needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "fit": "shapefield.api",
    "load": "shapefield.api",
    "evaluate": "shapefield.api",
    "evaluate_field": "shapefield.api",
    "compare": "shapefield.api",
    "batch": "shapefield.api",
    "sample": "shapefield.api",
    "repair": "shapefield.api",
    "new_field": "shapefield.fields",
    "register": "shapefield.methods",
    "reconstruct": "shapefield.fitting.pipeline",
    "read_mesh": "shapefield.api",
    "Mesh": "shapefield.mesh.model",
    "Family": "shapefield.families.family",
    "Result": "shapefield.result",
    "ShapefieldError": "shapefield.errors",
    "fit_config": "shapefield.settings",
}
_MODULES = ("config", "errors", "events")
"""Public as they are: the configs that `fit_config` gives, what can go wrong, and what a job says."""
__all__ = [
    "Family",
    "Mesh",
    "Result",
    "ShapefieldError",
    "__version__",
    "batch",
    "compare",
    "config",
    "errors",
    "evaluate",
    "evaluate_field",
    "events",
    "fit",
    "fit_config",
    "load",
    "new_field",
    "read_mesh",
    "reconstruct",
    "register",
    "repair",
    "sample",
]

if TYPE_CHECKING:
    from shapefield import config, errors, events
    from shapefield.api import batch, compare, evaluate, evaluate_field, fit, load, read_mesh, repair, sample
    from shapefield.errors import ShapefieldError
    from shapefield.families.family import Family
    from shapefield.fields import new_field
    from shapefield.fitting.pipeline import reconstruct
    from shapefield.mesh.model import Mesh
    from shapefield.methods import register
    from shapefield.result import Result
    from shapefield.settings import fit_config


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"shapefield.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'shapefield' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
