"""What every radiance field is: something that renders rays, and can be asked for its surface.

All models live in the model frame: the scene's box inside [-1, 1]^3, distances in that unit. R rays.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from shapefield.nerf.rendering import RenderOutput


@dataclass(frozen=True, slots=True, eq=False)
class Rays:
    """R rays in the model frame: origins (R, 3), unit directions (R, 3), view (R,) int64 or None (a new view)."""

    origins: Tensor
    directions: Tensor
    view: Tensor | None = None

    def __len__(self) -> int:
        return len(self.origins)

    def part(self, chosen: slice | Tensor) -> Rays:
        """Some of the rays."""
        return Rays(self.origins[chosen], self.directions[chosen], None if self.view is None else self.view[chosen])


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRender:
    """A rendering and what training wants beside it.

    also   : further renderings that get the photometric loss too (the classic model's coarse one)
    losses : named scalar regularisers, already weighted
    """

    rendering: RenderOutput
    also: tuple[RenderOutput, ...] = ()
    losses: dict[str, Tensor] = field(default_factory=dict)


class RadianceField(nn.Module, ABC):
    """Base of the models. `steps` is set before training: schedules depend on step numbers only."""

    steps: int = 1000
    is_shell: bool = True
    """Whether matter is only learnt where it is seen, so that the inside of things is hollow."""
    cost_later: float = 1.0
    """Mean seconds of a step over the whole run, as a multiple of the first steps'."""
    beside_rate: float = 0.1
    """Learning rate of sky and exposure as a share of the model's own."""

    @abstractmethod
    def see(self, rays: Rays, background: Tensor | None, generator: torch.Generator | None = None) -> TrainingRender:
        """Render rays; with a generator for training (jitter, regularisers), without one deterministically."""

    @abstractmethod
    def density(self, points: Tensor) -> Tensor:
        """(n, 3) → (n,) density per model length, non-negative."""

    @abstractmethod
    def colour(self, points: Tensor, directions: Tensor) -> Tensor:
        """(n, 3) points seen along unit directions → (n, 3) in [0, 1]."""

    @abstractmethod
    def surface_value(self, points: Tensor) -> Tensor:
        """(n, 3) → (n,): negative inside the surface that an export shows."""

    def normals(self, points: Tensor) -> Tensor:
        """(n, 3) → (n, 3) unit vectors out of the surface: the analytic gradient of `surface_value`."""
        with torch.enable_grad():
            points = points.detach().requires_grad_(True)
            (gradient,) = torch.autograd.grad(self.surface_value(points).sum(), points)
        return torch.nn.functional.normalize(gradient, dim=-1)

    def groups(self) -> list[dict[str, Any]]:
        """Adam's groups; "scale" multiplies the rate."""
        return [{"params": list(self.parameters())}]

    def restart(self, seed: int) -> bool:
        """Begin again from other random weights, in place; False for a model that cannot end in an empty picture."""
        return False

    def after_step(self, step: int, generator: torch.Generator | None = None) -> bool:
        """Housekeeping after a step; True when parameters were replaced."""
        return False

    def tensors(self) -> dict[str, Tensor]:
        """Everything that must be saved, by name."""
        return {k: v for k, v in self.state_dict().items()}

    def load_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Take `tensors()` back; shapes may differ from the present ones where a model grows."""
        self.load_state_dict(tensors)
