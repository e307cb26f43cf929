"""Splats → a closed mesh: depth maps from all around, fused as those of photographs are.

The opacity of splats has no level set that would be a surface: Gaussians lie in it and stick out of it. Depth does:
along every ray it is where the light ends, and many views average what one Gaussian bends.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shapefield import surface
from shapefield.config import ExtractionConfig
from shapefield.errors import NoSurfaceError, UsageError
from shapefield.events import Event, Notice
from shapefield.lengths import Extent
from shapefield.mesh.model import Mesh, Similarity
from shapefield.nerf import fusing
from shapefield.nerf.cameras import Camera, in_sight
from shapefield.nerf.filling import filled
from shapefield.nerf.picture import RenderedView
from shapefield.splats.model import Splats
from shapefield.splats.rendering import picture
from shapefield.splats.viewpoints import sphere

VIEWS, SIDE = 60, 192
"""Depth maps that are fused, and their pixels along a side."""
MARGIN = 1.15
"""Of the ball that is meshed, in radii of what lies in it."""
FARTHEST = 3.0
"""Radii of nine of ten Gaussians beyond which others are background."""
CLEAR = 0.1
"""Opacity up to which a ray passes on."""
WITHIN = 1.5
"""Cells about a depth map's surface within which a vertex is seen in it."""


@dataclass(frozen=True, eq=False)
class SplatView:
    """A camera and what it saw."""

    camera: Camera
    seen: RenderedView


def mesh(splats: Splats, config: ExtractionConfig) -> Generator[Event, Any, Mesh]:
    """The surface that views from all around agree on, closed, with colours and normals, in the splats' own frame.

    Raises NoSurfaceError where there is none, UsageError for settings that a surface of splats cannot have.
    """
    config = config.in_input_units(lambda: Extent(None, splats.size, None))
    similarity, box = _framed(splats, config)
    if config.offset:
        raise UsageError(
            f"level: expected 0 for splats, got {config.offset:g}: extract, then shapefield repair --level"
        )
    radius = 1.0 / similarity.scale
    beyond = float((np.abs(similarity.to_unit(splats.positions)) > 1.0).any(axis=1).mean())
    if beyond > 0.001:
        yield Notice(f"{100 * beyond:.1f} % of the Gaussians lie beside the box and are left out: --crop sets another")
    views: list[SplatView] = []

    def stopping(camera: Camera) -> np.ndarray:
        views.append(SplatView(camera, picture(splats, camera)))
        return _stopped(views[-1].seen)

    cameras = sphere(similarity.center, radius, SIDE, VIEWS)
    agreed = yield from fusing.fused_from(cameras, stopping, similarity)
    value = filled(agreed, fusing.VERTICES, wall=0.0, deep=-0.5)
    try:
        found = yield from surface.extract(value, config.resolution, level=0.0, lower=box[0], upper=box[1])
    except NoSurfaceError as error:
        raise NoSurfaceError(f"{splats.name}: expected a surface, got splats that no two views agree on") from error
    made, told = surface.tidied(found, config)
    yield from told
    normals = fusing.slopes(agreed, made.vertices.astype(np.float32))
    vertices = similarity.to_input(made.vertices)
    colours = _colours(views, vertices, normals, WITHIN * 2.0 / fusing.VERTICES * radius)
    return replace(made, vertices=vertices, colors=colours, normals=normals, name=splats.name)


def _framed(splats: Splats, config: ExtractionConfig) -> tuple[Similarity, tuple[Any, Any]]:
    """The frame in which the box [-1, 1]^3 is meshed, and the corners of what is extracted in it."""
    if config.crop is not None:
        corners = np.array(config.crop, dtype=np.float64).reshape(2, 3)
        radius = 0.5 * float(np.linalg.norm(corners[1] - corners[0]))
        similarity = Similarity(corners.mean(axis=0), 1.0 / radius)
        lower, upper = similarity.to_unit(corners)
        return similarity, (tuple(lower.tolist()), tuple(upper.tolist()))
    near = np.linalg.norm(splats.positions - splats.center, axis=1) < FARTHEST * splats.size
    lower, upper = splats.positions[near].min(axis=0), splats.positions[near].max(axis=0)
    center = 0.5 * (lower.astype(np.float64) + upper)
    radius = float(np.linalg.norm(splats.positions[near] - center, axis=1).max())
    return Similarity(center, 1.0 / (MARGIN * max(radius, 1e-6))), ((-1.0,) * 3, (1.0,) * 3)


def _stopped(seen: RenderedView) -> np.ndarray:
    """`fusing.stopped`, but NaN, which says nothing, where light neither ends nor passes: a gap between Gaussians."""
    return np.where((seen.opacity > CLEAR) & (seen.opacity <= fusing.SOLID), np.nan, fusing.stopped(seen))


def _colours(views: list[SplatView], vertices: np.ndarray, normals: np.ndarray, within: float) -> np.ndarray:
    """(n, 3) uint8: the mean of what the views show of each vertex, those from straight above counting most."""
    total, weights = np.zeros((len(vertices), 3)), np.zeros(len(vertices))
    for view in views:
        numbers, columns, rows = in_sight(view.camera, vertices)
        toward = view.camera.position - vertices[numbers]
        distance = np.linalg.norm(toward, axis=1)
        cosine = (toward * normals[numbers]).sum(axis=1) / distance
        met = np.abs(_stopped(view.seen)[rows, columns] - distance) < within
        weight = np.where(met, np.maximum(cosine, 0.0) ** 2, 0.0)
        total[numbers] += weight[:, None] * view.seen.rgb[rows, columns]
        weights[numbers] += weight
    mean = total.sum(axis=0) / max(float(weights.sum()), 1e-9)
    found = np.where(weights[:, None] > 0, total / np.maximum(weights, 1e-9)[:, None], mean)
    return (np.clip(found, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
