"""The auto-decoder as a training task: network and codes are learnt together (DeepSDF, equation 9).

Legend: s shapes of the family, n samples of each, b shapes and p points a step, k numbers of a code.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from shapefield.methods import AutoDecoderOptions
from shapefield.training.objectives import clamped_l1


class AutoDecoderTask:
    """Clamped L1 of the distances, and the squared length of the codes; a `Task` as `training` defines it."""

    def __init__(
        self, decoder: nn.Module, options: AutoDecoderOptions, points: Tensor, distances: Tensor, seed: int, device: str
    ) -> None:
        """points (s, n, 3) and distances (s, n), float32, family frame."""
        self.decoder, self.options = decoder.to(device).train(), options
        self.points, self.distances = points.to(device), distances.to(device)
        start = torch.randn((len(points), options.code), generator=torch.Generator().manual_seed(seed))
        self.codes = nn.Parameter((options.code_deviation * start).to(device))
        self.shapes = min(options.shapes, len(points))

    def parameter_groups(self) -> list[dict[str, Any]]:
        """The network, and the codes at their own rate."""
        scale = self.options.code_rate / self.options.rate
        return [{"params": list(self.decoder.parameters())}, {"params": [self.codes], "scale": scale}]

    def losses(self, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """The losses of random points of random shapes."""
        count, samples = self.distances.shape
        device = self.codes.device
        chosen = torch.randperm(count, generator=generator, device=device)[: self.shapes]
        size = (self.shapes, self.options.points)
        place = chosen[:, None] * samples + torch.randint(samples, size, generator=generator, device=device)
        points, distances = self.points.view(-1, 3)[place], self.distances.view(-1)[place]
        codes = self.codes[chosen]
        found = self.decoder(points, codes, generator)
        return {
            "distance": clamped_l1(found.flatten(), distances.flatten(), self.options.clamp),
            "codes": self.options.code_weight * codes.square().sum(dim=1).mean(),
        }

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
    def residuals(self, surface: int) -> list[float]:
        """Mean |f| of each shape at the first `surface` of its samples, which lie on its surface; family lengths."""
        self.decoder.eval()
        found = [
            self.decoder(self.points[k : k + 1, :surface], self.codes[k : k + 1]).abs().mean().item()
            for k in range(len(self.points))
        ]
        self.decoder.train()
        return found
