"""What a fit was asked to make different from its input, so that it is not taken for a loss or an error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shapefield.config import ExtractionConfig
from shapefield.distance.signed import SurfaceDistance
from shapefield.mesh.model import Mesh
from shapefield.mesh.surface_points import on_surface
from shapefield.mesh.welding import groups_of_equal_rows
from shapefield.preservation import Asked
from shapefield.solid import Solid
from shapefield.surface.components import label_components, largest_component, longest_sides


def asked_of(extraction: ExtractionConfig, solid: Solid, level: float, smallest: float | None = None) -> Asked:
    """In the solid's unit frame. Both in input units:

    level    : of the surface, 0 where it is no length
    smallest : extent of the parts that were to be left out, None for none
    """
    frame = solid.similarity
    return Asked(
        left_out=_below(solid.original, smallest) if smallest else None,
        crop=None if extraction.crop is None else frame.to_unit(_corners(extraction.crop)),
        level=level * frame.scale,
        thickness=0.5 * solid.repairs.thickened_by * frame.scale,
        dropped=~_largest(solid.mesh, extraction.crop) if extraction.largest else None,
        solid=solid.exact,
    )


def largest_of(solid: Solid, extraction: ExtractionConfig) -> Solid:
    """The solid that is left where only the largest component is wanted, in the same frame."""
    kept = solid.mesh.faces[_largest(solid.mesh, extraction.crop)]
    exact = SurfaceDistance(solid.exact.vertices, kept, solid.backend)
    return replace(solid, mesh=replace(solid.mesh, faces=kept), exact=exact)


def _below(mesh: Mesh, smallest: float) -> np.ndarray:
    """(m,) bool: faces of parts whose box has no side of that length; parts hang together by places."""
    first, group = groups_of_equal_rows(mesh.vertices)
    welded = Mesh(mesh.vertices[first], group[mesh.faces])
    label = label_components(welded)
    return (longest_sides(welded, label) < smallest)[label]


def _largest(mesh: Mesh, crop: tuple | None) -> np.ndarray:
    """(m,) bool: faces of the component with the most area, of what lies in the crop box, and its cavities'."""
    if crop is None:
        return largest_component(mesh)
    low, high = _corners(crop)
    points, face = on_surface(mesh, 20_000, np.random.default_rng(0))
    within = ((points > low) & (points < high)).all(axis=1)
    return largest_component(mesh, np.bincount(face[within], minlength=len(mesh.faces)).astype(float))


def _corners(crop: tuple) -> np.ndarray:
    return np.array(crop, dtype=float).reshape(2, 3)
