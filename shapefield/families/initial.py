"""Weights to start a fit from: learnt so that a few steps on any shape of the family lead far.

Reptile (Nichol et al. 2018) moves them towards where a few steps on a shape end; first-order MAML (Finn et al. 2017)
along the loss's slope there. Those inner steps are a fit's own: Adam at the method's rate, from fresh moments.

Legend: s shapes of the family, b shapes a step, p points of each an inner step.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from shapefield.errors import UsageError
from shapefield.families.familyfile import read_family
from shapefield.families.source import FamilySamples
from shapefield.fields import build as build_field
from shapefield.mesh.model import UNIT_RADIUS
from shapefield.methods import InitialOptions, Method
from shapefield.methods.starting import started
from shapefield.training.adam import Adam
from shapefield.training.objectives import clamped_l1

JUDGED = 1024
"""Surface samples of each shape, about, that its residual is taken from."""


def build(options: InitialOptions, seed: int = 0) -> nn.Module:
    """The network of the shape method, freshly initialised from `seed`."""
    return build_field(*started(options), seed=seed)


def start_from(path: str | Path, network: nn.Module, entry: Method, options: Any) -> None:
    """Give a method's network the weights of a `.family` that holds a start for it. Raises InputError, UsageError."""
    family = read_family(path)
    wanted = started(family.options) if isinstance(family.options, InitialOptions) else None
    if wanted != (entry, options):
        raise UsageError(f"init: expected a start for {entry.name} with these options, got another in {path}: make one")
    network.load_state_dict(family.decoder.state_dict())


class InitialTask(ABC):
    """What both ways share: the inner steps; a `FamilyTask` without codes."""

    def __init__(
        self, decoder: nn.Module, options: InitialOptions, source: FamilySamples, seed: int, device: str
    ) -> None:
        self.decoder, self.options, self.source = decoder.to(device), options, source
        self.adapted = copy.deepcopy(self.decoder)
        entry, _ = started(options)
        self.rate, self.clamp = entry.recipe.rate, entry.recipe.clamp * UNIT_RADIUS

    @abstractmethod
    def direction(self, loss: Tensor) -> list[Tensor]:
        """Where the loss of `adapted` on further points says that the start should go; one for every weight, uphill."""

    @property
    def codes(self) -> Tensor:
        """(s, 0): there are none."""
        return torch.zeros(self.source.count, 0)

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The start's weights."""
        return [{"params": self._weights(self.decoder), "scale": self.rate}]

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """The mean error after the inner steps, whose slope is the way that the start is moved."""
        parts = self.options.inner_steps + 1
        batch = self.source.batch(self.source.shapes * self.options.points * parts, generator)
        values, ways = [], [torch.zeros_like(weight) for weight in self._weights(self.decoder)]
        for points, distances in zip(batch.points, batch.distances, strict=True):
            *learnt, further = zip(points.chunk(parts), distances.chunk(parts), strict=True)
            self._adapt(learnt)
            loss = self._loss(*further)
            values.append(loss.detach())
            for way, found in zip(ways, self.direction(loss), strict=True):
                way.add_(found, alpha=1 / len(batch.points))
        along = torch.stack([(w * way).sum() for w, way in zip(self._weights(self.decoder), ways, strict=True)]).sum()
        return {"distance": torch.stack(values).mean() + along - along.detach()}

    def _adapt(self, batches: list[tuple[Tensor, Tensor]]) -> None:
        """`adapted` becomes the start after one step on each batch of points (p, 3) and distances (p,)."""
        self.adapted.load_state_dict(self.decoder.state_dict())
        optimiser = Adam([{"params": self._weights(self.adapted)}])
        for points, distances in batches:
            optimiser.clear()
            self._loss(points, distances).backward()
            optimiser.step(self.options.inner_rate * self.rate)
        optimiser.clear()

    def _loss(self, points: Tensor, distances: Tensor) -> Tensor:
        return clamped_l1(self.adapted(points)[:, 0], distances, self.clamp)

    @staticmethod
    def _weights(network: nn.Module) -> list[nn.Parameter]:
        return [weight for weight in network.parameters() if weight.requires_grad]

    def after_step(self, step: int) -> bool:
        """Nothing to replace."""
        return False

    def state(self) -> dict[str, Tensor]:
        """The start's tensors."""
        return dict(self.decoder.state_dict())

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take them back."""
        self.decoder.load_state_dict(state)

    def residuals(self) -> list[float]:
        """Mean |f| of each shape at samples on its surface after the inner steps; family lengths."""
        generator = torch.Generator(device=self.source.points.device).manual_seed(0)
        on_surface = slice(0, self.source.surface, max(self.source.surface // JUDGED, 1))
        found, size = [], (self.options.inner_steps, self.options.points)
        for points, distances in zip(self.source.points, self.source.distances, strict=True):
            rows = torch.randint(len(points), size, generator=generator, device=points.device)
            self._adapt([(points[row], distances[row]) for row in rows])
            with torch.no_grad():
                found.append(self.adapted(points[on_surface]).abs().mean().item())
        return self.source.of_all(found)


class ReptileTask(InitialTask):
    """The start goes towards the adapted weights."""

    def direction(self, loss: Tensor) -> list[Tensor]:
        """θ - φ: from the adapted weights φ to the start θ."""
        pairs = zip(self._weights(self.decoder), self._weights(self.adapted), strict=True)
        return [(start - adapted).detach() for start, adapted in pairs]


class MamlTask(InitialTask):
    """The start goes down the slope at the adapted weights: MAML without its second derivatives."""

    def direction(self, loss: Tensor) -> list[Tensor]:
        """∂loss/∂φ at the adapted weights φ."""
        return list(torch.autograd.grad(loss, self._weights(self.adapted)))
