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
    "sample": "shapefield.api",
    "repair": "shapefield.api",
    "new_field": "shapefield.fields",
    "register": "shapefield.methods",
    "reconstruct": "shapefield.fitting.pipeline",
    "read_mesh": "shapefield.api",
    "Mesh": "shapefield.mesh.model",
    "Result": "shapefield.result",
    "ShapefieldError": "shapefield.errors",
}
__all__ = [
    "Mesh",
    "Result",
    "ShapefieldError",
    "__version__",
    "evaluate",
    "fit",
    "load",
    "new_field",
    "read_mesh",
    "reconstruct",
    "register",
    "repair",
    "sample",
]

if TYPE_CHECKING:
    from shapefield.api import evaluate, fit, load, read_mesh, repair, sample
    from shapefield.errors import ShapefieldError
    from shapefield.fields import new_field
    from shapefield.fitting.pipeline import reconstruct
    from shapefield.mesh.model import Mesh
    from shapefield.methods import register
    from shapefield.result import Result


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'shapefield' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
