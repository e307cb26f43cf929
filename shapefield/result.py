"""What a fit gives, and what a `.field` file holds: the field in the input's own units.

Frames: every public point and length here is in the input's units and pose; `shapefield.mesh.model` has the similarity.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.config import ExtractionConfig
from shapefield.errors import UsageError
from shapefield.events import Notice, Progress, counted
from shapefield.fieldfile import FieldContents, read_field, write_field
from shapefield.fields import build
from shapefield.fields.frozen import Frozen
from shapefield.lengths import Extent, Length
from shapefield.mesh.model import Mesh
from shapefield.methods import METHODS
from shapefield.settings import names

if TYPE_CHECKING:
    from torch import nn

Corner = tuple[float, float, float]
MARGIN = 1.0
"""Half the edge of the box in the unit frame; the shape reaches 0.95."""

SPECK = 1 / 40
"""Pieces of the surface under this share of the input's smallest piece are no part of it, but noise of the field."""


class Result(FieldContents):
    """A trained field, and everything that can be asked of it."""

    @classmethod
    def load(cls, path: str | Path) -> Result:
        """What a `.field` file holds, on the CPU. Raises InputError in one line for a damaged or lying file."""
        return cls(**vars(read_field(path)))

    @property
    def is_distance(self) -> bool:
        """Whether `field` is a signed distance; an occupancy field's value is a negated logit and no distance."""
        return self.method.kind == "distance"

    def extent(self) -> Extent:
        """What lengths of the input are measured by, as far as the field knows them."""
        try:
            diagonal = math.hypot(*self.report["sizes"]["before"]["extents"])
        except (KeyError, TypeError):  # not measured, or a header that is not ours
            diagonal = None
        return Extent(self.unit, self.similarity.radius, diagonal)

    def in_input_units(self, config: ExtractionConfig) -> ExtractionConfig:
        """`config` with plain numbers for its lengths. Raises UsageError for one that the field cannot tell."""
        if isinstance(config.level, Length) and not self.is_distance:
            raise UsageError(f"level: expected a number of logits, which the field has, got {config.level}")
        return config.in_input_units(self.extent)

    @property
    def frozen(self) -> Frozen:
        """The field as NumPy functions of the unit frame, negative inside."""
        return Frozen(self.module, self.method.kind, self.device)

    def field(self, points: np.ndarray) -> np.ndarray:
        """points (n, 3), input units → (n,) float64: signed distance in input units, negative inside.

        An occupancy field gives its negated logit: the sign is right, the value is no distance. Far from the shape
        (beyond the cube around its bounding sphere, a twentieth wider) a grid goes on with its border's values.
        Raises UsageError for points that are not (n, 3) finite numbers.
        """
        values = self.frozen.value(self.similarity.to_unit(_points(points))).astype(np.float64)
        return values / self.similarity.scale if self.is_distance else values

    def gradient(self, points: np.ndarray) -> np.ndarray:
        """points (n, 3), input units → (n, 3) float64: the analytic gradient of `field` by the points.

        It points outward; of a signed distance its length is about 1, of an occupancy field it is in 1 / input units.
        Raises UsageError for points that are not (n, 3) finite numbers.
        """
        gradient = self.frozen.gradient(self.similarity.to_unit(_points(points))).astype(np.float64)
        return gradient if self.is_distance else gradient * self.similarity.scale

    def colours(self, points: np.ndarray) -> np.ndarray | None:
        """points (n, 3), input units → (n, 3) uint8 RGB, or None where the input had no colours."""
        if self.colour is None:
            return None
        rgb = Frozen(self.colour, device=self.device).vector(self.similarity.to_unit(_points(points)))
        return (rgb.clip(0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)

    def mesh(self, resolution: int = 256, **settings: Any) -> Mesh:
        """The surface in the input's units: closed, manifold, outward. Settings are those of ExtractionConfig.

        Raises InputError when there is no surface at that level, UsageError for a setting that does not fit.
        """
        steps = self.surface(ExtractionConfig(resolution=resolution, **settings))
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                return stop.value

    def surface(self, config: ExtractionConfig) -> Iterator[Progress | Notice]:
        """Like `mesh`, as a generator of events that returns the Mesh."""
        from shapefield import surface

        config = self.in_input_units(config)
        lower, upper = self.box(config)
        level = config.offset * self.similarity.scale if self.is_distance else config.offset
        frozen = self.frozen
        found = yield from surface.extract(
            frozen.value,
            config.resolution,
            level=level if self.is_distance else -level,
            lower=lower,
            upper=upper,
            gradient=frozen.gradient,
            chunk=max(surface.CHUNK, frozen.chunk),
            specks=SPECK * self.smallest,
            largest=config.largest,
            faces=config.faces,
        )
        if found.leaves_box:
            where = "crop box" if config.crop else "box"
            yield Notice(f"the surface leaves the {where}: it is closed flat there")
        if found.specks:
            yield Notice(
                f"{counted(found.specks, 'speck')} left out of the surface, far below the input's smallest piece"
            )
        mesh = found.mesh
        vertices = self.similarity.to_input(mesh.vertices)
        colours = self.colours(vertices)
        return replace(mesh, vertices=vertices, colors=colours, unit=self.unit, name=self.name)

    def at_detail(self, detail: int) -> Result:
        """The same field at another of its levels of detail: 1 the coarsest, 0 the finest.

        Raises UsageError where the method has none, or not so many.
        """
        if not hasattr(self.options, "detail"):
            several = ", ".join(m.name for m in METHODS.values() if "detail" in names(m.options))
            raise UsageError(f"detail: expected a field of {several}, got one of {self.method.name}: leave it out")
        if not 0 <= detail <= self.options.depth:
            raise UsageError(f"detail: expected 0 to the field's {self.options.depth} levels, got {detail}")
        options = replace(self.options, detail=detail)
        module = build(self.method, options)
        module.load_state_dict(self.module.state_dict())
        return Result(**vars(self) | {"options": options, "module": module.to(self.device)})

    def box(self, config: ExtractionConfig) -> tuple[Corner, Corner]:
        """Lowest and highest corner of what is extracted, unit frame; UsageError for a level or crop beyond it."""
        radius = self.similarity.radius
        if self.is_distance and abs(config.offset) > radius:
            message = f"level: expected at most the shape's bounding radius, {radius:.6g}, got {config.offset:g}"
            raise UsageError(f"{message}: the field knows nothing so far away")
        if config.crop is None:
            grown = MARGIN + max(0.0, config.offset * self.similarity.scale if self.is_distance else 0.0)
            return (-grown, -grown, -grown), (grown, grown, grown)
        corners = self.similarity.to_unit(np.array(config.crop).reshape(2, 3))
        lower, upper = corners.clip(-MARGIN, MARGIN)
        if not (lower < upper).all():
            raise UsageError("crop: expected a box that meets the shape, got one beside it")
        (a, b, c), (x, y, z) = lower.tolist(), upper.tolist()
        return (a, b, c), (x, y, z)

    def save(self, path: str | Path, force: bool = False) -> None:
        """Write the field (`.field`) or its mesh at 256³ (any mesh suffix), in the input's units.

        force : replace a file that is not ours as well
        Raises OutputError where that cannot be written, UsageError for another suffix.
        """
        if Path(path).suffix.lower() == ".field":
            write_field(self, path, force)
            return
        from shapefield.mesh.writing import write

        write(self.mesh(), path, force)

    def torch(self) -> nn.Module:
        """A differentiable module in the input's units: (n, 3) float tensor → (n,) like `field`."""
        from shapefield.fields.units import InInputUnits

        return InInputUnits(self.module, self.method.kind, self.similarity)


def _points(points: np.ndarray) -> np.ndarray:
    """(n, 3) float64, held against what a field can be asked for. Raises UsageError."""
    try:
        array = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"points: expected an array (n, 3) of numbers, got {type(points).__name__}") from None
    if array.ndim != 2 or array.shape[1] != 3:
        raise UsageError(f"points: expected an array (n, 3), got {array.shape}")
    if not np.isfinite(array).all():
        row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
        raise UsageError(f"points: expected finite coordinates, got {array[row].tolist()} in row {row}")
    return array
