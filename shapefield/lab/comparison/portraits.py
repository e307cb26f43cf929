"""A surface drawn without a window: in clay, and coloured by its distance to the truth, by ray casting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shapefield.lab.comparison.rows import FULL
from shapefield.mesh.model import Mesh
from shapefield.nerf.raycast import Caster
from shapefield.nerf.shading import corner_normals
from shapefield.nerf.synthetic import camera_at, picture
from shapefield.solid import Solid

SIZE = 360
VIEW = (0.55, -0.75, 0.4)
"""Direction towards the camera: the three-quarter view from above."""
CLAY = 205


def draw(surface: Mesh, solid: Solid) -> dict[str, np.ndarray]:
    """ "truth", "field" and "error" → (h, w, 3) uint8 pictures of one camera."""
    clay = np.full((1, 3), CLAY, dtype=np.uint8)
    heat = heat_colours(solid.unsigned(surface.vertices) / solid.similarity.radius)
    center, radius = solid.similarity.center, solid.similarity.radius
    truth = solid.mesh
    return {
        "truth": portrait(replace(truth, colors=np.repeat(clay, len(truth.vertices), axis=0)), center, radius),
        "field": portrait(replace(surface, colors=np.repeat(clay, len(surface.vertices), axis=0)), center, radius),
        "error": portrait(replace(surface, colors=heat), center, radius),
    }


def portrait(mesh: Mesh, center: np.ndarray, radius: float) -> np.ndarray:
    """(SIZE, SIZE, 3) uint8: a coloured mesh before white, seen so that the sphere (center, radius) fits."""
    direction = np.array(VIEW) / np.linalg.norm(VIEW)
    camera = camera_at(direction, center, radius, SIZE)
    rgba, _ = picture(mesh, Caster(mesh), corner_normals(mesh), camera, supersample=2)
    alpha = rgba[..., 3:] / 255.0
    return (rgba[..., :3] * alpha + 255.0 * (1.0 - alpha) + 0.5).astype(np.uint8)


def heat_colours(error: np.ndarray) -> np.ndarray:
    """(n,) distances in bounding radii → (n, 3) uint8 in viridis, from 0 to FULL."""
    from matplotlib import colormaps

    return (colormaps["viridis"](np.clip(error / FULL, 0.0, 1.0))[:, :3] * 255.0 + 0.5).astype(np.uint8)
