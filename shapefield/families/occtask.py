"""Encoder and decoder as a training task: a cloud of a shape goes in, inside or outside of points is asked for.

Legend: s shapes of the family, b shapes and p points a step, c points of a cloud.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from shapefield.families.occnet import OccNet
from shapefield.families.source import FamilySamples
from shapefield.methods import OccNetOptions
from shapefield.training.objectives import inside_entropy

JUDGED = 512
"""Surface samples of each shape that its residual is taken from."""


class OccupancyTask:
    """Binary cross entropy of points against the sign of their distances; a `Task` as `training` defines it."""

    def __init__(self, decoder: OccNet, options: OccNetOptions, source: FamilySamples, seed: int, device: str) -> None:
        self.decoder, self.options, self.source = decoder.to(device).train(), options, source
        self.cloud = min(options.cloud, source.surface)

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Encoder and decoder."""
        return [{"params": list(self.decoder.parameters())}]

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """The loss of random points of random shapes, each seen as a random cloud with noise."""
        batch = self.source.batch(self.source.shapes * self.options.points, generator)
        device = batch.points.device
        rows = torch.randint(self.source.surface, (len(batch.shapes), self.cloud), generator=generator, device=device)
        clouds = self.source.points[batch.shapes[:, None], rows]
        noise = torch.randn(clouds.shape, generator=generator, device=device)
        logits = self.decoder.logits(batch.points, self.decoder.encode(clouds + self.options.noise * noise))
        return {"occupancy": inside_entropy(logits.flatten(), (batch.distances < 0).flatten())}

    def after_step(self, step: int) -> bool:
        """Nothing to replace."""
        return False

    def state(self) -> dict[str, Tensor]:
        """The network's tensors, the running means of its normalisations included."""
        return dict(self.decoder.state_dict())

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take them back."""
        self.decoder.load_state_dict(state)

    @property
    @torch.no_grad()
    def codes(self) -> Tensor:
        """(s, k): of every member, from points evenly out of those on its surface, without noise."""
        self.decoder.eval()
        step = max(self.source.surface // self.cloud, 1)
        clouds = self.source.points[:, : self.source.surface : step][:, : self.cloud]
        return torch.cat([self.decoder.encode(cloud) for cloud in clouds.split(16)])

    def residuals(self) -> list[float]:
        """Mean |f| / ‖∇f‖ of each shape at samples on its surface: about how far its own lies from them."""
        found, codes = [], self.codes
        self.decoder.eval()
        surfaces = self.source.points[:, : self.source.surface : max(self.source.surface // JUDGED, 1)]
        for points, code in zip(surfaces, codes, strict=True):
            places = points[None].clone().requires_grad_(True)
            value = self.decoder(places, code[None])
            (slope,) = torch.autograd.grad(value.sum(), places)
            away = value.detach().abs() / slope.norm(dim=2).clamp(min=1e-6)
            found.append(away.clamp(max=1.0).mean().item())
        self.decoder.train()
        return found
