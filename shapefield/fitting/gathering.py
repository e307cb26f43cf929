"""All that training needs from a shape, before any network is built: samples, the hybrid's base, colours. No torch."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from shapefield.config import FitConfig, SamplingConfig
from shapefield.events import Event
from shapefield.fitting.coarse_preview import coarse_preview
from shapefield.fitting.colours import draw_colours
from shapefield.lengths import Extent
from shapefield.mesh.model import Mesh, Similarity
from shapefield.methods import method
from shapefield.offset import require_rest
from shapefield.sampling import Samples, coarse_grid, draw
from shapefield.solid import Solid
from shapefield.surface import smallest_side

PAINTED = 200_000
"""Samples of the input's colours."""

HELD = SamplingConfig(samples=1 << 12, mix="instant-ngp")
HELD_SEED = 1 << 40
"""Samples that the field is judged by while it trains, drawn by a generator of their own."""


@dataclass(frozen=True, eq=False)
class Gathered:
    """A shape as it is learnt from and measured against. Samples, grid and colours in the unit frame.

    name, unit : what it is called, and the label of its units or None
    digest     : hash of every input byte;  backend : what the distances were made by
    similarity : to the unit frame that is trained, which has room for the level that is asked for
    extent     : what lengths of it are measured by
    samples    : signed samples
    held       : others, which the field is judged by and not trained on
    coarse     : (b, b, b) float32 distances for a method with a base grid, else None
    painted    : points (k, 3) and colours (k, 3) in [0, 1] where the input has colours, else None
    seen       : mean error of the preview of the base that was shown, input units; None where none was
    area       : of the surface, squared input units, None where it is not known;  smallest : longest side of the
                 smallest separate piece, unit frame, 0 where it is not known
    reference  : the solid that the surface is measured against, or None: then there are no error figures
    """

    name: str
    unit: str | None
    digest: str
    backend: str
    similarity: Similarity
    extent: Extent
    samples: Samples
    held: Samples
    coarse: np.ndarray | None = None
    painted: tuple[np.ndarray, np.ndarray] | None = None
    seen: float | None = None
    area: float | None = None
    smallest: float = 0.0
    reference: Solid | None = None

    @property
    def references(self) -> dict[str, Solid]:
        """As a source names them."""
        return {} if self.reference is None else {self.name: self.reference}


def mesh_hash(mesh: Mesh) -> str:
    """SHA-256 of the mesh's vertices, faces and colours, 16 hex digits."""
    digest = hashlib.sha256(mesh.vertices.tobytes())
    digest.update(mesh.faces.tobytes())
    if mesh.colors is not None:
        digest.update(mesh.colors.tobytes())
    return digest.hexdigest()[:16]


def wanted_level(config: FitConfig) -> float:
    """The offset in input units that the surface is wanted at; 0 for methods whose level is no length."""
    return config.extraction.offset if method(config.method).value == "distance" else 0.0


def gather(mesh: Mesh, solid: Solid, config: FitConfig, previews: bool = False) -> Generator[Event, Any, Gathered]:
    """Draw all of a mesh from the run's seed; the base grid first, for with `previews` its surface is the first one.

    solid : in the frame that is trained (`offset.with_room`)
    Raises UsageError where the level that is asked for leaves nothing of it.
    """
    seed = config.training.seed
    chosen = method(config.method)
    coarse, seen = None, None
    nodes = chosen.nodes(chosen.options(**(chosen.preset(config.preset)[0] | config.options)))
    if nodes is not None:
        coarse = yield from coarse_grid(solid, nodes)
        if previews and (first := coarse_preview(solid, coarse)) is not None:
            seen = float(first.error.mean()) if first.error is not None else None
            yield first
    level = wanted_level(config)
    samples = yield from draw(solid, config.sampling, seed, level * solid.similarity.scale)
    require_rest(solid, samples, level)
    held = yield from draw(solid, HELD, HELD_SEED, level * solid.similarity.scale)
    in_unit = replace(mesh, vertices=solid.similarity.to_unit(mesh.vertices))
    return Gathered(
        mesh.name,
        mesh.unit,
        mesh_hash(mesh),
        solid.backend,
        solid.similarity,
        mesh.extent(),
        samples,
        held,
        coarse,
        draw_colours(in_unit, PAINTED, seed),
        seen,
        float(solid.mesh.face_areas.sum()),
        smallest_side(solid.mesh) * solid.similarity.scale,
        solid,
    )
