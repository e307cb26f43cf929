"""A trained family: its members, their codes, and the fields that codes stand for, in input units.

Legend: m members, k numbers of a code, n points.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from shapefield.driving import finish
from shapefield.errors import UsageError, did_you_mean
from shapefield.events import Event
from shapefield.families.codefit import STEPS
from shapefield.families.decoder import Coded
from shapefield.families.gathering import Member
from shapefield.families.measured import Measured, Value
from shapefield.families.partial import Partial, partial_of
from shapefield.families.posing import Pose
from shapefield.families.unseen import of_points, of_solid
from shapefield.fields.frozen import Frozen
from shapefield.mesh.model import Mesh
from shapefield.methods import FamilyMethod
from shapefield.storage.mark import Inputs

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
    def frozen(self) -> Frozen:
        """The field as NumPy functions of the family's frame, negative inside."""
        return Frozen(Coded(self.decoder, self.code), self.kind, str(self.code.device))

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


@dataclass(eq=False)
class Family:
    """One network for many shapes.

    members, held : those that were trained, and those that were kept for eval;  codes : (m, k) of the members
    method, options : the model;  decoder : (s, p, 3) points and (s, k) codes → (s, p) distances, family frame
    run, report   : how it was trained, and how good it is; plain JSON
    source        : the files and folders that it was trained on, or the `.family` that was opened; None for none
    reference     : (p, 3) points on the most typical member, which unseen shapes are turned to; None for never
    """

    method: FamilyMethod
    options: Any
    decoder: nn.Module
    codes: Tensor
    members: list[Member]
    held: list[Member] = field(default_factory=list)
    run: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    source: Inputs = None
    reference: np.ndarray | None = None

    @classmethod
    def load(cls, path: str | Path) -> Family:
        """What a `.family` file holds, on the CPU. Raises InputError in one line for a damaged or lying file."""
        from shapefield.families.familyfile import read_family

        return read_family(path)

    def save(self, path: str | Path, force: bool = False) -> None:
        """Write the `.family` file. Raises OutputError."""
        from shapefield.families.familyfile import write_family

        write_family(self, path, force)

    @property
    def names(self) -> list[str]:
        """The members' names, in the order of the codes."""
        return [member.name for member in self.members]

    def index(self, name: str) -> int:
        """The place of the member of that name. Raises UsageError with the nearest name."""
        if name in self.names:
            return self.names.index(name)
        raise UsageError(f"{name}: expected a member's name, got none of them{did_you_mean(name, self.names)}")

    def field(self, code: str | np.ndarray | Tensor, pose: Pose | None = None) -> CodedField:
        """The field of a member by its name, or of a code (k,), which stands as the first member does unless `pose`.

        Raises UsageError for a name that is no member's, or a code of another length.
        """
        if isinstance(code, str):
            number = self.index(code)
            member = self.members[number]
            return CodedField(
                self.codes[number], member.pose, self.decoder, self.method.value, member.name, member.unit
            )
        latent = torch.as_tensor(code, dtype=torch.float32).to(self.codes.device)
        if latent.shape != self.codes.shape[1:]:
            raise UsageError(f"code: expected {self.codes.shape[1]} numbers, got {tuple(latent.shape)}")
        if not bool(latent.isfinite().all()):
            raise UsageError("code: expected finite numbers, got NaN or infinity")
        member = self.members[0]
        return CodedField(latent, pose or member.pose, self.decoder, self.method.value, "shape", member.unit)

    def encode(self, shape: Any, steps: int = STEPS, seed: int = 0) -> np.ndarray:
        """The code (k,) of an unseen mesh, as `sf.fit` takes one, or of points (n, 3) on a surface; several starts."""
        return finish(self.fitted(shape, steps, seed)).code[: self.codes.shape[1]].cpu().numpy()

    def fitted(self, shape: Any, steps: int = STEPS, seed: int = 0) -> Generator[Event, Any, CodedField]:
        """The field of an unseen shape in its own units, as a job: of a mesh, a Solid, or points (n, 3) on a surface.

        Raises UsageError for anything else, InputError for what has no inside.
        """
        if isinstance(shape, np.ndarray | Partial):
            return (yield from of_points(self, partial_of(shape), None, steps, seed, whole=True))
        return (yield from of_solid(self, shape, steps, seed))

    def complete(self, shape: Any, camera: np.ndarray | None = None, keep: bool = False, seed: int = 0) -> CodedField:
        """The field of which a partial mesh or cloud is a part; `completion.complete` says more, and is the job."""
        from shapefield.families.completion import complete

        return finish(complete(self, partial_of(shape, seed), camera, keep, seed=seed))

    def interpolate(self, first: str, last: str, frames: int = 9) -> list[CodedField]:
        """The fields between two members, ends included: codes along the straight line, sizes geometrically."""
        if frames < 2:
            raise UsageError(f"frames: expected at least 2, got {frames}")
        a, b = self.field(first), self.field(last)
        return [a.towards(b, float(share)) for share in np.linspace(0, 1, frames)]

    def grid(self, corners: tuple[str, str, str, str], frames: int = 5) -> list[list[CodedField]]:
        """The fields between four members, rows from the first two to the last two; corners included."""
        first, second, third, last = corners
        above, below = self.interpolate(first, second, frames), self.interpolate(third, last, frames)
        return [
            [a.towards(b, float(share)) for a, b in zip(above, below, strict=True)]
            for share in np.linspace(0, 1, frames)
        ]

    def sample(self, count: int, like: str | None = None, spread: float = 1.0, seed: int = 0) -> list[CodedField]:
        """Fields of random codes: of the Gaussian of the members' codes, or of one around a member's own.

        spread : of the deviation, 1 for the members' own
        """
        if count < 1:
            raise UsageError(f"count: expected at least 1, got {count}")
        directions, deviations = self.directions()
        start = self.field(like) if like is not None else self.field(self.codes.mean(dim=0))
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.randn((count, len(deviations)), generator=generator).to(directions.device) * deviations * spread
        return [
            replace(start, code=start.code + row @ directions, name=f"sample_{k:02d}") for k, row in enumerate(drawn)
        ]

    def edited(self, name: str, moves: dict[int, float]) -> CodedField:
        """A member moved along principal directions: by axis, from 0, how many of the family's deviations."""
        directions, deviations = self.directions()
        start = self.field(name)
        code = start.code
        for axis, move in moves.items():
            if not 0 <= axis < len(directions):
                raise UsageError(f"axis: expected 0 to {len(directions) - 1}, got {axis}")
            code = code + move * deviations[axis] * directions[axis]
        return replace(start, code=code)

    def directions(self) -> tuple[Tensor, Tensor]:
        """(d, k) orthonormal principal directions of the codes, and the deviation (d,) along each, falling."""
        centred = self.codes - self.codes.mean(dim=0)
        _, values, rows = torch.linalg.svd(centred, full_matrices=False)
        count = max(1, min(len(values), len(self.codes) - 1))
        return rows[:count], values[:count] / max(len(self.codes) - 1, 1) ** 0.5

    def torch(self) -> nn.Module:
        """The decoder: points (s, p, 3) and codes (s, k) → (s, p), family frame, differentiable in both."""
        return self.decoder
