"""A trained family: its members, their codes, and the fields that codes stand for, in input units.

Legend: m members, k numbers of a code, n points.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from shapefield.driving import finish
from shapefield.errors import InputError, UsageError, did_you_mean
from shapefield.events import Event
from shapefield.families.codedfield import CodedField
from shapefield.families.codefit import STEPS
from shapefield.families.completion import complete
from shapefield.families.familyfile import FamilyContents, read_family, write_family
from shapefield.families.partial import Partial, partial_of
from shapefield.families.posing import Pose
from shapefield.families.unseen import of_points, of_solid


class Family(FamilyContents):
    """One network for many shapes, and the fields that its codes stand for."""

    @classmethod
    def load(cls, path: str | Path) -> Family:
        """What a `.family` file holds, on the CPU. Raises InputError in one line for a damaged or lying file, and for
        one without codes, which holds weights to start a fit from.
        """
        found = read_family(path)
        if not found.method.can.condition:
            raise InputError(
                f"{path}: expected a family with codes, got weights to start fits from ({found.method.name}): "
                f"shapefield fit MESH --init {path} takes them"
            )
        return cls(**vars(found))

    def save(self, path: str | Path, force: bool = False) -> None:
        """Write the `.family` file. Raises OutputError."""
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
