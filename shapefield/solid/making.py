"""From a mesh to the solid it means."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from shapefield.distance import SurfaceDistance, choose_backend, finish
from shapefield.errors import InputError
from shapefield.events import Event
from shapefield.mesh.model import Mesh
from shapefield.solid.model import Repairs, Solid
from shapefield.solid.sides import front_winding
from shapefield.solid.topology import edges_of


def solidify(mesh: Mesh, backend: str = "auto", queries: int = 0) -> Generator[Event, None, Solid]:
    """The solid of a mesh in any frame.

    backend, queries : see `shapefield.distance.choose_backend`
    """
    if len(mesh.faces) == 0:
        raise InputError(f"{mesh.name}: expected a mesh with faces, got none: re-export it with its faces")
    chosen, notice = choose_backend(backend, queries)
    if notice:
        yield notice
    similarity = mesh.similarity()
    exact = SurfaceDistance(similarity.to_unit(mesh.vertices), mesh.faces, chosen)
    edges = edges_of(mesh.faces)
    front = front_winding(exact)
    if edges.closed and float((np.abs(front) > 0.5).mean()) < 1e-3:
        reason = "closed, and nothing but outside before its faces"
        return Solid(mesh, mesh, similarity, exact, Repairs(), "winding number", reason)
    raise InputError(f"{mesh.name}: expected a closed surface")


def solid_of(mesh: Mesh, backend: str = "auto") -> Solid:
    """`solidify`, its events unheard."""
    return finish(solidify(mesh, backend))
