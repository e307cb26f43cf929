"""What a fit gives, and what a `.field` file holds: the field in the input's own units.

Frames: every public point and length here is in the input's units and pose; `shapefield.mesh.model` has the similarity.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.config import ExtractionConfig
from shapefield.driving import finish
from shapefield.errors import NoSurfaceError, UsageError, one_of
from shapefield.escaping import visible
from shapefield.events import Notice, Progress, counted
from shapefield.fieldfile import FieldContents, read_field, write_field
from shapefield.fields import build
from shapefield.fields.inference import Inference
from shapefield.fields.points import checked, is_tensor, torch_gradient, torch_values
from shapefield.lengths import Extent, Length, check_level, told_length
from shapefield.mesh.model import Mesh
from shapefield.methods import METHODS
from shapefield.settings import names
from shapefield.surface.grid import Corner, cropped_box

if TYPE_CHECKING:
    from torch import nn

MARGIN = 1.0
"""Half the edge of the box in the unit frame; the shape reaches 0.95."""

SKETCH = 96
"""Cells along the box's edge of the surface that a notebook shows."""
SPECK = 1 / 40
"""Pieces of the surface under this share of the input's smallest piece are no part of it, but noise of the field."""


class Result(FieldContents):
    """A trained field, and everything that can be asked of it."""

    @classmethod
    def load(cls, path: str | Path) -> Result:
        """What a `.field` file holds, on the CPU. Raises InputError in one line for a damaged or lying file."""
        return cls(**vars(read_field(path)))

    def __repr__(self) -> str:
        return f"<Result {', '.join(f'{value}' for _, value in self._facts())}>"

    def _repr_html_(self) -> str:
        """As a notebook shows it: its surface, on a coarse grid, beside what it is."""
        from shapefield.mesh.card import card

        try:
            mesh = self.mesh(SKETCH)
        except NoSurfaceError:
            mesh = None
        return card(mesh, self._facts())

    def _facts(self) -> list[tuple[str, str]]:
        """What it is in a few words: of files, so that a terminal may need them escaped."""
        facts = [("name", visible(self.name)), ("method", self.method.name)]
        quality, word = self.report.get("quality"), self.report.get("verdict")
        if isinstance(word, str):
            facts.append(("verdict", visible(word)))
        if isinstance(quality, dict) and isinstance(quality.get("mean"), float):
            facts.append(("mean error", f"{quality['mean']:.2g} R"))
        radius = f"{self.radius:.4g}{f' {visible(self.unit)}' if self.unit else ''}"
        return [*facts, ("radius", f"R = {radius}")]

    @property
    def is_distance(self) -> bool:
        """Whether `field` is a signed distance; an occupancy field's value is a negated logit and no distance."""
        return self.method.value == "distance"

    def extent(self) -> Extent:
        """What lengths of the input are measured by, as far as the field knows them."""
        try:
            diagonal = math.hypot(*self.report["sizes"]["before"]["extents"])
        except (KeyError, TypeError):  # not measured, or a header that is not ours
            diagonal = None
        return Extent(self.unit, self.radius, diagonal)

    def in_input_units(self, config: ExtractionConfig) -> ExtractionConfig:
        """`config` with plain numbers for its lengths. Raises UsageError for one that the field cannot tell."""
        if isinstance(config.level, Length) and not self.is_distance:
            raise UsageError(f"level: expected a number of logits, which the field has, got {config.level}")
        return config.in_input_units(self.extent)

    @property
    def radius(self) -> float:
        """R, the input's bounding radius in input units."""
        return self.similarity.radius - self.reach

    @property
    def frozen(self) -> Inference:
        """The field as NumPy functions of the unit frame, negative inside."""
        return Inference(self.module, self.method.value, self.device)

    def field(self, points: Any) -> Any:
        """points (…, 3), input units → (…) float64: signed distance in input units, negative inside.

        An occupancy field gives its negated logit: the sign is right, the value is no distance. Beyond the box that
        was trained (the cube around the bounding sphere, a twentieth wider, and as much wider as the fit's level asks
        for) a distance is a lower bound of the true one, without a jump at the box.
        A torch tensor gives a tensor of its own precision on its own device, differentiable where it wants a gradient.
        Raises UsageError for points that are not (…, 3) finite numbers.
        """
        if is_tensor(points):
            return torch_values(self.torch(), points, self.device)
        array = checked(points)
        values = self.frozen.value(self.similarity.to_unit(array.reshape(-1, 3))).astype(np.float64)
        return (values / self.similarity.scale if self.is_distance else values).reshape(array.shape[:-1])

    def gradient(self, points: Any) -> Any:
        """points (…, 3), input units → (…, 3) float64: the analytic gradient of `field` by the points.

        It points outward; of a signed distance its length is about 1, of an occupancy field it is in 1 / input units.
        A torch tensor gives a tensor. Raises UsageError for points that are not (…, 3) finite numbers.
        """
        if is_tensor(points):
            return torch_gradient(self.torch(), points, self.device)
        array = checked(points)
        gradient = self.frozen.gradient(self.similarity.to_unit(array.reshape(-1, 3))).astype(np.float64)
        return (gradient if self.is_distance else gradient * self.similarity.scale).reshape(array.shape)

    def colours(self, points: Any) -> np.ndarray | None:
        """points (…, 3), input units → (…, 3) uint8 RGB, or None where the input had no colours."""
        if self.colour is None:
            return None
        array = checked(points)
        rgb = Inference(self.colour, device=self.device).vector(self.similarity.to_unit(array.reshape(-1, 3)))
        return (rgb.clip(0.0, 1.0) * 255.0 + 0.5).astype(np.uint8).reshape(array.shape)

    def mesh(self, resolution: int = 256, **settings: Any) -> Mesh:
        """The surface in the input's units: closed, manifold, outward. Settings are those of ExtractionConfig.

        Raises InputError when there is no surface at that level, UsageError for a setting that does not fit.
        """
        unknown = [name for name in settings if name not in names(ExtractionConfig)]
        if unknown:
            raise one_of("setting of mesh", names(ExtractionConfig), unknown[0])
        return finish(self.surface(ExtractionConfig(resolution=resolution, **settings)))

    def surface(self, config: ExtractionConfig, engine: str = "shapefield") -> Generator[Progress | Notice, None, Mesh]:
        """Like `mesh`, as a generator of events that returns the Mesh. engine : as EngineConfig has it"""
        from shapefield import surface

        config = self.in_input_units(config)
        lower, upper = self.box(config)
        level = config.offset * self.similarity.scale if self.is_distance else -config.offset
        frozen = self.frozen
        try:
            found = yield from surface.extract(
                frozen.value,
                config.resolution,
                level=level,
                lower=lower,
                upper=upper,
                gradient=frozen.gradient,
                chunk=max(surface.CHUNK, frozen.chunk),
                specks=SPECK * self.smallest,
                largest=config.largest,
                faces=config.faces,
                engine=engine,
            )
        except NoSurfaceError as error:
            raise self._without_surface(config) or error from None
        if line := self._too_wide(config, found.mesh.vertices):
            yield Notice(line)
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

    def _without_surface(self, config: ExtractionConfig) -> NoSurfaceError | None:
        """What a level in the user's own units can be; None where it is not the level that leaves no surface."""
        if not config.offset:
            return None
        axis = np.linspace(-MARGIN, MARGIN, 33, dtype=np.float32)
        values = self.frozen.value(np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3))
        if not self.is_distance:
            low, high = -float(values.max()), -float(values.min())
            expected = f"logits between {low:.4g} and {high:.4g}, which the field has, got {config.offset:g}"
            return NoSurfaceError(f"level: expected {expected}: choose one between them")
        deepest = float(values.min()) / self.similarity.scale
        if config.offset > deepest and config.crop is None:
            return None
        there, got = told_length(deepest, self.unit), told_length(config.offset, self.unit)
        cropped = " in the crop box" if config.crop is not None else ""
        expected = f"above {there}, the signed distance of the deepest point inside"
        return NoSurfaceError(f"level: expected a surface at {got}{cropped}, got none: choose one {expected}")

    def _too_wide(self, config: ExtractionConfig, vertices: np.ndarray) -> str:
        """A line where vertices (n, 3), unit frame, of an offset lie outside the box that was trained: how far out."""
        beyond = np.abs(vertices).max(axis=1) > MARGIN
        if not self.is_distance or config.offset <= self.reach or not beyond.any():
            return ""
        nearest = vertices[beyond].clip(-MARGIN, MARGIN)
        most = np.linalg.norm(vertices[beyond] - nearest, axis=1) + self.frozen.value(nearest).astype(np.float64)
        excess = float(most.max()) / self.similarity.scale - config.offset
        level, too_far = told_length(config.offset, self.unit), told_length(max(excess, 0.0), self.unit)
        holds = told_length(self.reach, self.unit) if self.reach else "the shape itself"
        return (
            f"an offset by {level} leaves the box that was trained, which was made for {holds}: there the surface lies "
            f"up to {too_far} too far out; fit again with --level {config.offset:g} for a true offset"
        )

    def at_detail(self, detail: int) -> Result:
        """The same field at another of its levels of detail: 1 the coarsest, 0 the finest.

        Raises UsageError where the method has none, or not so many.
        """
        chosen = self.method.can.detail
        if chosen is None:
            several = ", ".join(m.name for m in METHODS.values() if m.can.detail is not None)
            raise UsageError(f"detail: expected a field of {several}, got one of {self.method.name}: leave it out")
        if not 0 <= detail <= self.options.depth:
            raise UsageError(f"detail: expected 0 to the field's {self.options.depth} levels, got {detail}")
        options = replace(self.options, **{chosen: detail})
        module = build(self.method, options)
        module.load_state_dict(self.module.state_dict())
        return Result(**vars(self) | {"options": options, "module": module.to(self.device)})

    def box(self, config: ExtractionConfig) -> tuple[Corner, Corner]:
        """Lowest and highest corner of what is extracted, unit frame; UsageError for a level or crop beyond it."""
        if self.is_distance:
            check_level(config.offset, self.radius, self.unit)
        half = MARGIN
        if self.is_distance:
            half += (max(0.0, config.offset) - self.reach) * self.similarity.scale
        return cropped_box(self.similarity, half, config.crop)

    def save(self, path: str | Path, force: bool = False) -> None:
        """Write the field (`.field`) or its mesh at 256³ (any mesh suffix), in the input's units.

        force : replace a file that is not ours as well
        Raises OutputError where that cannot be written, UsageError for another suffix.
        """
        if Path(path).suffix.lower() == ".field":
            write_field(self, path, force)
            return
        from shapefield.mesh.writing import write

        write(self.mesh(), path, force, self.source)

    def export(self, path: str | Path, force: bool = False) -> None:
        """Write the field for other programs: `.onnx`, float32 in the input's units, (n, 3) points → (n,) values.

        Raises UsageError for another suffix, or a field that cannot be written so; ResourceError where the exporter
        is not installed; OutputError where the place cannot be written.
        """
        if Path(path).suffix.lower() != ".onnx":
            raise UsageError(f"{path}: expected a name that ends in .onnx: .field and meshes are written by save")
        from shapefield.fields.exporting import write_onnx

        write_onnx(self.module, self.method.value, self.similarity, path, force)

    def torch(self) -> nn.Module:
        """A differentiable module in the input's units: (…, 3) float tensor → (…) like `field`."""
        from shapefield.fields.units import InInputUnits

        return InInputUnits(self.module, self.method.value, self.similarity).to(self.device).eval()
