"""Out of the field: a coloured mesh or a coloured point cloud, in the dataset's own frame and units."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from shapefield.config import ExtractionConfig
from shapefield.errors import NoSurfaceError, UsageError
from shapefield.events import Event, Notice, Progress, counted
from shapefield.lengths import Extent, Length
from shapefield.mesh.model import Mesh
from shapefield.mesh.surface_points import corner_weights, faces_at
from shapefield.nerf.filling import Value, filled
from shapefield.nerf.forecasting import require_cloud
from shapefield.nerf.fusing import fused, slopes
from shapefield.nerf.result import NerfResult
from shapefield.nerf.rubble import judged

CHUNK = 1 << 15


def mesh(result: NerfResult, config: ExtractionConfig) -> Generator[Event, Any, Mesh]:
    """The surface as a closed mesh with vertex colours and normals. InputError where the field holds no surface."""
    from shapefield import surface

    if isinstance(config.level, Length):
        raise UsageError(f"level: expected a number of the field's own values, got {config.level}")
    config = config.in_input_units(lambda: Extent(None, result.similarity.radius, None))
    lower, upper = _box(result, config)

    def inside(points: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return result.field.surface_value(_tensor(points, result)).float().cpu().numpy()

    value: Value = inside
    agreed = yield from _agreed(result, config)
    if agreed is not None:
        value = filled(agreed, 128, wall=0.0, deep=-0.5)
    elif result.field.is_shell:
        yield Progress("surface", 0)
        value = filled(inside, 128, wall=1.5, deep=-1.0)
    try:
        found = yield from surface.extract(value, config.resolution, level=config.offset, lower=lower, upper=upper)
    except NoSurfaceError as error:
        if config.offset:
            raise
        spent = counted(result.run.get("steps_done", 0), "step")
        raise NoSurfaceError(f"run: expected a surface, got none after {spent}: train it longer") from error
    made, told = surface.tidied(found, config)
    yield from told
    vertices = made.vertices.astype(np.float32)
    normals = _normals(result, vertices) if agreed is None else slopes(agreed, vertices)
    colours = colours_at(result, vertices, normals)
    made = replace(
        made,
        vertices=result.similarity.to_input(made.vertices),
        colors=colours,
        normals=normals.astype(np.float64),
        name="nerf",
    )
    judgement = judged(result, made) if config.crop is None and not config.offset else None
    if judgement is not None and judgement.is_rubble:
        yield Notice(judgement.line())
    return made


def _agreed(result: NerfResult, config: ExtractionConfig) -> Generator[Event, Any, Value | None]:
    """The surface that the training views agree on, where nothing else bounds what a field may hold; else None."""
    if result.bounded or not result.field.is_shell or not result.cameras or config.offset:
        return None
    yield Notice("the surface is where the training views agree on one; what fewer than two see is left out")
    return (yield from fused(result))


def points(
    result: NerfResult, config: ExtractionConfig, count: int = 200_000, seed: int = 0
) -> Generator[Event, Any, Mesh]:
    """`count` coloured points spread evenly over the surface: a Mesh without faces. UsageError for a count below 1."""
    if count < 1:
        raise UsageError(f"count: expected at least 1, got {count}")
    require_cloud(count)
    made = yield from mesh(result, config)
    generator = np.random.default_rng(seed)
    sums = np.cumsum(made.face_areas)
    places = (np.arange(count) + generator.random(count)) * (sums[-1] / count)
    weights = corner_weights(count, generator)
    corners = made.faces[faces_at(sums, places)]

    def spread(values: np.ndarray) -> np.ndarray:
        return (values[corners] * weights[..., None]).sum(axis=1)

    normals = spread(made.normals) if made.normals is not None else None
    colours = spread(made.colors.astype(np.float64)).round().astype(np.uint8) if made.colors is not None else None
    yield Progress("surface", count, count)
    return Mesh(spread(made.vertices), np.empty((0, 3), dtype=np.int64), colours, normals, name="nerf points")


def colours_at(result: NerfResult, vertices: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(n, 3) uint8: the colour seen from straight above the surface, just inside it, model frame."""
    found = []
    for start in range(0, len(vertices), CHUNK):
        part = slice(start, start + CHUNK)
        with torch.no_grad():
            at, out = _tensor(vertices[part], result), _tensor(normals[part], result)
            rgb = result.field.colour(at - 0.004 * out, -out)
        found.append((rgb.clamp(0, 1) * 255.0 + 0.5).byte().cpu().numpy())
    return np.concatenate(found) if found else np.empty((0, 3), dtype=np.uint8)


def _normals(result: NerfResult, vertices: np.ndarray) -> np.ndarray:
    found = [
        result.field.normals(_tensor(vertices[start : start + CHUNK], result)).detach().float().cpu().numpy()
        for start in range(0, len(vertices), CHUNK)
    ]
    return np.concatenate(found) if found else np.empty((0, 3), dtype=np.float32)


def _tensor(points: np.ndarray, result: NerfResult) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32)).to(result.device)


def _box(result: NerfResult, config: ExtractionConfig) -> tuple[Any, Any]:
    """Lowest and highest corner of what is extracted, model frame."""
    if config.crop is None:
        return (-1.0,) * 3, (1.0,) * 3
    lower, upper = result.similarity.to_unit(np.array(config.crop).reshape(2, 3)).clip(-1.0, 1.0)
    if not (lower < upper).all():
        raise UsageError("crop: expected a box that meets the scene, got one beside it")
    return tuple(lower.tolist()), tuple(upper.tolist())
