"""A radiance field as a training task: batches of rays, the photometric loss, sky and exposure beside the field."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from shapefield.nerf.models.model import RadianceField
from shapefield.nerf.ray_source import RaySource
from shapefield.nn.harmonics import harmonics

SKY_DEGREE = 2
EXPOSURE_WEIGHT = 1e-2
"""Pull of the exposures towards their common mean of zero: without it all could brighten and the field darken."""


class SceneAppearance(nn.Module):
    """What is not the field: a sky seen where rays end nowhere, and each training picture's exposure.

    sky      : (9, 3) spherical-harmonic coefficients, or None;  exposure : (V, 3) log gains, or None
    """

    def __init__(self, sky: bool, views: int) -> None:
        """views : training pictures that get an exposure, 0 for none."""
        super().__init__()
        self.sky = nn.Parameter(torch.zeros((SKY_DEGREE + 1) ** 2, 3)) if sky else None
        self.exposure = nn.Parameter(torch.zeros(views, 3)) if views else None

    def sky_colour(self, directions: Tensor) -> Tensor | None:
        """(n, 3) unit directions → (n, 3) in [0, 1], or None without a sky."""
        return None if self.sky is None else torch.sigmoid(harmonics(directions, SKY_DEGREE) @ self.sky)


WATCHED = (200, 400, 800, 1600)
"""Steps after which a field that shows nothing begins again."""
EMPTY, SOMETHING = 0.01, 0.03
"""Deviation of a batch's colours under which it is one flat picture, and from which on the truth is none."""


class NerfTask:
    """Trains `field` on a pool of pixels; a `Task` as `shapefield.training.loop` defines it.

    A classic network can collapse to an empty picture, from which no gradient leads away: that is noticed after
    certain steps, and the field begins again with another seed.
    """

    def __init__(
        self,
        field: RadianceField,
        surroundings: SceneAppearance,
        pool: RaySource,
        rays: int,
        background: str | Tensor,
        seed: int = 0,
    ) -> None:
        """background : "random", or a colour (3,), behind pictures with alpha; "learned" is the sky."""
        self.field, self.surroundings, self.pool = field, surroundings, pool
        self.rays, self.background, self.seed = rays, background, seed
        self._empty = False
        self._restarts: list[int] = []

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The field's groups, then sky and exposure."""
        groups = self.field.groups()
        beside = [p for p in self.surroundings.parameters()]
        return [*groups, {"params": beside, "scale": self.field.beside_rate}] if beside else groups

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Squared colour error of a batch (of coarse renderings too), and the field's regularisers."""
        batch = self.pool.batch(self.rays, generator)
        behind = self._behind(batch.rays.directions, generator)
        truth = batch.rgb
        if batch.alpha is not None:
            truth = truth * batch.alpha[:, None] + (1.0 - batch.alpha)[:, None] * behind.detach()
        seen = self.field.see(batch.rays, behind, generator)
        if step + 1 in WATCHED:
            own = seen.rendering.rgb - (1.0 - seen.rendering.opacity)[:, None] * behind
            self._empty = _deviation(own) < EMPTY and _deviation(batch.rgb) > SOMETHING
        gain = self._gain(batch.rays.view)
        losses = {"colour": ((seen.rendering.rgb * gain - truth) ** 2).mean()}
        if seen.also:
            losses["coarse"] = torch.stack([((r.rgb * gain - truth) ** 2).mean() for r in seen.also]).sum()
        if self.surroundings.exposure is not None:
            exposure = self.surroundings.exposure
            losses["exposure"] = EXPOSURE_WEIGHT * (exposure.mean(dim=0) ** 2).sum() + 1e-4 * (exposure**2).mean()
        return losses | seen.losses

    def _behind(self, directions: Tensor, generator: torch.Generator) -> Tensor:
        sky = self.surroundings.sky_colour(directions)
        if sky is not None:
            return sky
        if isinstance(self.background, Tensor):
            return self.background.expand(len(directions), 3)
        return torch.rand((len(directions), 3), generator=generator, device=directions.device)

    def _gain(self, view: Tensor | None) -> Tensor | float:
        exposure = self.surroundings.exposure
        return 1.0 if exposure is None or view is None else torch.exp(exposure[view])

    def after_step(self, step: int) -> bool:
        """The field's own housekeeping; True where it began again, too."""
        if step + 1 in WATCHED and self._empty and self.field.restart(self.seed + step):
            self._restarts.append(step + 1)
            return True
        return self.field.after_step(step)

    def new_restarts(self) -> list[int]:
        """Steps after which the field began again, since the last call."""
        found, self._restarts = self._restarts, []
        return found

    def state(self) -> dict[str, Tensor]:
        """The field's tensors and the surroundings'."""
        beside = {f"beside.{k}": v for k, v in self.surroundings.state_dict().items()}
        return {f"field.{k}": v for k, v in self.field.tensors().items()} | beside

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take `state()` back, onto the device where the pixels lie: what a file gave lies on the CPU."""
        there = self.pool.rgb.device
        self.field.load_tensors({k[6:]: v.to(there) for k, v in state.items() if k.startswith("field.")})
        self.surroundings.load_state_dict({k[7:]: v for k, v in state.items() if k.startswith("beside.")})


def _deviation(colours: Tensor) -> float:
    """Largest standard deviation of a channel of (n, 3)."""
    return float(colours.detach().std(dim=0).amax())
