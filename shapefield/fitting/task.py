"""One shape as a training task: a field, the samples it is held against, and optionally its colour.

Legend: n samples in the source, b points a step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from shapefield.distance.signed import morton_codes
from shapefield.fields.field import Field
from shapefield.fitting.sampled import SampledShape
from shapefield.training.objectives import clamped_l1, colour_error, eikonal, gradient_of, inside_entropy
from shapefield.training.source import stratified

NEAR = 0.05
"""Unit lengths from the surface within which a field is judged by its value, and beyond by its sign."""


@dataclass(frozen=True)
class Objective:
    """What a shape's field is asked for.

    kind    : "distance" or "occupancy"
    batch   : points a step
    clamp   : δ of the clamped distance in unit lengths, 0 for none
    eikonal : weight of E[(‖∇f‖ - 1)²], 0 for none; distances only
    level   : of the surface that is wanted, unit lengths
    """

    kind: str
    batch: int
    clamp: float = 0.0
    eikonal: float = 0.0
    level: float = 0.0


class ShapeTask:
    """Trains `field` on a source of signed samples; a `Task` as `training` defines it."""

    def __init__(
        self,
        field: nn.Module,
        source: SampledShape,
        objective: Objective,
        device: str = "cpu",
        colour: nn.Module | None = None,
        painted: tuple[np.ndarray, np.ndarray] | None = None,
        held: SampledShape | None = None,
    ) -> None:
        """painted: points (k, 3) on the surface, unit frame, and their colours (k, 3) in [0, 1], for `colour`.
        held : samples that the field is judged by (`error`) and not trained on
        """
        self.field, self.objective, self.colour = field.to(device), objective, colour and colour.to(device)
        self.source, self.held = source, held
        self.batch = min(objective.batch, len(source))
        self.fixed = self._fixed_part()
        if self.colour is not None and painted is not None:
            order = np.argsort(morton_codes(painted[0]), kind="stable")
            self.paint_points = torch.from_numpy(painted[0][order].astype(np.float32)).to(device)
            self.paint_colours = torch.from_numpy(painted[1][order].astype(np.float32)).to(device)

    @torch.no_grad()
    def _fixed_part(self) -> Tensor | None:
        """What the field gives the pool without its network: asked for once, as training never changes it."""
        if not isinstance(self.field, Field):
            return None
        parts = [self.field.fixed(block) for block in self.source.points.split(1 << 16)]
        known = [part[:, 0] for part in parts if part is not None]
        return torch.cat(known) if known else None

    def _values(self, points: Tensor, index: Tensor) -> Tensor:
        """(b,), or (b, l) of a field with l levels of detail: every one of them is held against the truth."""
        if not isinstance(self.field, Field):
            return self.field(points)[:, 0]
        if self.fixed is not None:
            return self.fixed[index] + self.field.trained(points)[:, 0]
        levels = self.field.levels(points)
        return levels[0][:, 0] if len(levels) == 1 else torch.cat(levels, dim=1)

    def _modules(self) -> dict[str, nn.Module]:
        return {"field": self.field} | ({"colour": self.colour} if self.colour is not None else {})

    def parameter_groups(self) -> list[dict[str, Any]]:
        """One group a module."""
        return [{"params": [p for p in m.parameters() if p.requires_grad]} for m in self._modules().values()]

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """The losses of one stratified batch."""
        batch = self.source.batch(self.batch, generator)
        points, target = batch.points, batch.target
        value = self._values(points, batch.index)
        target = target[:, None].expand_as(value) if value.ndim == 2 else target
        if self.objective.kind == "occupancy":
            losses = {"entropy": inside_entropy(value, target)}
        else:
            losses = {"distance": clamped_l1(value, target, self.objective.clamp)}
            if self.objective.eikonal:
                # a quarter of the batch: the term is smooth, and its second derivative costs thrice a step
                losses["eikonal"] = self.objective.eikonal * eikonal(gradient_of(self.field, points[::4]))
        if self.colour is not None:
            chosen = stratified(len(self.paint_points), max(self.batch // 4, 1), generator)
            predicted = self.colour(self.paint_points[chosen])
            losses["colour"] = colour_error(predicted, self.paint_colours[chosen])
        return losses

    @torch.inference_mode()
    def error(self) -> float:
        """How far the field is off at the samples held back: unit lengths for distances, nats for occupancy.

        The mean of |f - d|; farther than NEAR from the surface that is wanted only the wrong side counts.
        """
        if self.held is None:
            raise ValueError("built without samples to judge by")
        points, target = self.held.points, self.held.target
        value = self.field(points)[:, 0].float()
        if self.objective.kind == "occupancy":
            return inside_entropy(value, target).item()
        off, value, target = (value - target).abs(), value - self.objective.level, target - self.objective.level
        return torch.where((target.abs() > NEAR) & (value * target > 0), 0.0, off).mean().item()

    def after_step(self, step: int) -> bool:
        """Nothing to replace."""
        return False

    def state(self) -> dict[str, Tensor]:
        """The modules' tensors."""
        return {f"{n}.{k}": v for n, m in self._modules().items() for k, v in m.state_dict().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take the modules' tensors back."""
        for name, module in self._modules().items():
            start = f"{name}."
            module.load_state_dict({k[len(start) :]: v for k, v in state.items() if k.startswith(start)})
