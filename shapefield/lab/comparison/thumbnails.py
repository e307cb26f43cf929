"""A surface beside the truth, and coloured by its distance to it: thumbnails in one frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shapefield.lab.comparison.rows import FULL
from shapefield.mesh.model import Mesh
from shapefield.mesh.thumbnail import thumbnail
from shapefield.solid import Solid

SIZE = 360


def draw(surface: Mesh, solid: Solid) -> dict[str, np.ndarray]:
    """ "truth", "field" and "error" → (h, w, 3) uint8 pictures of one view."""
    heat = heat_colours(solid.unsigned(surface.vertices) / solid.similarity.radius)
    shown = {"truth": (solid.mesh, None), "field": (surface, None), "error": (surface, heat)}
    return {
        name: thumbnail(replace(mesh, colors=colors), SIZE, solid.similarity, supersample=2)
        for name, (mesh, colors) in shown.items()
    }


def heat_colours(error: np.ndarray) -> np.ndarray:
    """(n,) distances in bounding radii → (n, 3) uint8 in viridis, from 0 to FULL."""
    from matplotlib import colormaps

    return (colormaps["viridis"](np.clip(error / FULL, 0.0, 1.0))[:, :3] * 255.0 + 0.5).astype(np.uint8)
