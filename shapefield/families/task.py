"""The auto-decoder as a training task: network and codes are learnt together (DeepSDF, equation 9).

Legend: s shapes of the family, n samples of each, b shapes and p points a step, k numbers of a code.
"""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn

from shapefield.families.source import FamilySamples
from shapefield.methods import CodedOptions
from shapefield.training.loop import Task
from shapefield.training.objectives import clamped_l1

JUDGED = 2048
"""Surface samples of each shape, about, that its residual is taken from."""


class FamilyTask(Task, Protocol):
    """A `Task` of many shapes: what every model's task gives once it is trained."""

    decoder: nn.Module
    options: Any

    @property
    def codes(self) -> Tensor:
        """(s, k) of the members."""
        ...

    def residuals(self) -> list[float]:
        """How far each member's surface lies from samples on it, about, on average; family lengths."""
        ...


class AutoDecoderTask:
    """Clamped L1 of the distances, and the squared length of the codes; a `Task` as `training` defines it."""

    def __init__(
        self, decoder: nn.Module, options: CodedOptions, source: FamilySamples, seed: int, device: str
    ) -> None:
        self.decoder, self.options, self.source = decoder.to(device).train(), options, source
        generator = torch.Generator().manual_seed(seed)
        start = torch.randn((source.count, options.code), generator=generator)
        self.codes = nn.Parameter((options.code_deviation * start).to(device))

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The network, and the codes at their own rate."""
        scale = self.options.code_rate / self.options.rate
        return [{"params": list(self.decoder.parameters())}, {"params": [self.codes], "scale": scale}]

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """The losses of random points of random shapes."""
        batch = self.source.batch(self.source.shapes * self.options.points, generator)
        codes = self.codes[batch.shapes]
        found = self.decoder(batch.points, codes, self._dropout(step, generator))
        return {
            "distance": clamped_l1(found.flatten(), batch.distances.flatten(), self.options.clamp),
            "codes": self.options.code_weight * codes.square().sum(dim=1).mean(),
        }

    def _dropout(self, step: int, generator: torch.Generator) -> torch.Generator:
        """What units are left out by: of several processes each has its own, so that all draw the same batches."""
        peers = self.source.peers
        if peers.count == 1:
            return generator
        return torch.Generator(device=generator.device).manual_seed(step * peers.count + peers.rank)

    def after_step(self, step: int) -> bool:
        """Nothing to replace."""
        return False

    def state(self) -> dict[str, Tensor]:
        """The network's tensors and the codes."""
        own: dict[str, Tensor] = {"codes": self.codes}
        return own | {f"decoder.{k}": v for k, v in self.decoder.state_dict().items()}

    def load_state(self, state: dict[str, Tensor]) -> None:
        """Take them back."""
        start = "decoder."
        self.decoder.load_state_dict({k[len(start) :]: v for k, v in state.items() if k.startswith(start)})
        with torch.no_grad():
            self.codes.copy_(state["codes"])

    @torch.inference_mode()
    def residuals(self) -> list[float]:
        """Mean |f| of each shape at samples on its surface, evenly out of all; family lengths."""
        self.decoder.eval()
        surfaces = self.source.points[:, : self.source.surface : max(self.source.surface // JUDGED, 1)]
        pairs = zip(surfaces, self.codes[self.source.held], strict=True)
        found = [self.decoder(surface[None], code[None]).abs().mean().item() for surface, code in pairs]
        self.decoder.train()
        return self.source.of_all(found)
