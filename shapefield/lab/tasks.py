"""Tasks for the training loop that need no mesh: any loss of a module, and a signal given at points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from shapefield.fields.field import Field
from shapefield.lab.picturesource import Signal

SMOOTHED = 1024
"""Points a step at which the total variation is taken."""


class ModuleTask:
    """A module of which all is trained at the plan's rate; a `Task` as `training` defines it, but for `losses`."""

    def __init__(self, module: nn.Module) -> None:
        self.module = module

    def parameter_groups(self) -> list[dict[str, Any]]:
        """All that wants a gradient."""
        return [{"params": [p for p in self.module.parameters() if p.requires_grad]}]

    def after_step(self, step: int) -> bool:
        """Nothing to replace."""
        return False

    def state(self) -> dict[str, Tensor]:
        """The module's tensors."""
        return dict(self.module.state_dict())

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take them back."""
        self.module.load_state_dict(state)


class LossTask(ModuleTask):
    """Trains a module on whatever losses a function states.

    losses : (step, generator) → named scalar losses; all its randomness comes from the generator
    """

    def __init__(self, module: nn.Module, losses: Callable[[int, torch.Generator], dict[str, Tensor]]) -> None:
        super().__init__(module)
        self._losses = losses

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """As given."""
        return self._losses(step, generator)


@dataclass(frozen=True)
class Variation:
    """Total variation (Rudin, Osher & Fatemi 1992) as a loss: weight · E[√(Σ_k (f(x + h e_k) - f(x))² + ε)].

    weight : of the loss;  points : (m, d), where x is drawn from;  step : h, the signal's own spacing
    """

    weight: float
    points: Tensor
    step: float

    def loss(self, field: nn.Module, generator: torch.Generator) -> Tensor:
        """() of the field at random points; ε = 1e-6 keeps the gradient finite where the field is flat."""
        count, axes = len(self.points), self.points.shape[1]
        x = self.points[torch.randint(count, (SMOOTHED,), generator=generator, device=generator.device)]
        steps = self.step * torch.eye(axes, device=x.device, dtype=x.dtype)
        here, *there = field(torch.cat([x, *(x + e for e in steps)])).chunk(axes + 1)
        squares = torch.stack([(value - here).square() for value in there]).sum(dim=0)
        return self.weight * (squares + 1e-6).sqrt().mean()


class SignalTask(ModuleTask):
    """Mean squared error of a field against a signal.

    batch : points a step; None for all of them
    bits  : round the weights to so many bits in the forward pass (`quantising`), from step `from_step` on: the first,
            until the attribute is set
    smooth: a Variation that is minimised too, where points are missing; None for none
    """

    def __init__(
        self,
        field: nn.Module,
        source: Signal,
        batch: int | None = None,
        bits: int | None = None,
        smooth: Variation | None = None,
    ) -> None:
        super().__init__(field)
        self.source, self.smooth = source, smooth
        self.batch = min(batch or len(source), len(source))
        self.bits, self.from_step = bits, 0

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """The error, and the variation where it is minimised."""
        points, values = self.source.batch(self.batch, generator)
        if self.bits is not None and step >= self.from_step:
            from shapefield.storage.quantising import rounded_call

            found = rounded_call(self.module, points, self.bits)
        elif isinstance(self.module, Field):
            found = torch.stack(self.module.levels(points))  # every level of detail is held against the signal
        else:
            found = self.module(points)
        losses = {"error": (found - values).square().mean()}
        return losses if self.smooth is None else losses | {"variation": self.smooth.loss(self.module, generator)}
