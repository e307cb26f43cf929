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

from shapefield.config import SamplingConfig
from shapefield.driving import finish
from shapefield.errors import InputError, UsageError, did_you_mean
from shapefield.events import Event
from shapefield.families.codefit import STEPS, fit_code
from shapefield.families.decoder import Coded
from shapefield.families.gathering import MIX, Member, in_family_frame
from shapefield.families.posing import Pose
from shapefield.fields.frozen import Frozen
from shapefield.mesh.adopting import adopted
from shapefield.mesh.model import Mesh, Similarity
from shapefield.methods import FamilyMethod
from shapefield.sampling import draw
from shapefield.solid import Solid, solidify
from shapefield.storage.mark import Inputs

if TYPE_CHECKING:
    from shapefield.surface import Surface

SAMPLES = 20_000
"""Of an unseen shape whose code is fitted."""
LEAST_POINTS = 30
"""Of a cloud that a code can be fitted to."""


@dataclass(frozen=True, eq=False)
class CodedField:
    """The field of one code, in input units.

    code : (k,);  pose : between the input's frame and the family's;  error : mean clamped error of a code that was
    fitted, input units, else None
    """

    code: Tensor
    pose: Pose
    decoder: nn.Module
    name: str = "shape"
    unit: str | None = None
    error: float | None = None

    @property
    def frozen(self) -> Frozen:
        """The field as NumPy functions of the family's frame, negative inside."""
        return Frozen(Coded(self.decoder, self.code), "distance", str(self.code.device))

    def field(self, points: np.ndarray) -> np.ndarray:
        """points (n, 3) → (n,) float64 signed distance, negative inside; all in input units."""
        return self.frozen.value(self.pose.to_family(points)).astype(np.float64) / self.pose.scale

    def gradient(self, points: np.ndarray) -> np.ndarray:
        """points (n, 3), input units → (n, 3) float64: the analytic gradient of `field`, which points outward."""
        return self.frozen.gradient(self.pose.to_family(points)).astype(np.float64) @ self.pose.rotation

    def mesh(self, resolution: int = 128) -> Mesh:
        """The surface in input units: closed, manifold, outward. Raises NoSurfaceError where the code has none."""
        return finish(self.surface(resolution))

    def surface(self, resolution: int) -> Generator[Any, Any, Mesh]:
        """Like `mesh`, as a generator of Progress that returns the Mesh."""
        from shapefield.surface import extract

        frozen = self.frozen
        found: Surface = yield from extract(frozen.value, resolution, gradient=frozen.gradient, chunk=frozen.chunk)
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
            return CodedField(self.codes[number], member.pose, self.decoder, member.name, member.unit)
        latent = torch.as_tensor(code, dtype=torch.float32).to(self.codes.device)
        if latent.shape != self.codes.shape[1:]:
            raise UsageError(f"code: expected {self.codes.shape[1]} numbers, got {tuple(latent.shape)}")
        if not bool(latent.isfinite().all()):
            raise UsageError("code: expected finite numbers, got NaN or infinity")
        member = self.members[0]
        return CodedField(latent, pose or member.pose, self.decoder, "shape", member.unit)

    def encode(self, shape: Any, steps: int = STEPS, seed: int = 0) -> np.ndarray:
        """The code (k,) of an unseen mesh, as `sf.fit` takes one, or of points (n, 3) on a surface; several starts."""
        return finish(self.fitted(shape, steps, seed)).code.cpu().numpy()

    def fitted(self, shape: Any, steps: int = STEPS, seed: int = 0) -> Generator[Event, Any, CodedField]:
        """The field of an unseen shape in its own units, as a job: of a mesh, a Solid, or points (n, 3) on a surface.

        Raises UsageError for anything else, InputError for what has no inside.
        """
        if isinstance(shape, np.ndarray):
            points, pose, name, unit = *_of_cloud(shape), "cloud", None
            distances = np.zeros(len(points), dtype=np.float32)
        else:
            solid = shape if isinstance(shape, Solid) else (yield from solidify(_mesh_of(shape)))
            samples = yield from draw(solid, SamplingConfig(samples=SAMPLES, mix=MIX), seed)
            pose, name, unit = Pose(np.eye(3), self._frame(solid)), solid.mesh.name, solid.mesh.unit
            points, distances = in_family_frame(samples, pose, solid.similarity)
        device = self.codes.device
        found = yield from fit_code(
            self.decoder,
            self.codes,
            torch.from_numpy(points).to(device),
            torch.from_numpy(distances).to(device),
            clamp=self.options.clamp,
            weight=self.options.code_weight,
            steps=steps,
            seed=seed,
        )
        return CodedField(found.code, pose, self.decoder, name, unit, found.error / pose.scale)

    def _frame(self, solid: Solid) -> Similarity:
        """The similarity of an unseen shape: its own, or of the family's size where that was common to all."""
        if self.run.get("normalise") != "common":
            return solid.similarity
        return Similarity(solid.similarity.center, min(self.members[0].pose.scale, solid.similarity.scale))

    def interpolate(self, first: str, last: str, frames: int = 9) -> list[CodedField]:
        """The fields between two members, ends included: codes along the straight line, sizes geometrically."""
        if frames < 2:
            raise UsageError(f"frames: expected at least 2, got {frames}")
        a, b = self.field(first), self.field(last)
        found = []
        for share in np.linspace(0, 1, frames):
            code = torch.lerp(a.code, b.code, float(share))
            found.append(replace(a, code=code, pose=a.pose.between(b.pose, float(share))))
        return found

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


def _mesh_of(shape: Any) -> Mesh:
    from shapefield.mesh.reading import read

    made = adopted(shape)
    return made if isinstance(made, Mesh) else read(made)


def _of_cloud(points: np.ndarray) -> tuple[np.ndarray, Pose]:
    """Points (n, 3) in the family's frame, float32, and the pose. Raises InputError for fewer than LEAST_POINTS."""
    if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
        raise UsageError(f"points: expected finite numbers (n, 3), got {points.shape}")
    if len(points) < LEAST_POINTS:
        raise InputError(f"points: expected at least {LEAST_POINTS}, got {len(points)}: scan more of the shape")
    pose = Pose(np.eye(3), Mesh(points, np.zeros((0, 3), np.int64)).similarity())
    return pose.to_family(points).astype(np.float32), pose
