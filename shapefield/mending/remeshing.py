"""The solid's surface sampled anew: marching cubes of its exact signed distance, offset, cropped, simplified."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shapefield.config import FINEST
from shapefield.errors import NoSurfaceError, UsageError
from shapefield.events import Event, Notice
from shapefield.lengths import check_level, told_length
from shapefield.mending.carrying import colours_at
from shapefield.mending.config import MendingConfig
from shapefield.mesh.model import Mesh
from shapefield.mesh.thickness import BOX, voxel
from shapefield.offset import nothing_left
from shapefield.solid import Solid
from shapefield.surface import cropped_box, extract


@dataclass(frozen=True, slots=True, eq=False)
class Remeshed:
    """A sampled surface, closed, manifold and outward, in the input's frame.

    resolution : cells along the longest edge of the box that was sampled;  voxel : the longest edge of a cell there
    """

    mesh: Mesh
    resolution: int
    voxel: float


def remeshed(solid: Solid, config: MendingConfig) -> Generator[Event, Any, Remeshed]:
    """The surface at the level, resolution or voxel, in the crop box that are asked for.

    Raises UsageError for a level or a crop box with nothing in it, or a voxel that asks for more than FINEST cells.
    """
    wish, frame = config.extraction, solid.similarity
    check_level(wish.offset, frame.radius, solid.mesh.unit)
    level = wish.offset * frame.scale
    lower, upper = cropped_box(frame, 1.0 + max(level, 0.0), wish.crop)
    edge = float(np.subtract(upper, lower).max()) / frame.scale
    resolution = wish.resolution if config.voxel is None else cells_of(config.voxel, edge, solid.mesh.unit)
    try:
        found = yield from extract(
            solid.exact.signed,
            resolution,
            level=level,
            lower=lower,
            upper=upper,
            largest=wish.largest,
            faces=wish.faces,
        )
    except NoSurfaceError:
        raise _nothing(solid, wish.offset, wish.crop is not None) from None
    if found.leaves_box:
        yield Notice("the surface leaves the crop box: it is closed flat there")
    vertices = frame.to_input(found.mesh.vertices)
    mesh = replace(found.mesh, vertices=vertices, unit=solid.mesh.unit, name=solid.mesh.name)
    painted = solid.original.colors
    colours = None if painted is None else colours_at(solid.original, painted, vertices)
    return Remeshed(replace(mesh, colors=colours), resolution, edge / resolution)


def cells_of(length: float, edge: float, unit: str | None) -> int:
    """Cells of at most that length along an edge, both in one unit. Raises UsageError beyond FINEST."""
    cells = math.ceil(edge / length - 1e-9)
    if cells > FINEST:
        least, got = told_length(edge / FINEST, unit), told_length(length, unit)
        raise UsageError(f"voxel: expected at least {least}, which is {FINEST} cells along the box, got {got}")
    return max(cells, 8)


def cells_for_parts(config: MendingConfig, mesh: Mesh) -> int:
    """Cells along the box of a mesh for those of its parts that can only be sampled. Raises UsageError."""
    if config.voxel is None:
        return config.extraction.resolution
    return cells_of(config.voxel, BOX * mesh.similarity().radius, mesh.unit)


def _nothing(solid: Solid, level: float, cropped: bool) -> UsageError | NoSurfaceError:
    if cropped:
        return UsageError("crop: expected a box that meets the shape, got one without any of its surface")
    if level < 0:
        inner = solid.exact.signed(np.stack(np.meshgrid(*[np.linspace(-1, 1, 48)] * 3), axis=-1).reshape(-1, 3))
        return UsageError(nothing_left(level, float(inner.min()) / solid.similarity.scale, solid.mesh.unit))
    least = told_length(voxel(solid.similarity.radius, FINEST), solid.mesh.unit)
    return NoSurfaceError(
        f"{solid.mesh.name}: expected walls that the cells can hold, got none: give it a higher --resolution (the "
        f"finest voxel is {least}), or --mode keep"
    )
