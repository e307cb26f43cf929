"""The field that a code stands for, in input units.

Legend: k numbers of a code, n points.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from shapefield.driving import finish
from shapefield.families.decoder import coded
from shapefield.families.measured import Measured, Value
from shapefield.families.posing import Pose
from shapefield.fields.inference import Inference
from shapefield.mesh.model import Mesh

if TYPE_CHECKING:
    from shapefield.surface import Surface


@dataclass(frozen=True, eq=False)
class CodedField:
    """The field of one code, in input units.

    code     : (k,), or longer by the numbers of an unseen shape's own
    pose     : between the input's frame and the family's
    kind     : "distance", or "occupancy", whose values are logits without a unit, negative inside all the same
    error    : mean clamped error of a code that was fitted, input units, else None
    measured : the part that the code was found from, family frame;  keep : it stands in the field's place near it
    """

    code: Tensor
    pose: Pose
    decoder: nn.Module
    kind: str = "distance"
    name: str = "shape"
    unit: str | None = None
    error: float | None = None
    measured: Measured | None = None
    keep: bool = False

    @property
    def frozen(self) -> Inference:
        """The field as NumPy functions of the family's frame, negative inside."""
        return Inference(coded(self.decoder, self.code), self.kind, str(self.code.device))

    @property
    def value(self) -> Value:
        """(n, 3) → (n,) of the family's frame, negative inside."""
        value = self.frozen.value
        return self.measured.kept_in(value) if self.measured is not None and self.keep else value

    def field(self, points: np.ndarray) -> np.ndarray:
        """points (n, 3) → (n,) float64 signed distance, negative inside; all in input units."""
        found = self.value(self.pose.to_family(points)).astype(np.float64)
        return found / self.pose.scale if self.kind == "distance" else found

    def gradient(self, points: np.ndarray) -> np.ndarray:
        """points (n, 3), input units → (n, 3) float64: the analytic gradient of the code's field, which points outward.

        What is kept of a scan has no part in it.
        """
        return self.frozen.gradient(self.pose.to_family(points)).astype(np.float64) @ self.pose.rotation

    def towards(self, other: CodedField, share: float) -> CodedField:
        """The field on the way to another's code, 0 this one to 1 the other; sizes grow geometrically."""
        code = torch.lerp(self.code, other.code, share)
        return replace(self, code=code, pose=self.pose.between(other.pose, share))

    def mesh(self, resolution: int = 128) -> Mesh:
        """The surface in input units: closed, manifold, outward. Raises NoSurfaceError where the code has none."""
        return finish(self.surface(resolution))

    def surface(self, resolution: int) -> Generator[Any, Any, Mesh]:
        """Like `mesh`, as a generator of Progress that returns the Mesh."""
        from shapefield.surface import extract

        frozen = self.frozen
        gradient = None if self.keep else frozen.gradient
        found: Surface = yield from extract(self.value, resolution, gradient=gradient, chunk=frozen.chunk)
        mesh = found.mesh
        normals = None if mesh.normals is None else mesh.normals @ self.pose.rotation
        return replace(
            mesh, vertices=self.pose.to_input(mesh.vertices), normals=normals, unit=self.unit, name=self.name
        )
