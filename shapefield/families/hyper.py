"""`hyper`: a network that turns a code into all the weights of a small SIREN (Sitzmann et al. 2020, section 4.4).

Legend: s shapes, p points of each, k numbers of a code, w units of the SIREN, n of its weights and biases.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from shapefield.methods import HyperOptions

GAIN = 10.0
"""On the codes, which start at a hundredth and are kept short."""
SPREAD = 0.1
"""What the codes add to the SIREN's own first weights, in those' deviations, about, as training begins."""


class HyperSiren(nn.Module):
    """f(x, z) = SIREN with weights θ0 + H(z) at x; θ0 is a SIREN's initialisation, H begins small."""

    def __init__(self, options: HyperOptions) -> None:
        super().__init__()
        self.code, self.omega = options.code, options.omega
        widths = [3, *[options.width] * options.depth, 1]
        self.sizes = list(pairwise(widths))
        bounds = [1 / a if k == 0 else math.sqrt(6 / a) / self.omega for k, (a, _) in enumerate(self.sizes)]
        first = [
            torch.empty(b, a + 1).uniform_(-bound, bound) for (a, b), bound in zip(self.sizes, bounds, strict=True)
        ]
        self.trunk = nn.Linear(options.code, options.hyper)
        self.heads = nn.ModuleList(nn.Linear(options.hyper, weights.numel()) for weights in first)
        with torch.no_grad():
            for head, weights, bound in zip(self.heads, first, bounds, strict=True):
                assert isinstance(head, nn.Linear)
                head.weight.normal_(std=SPREAD * bound / math.sqrt(options.hyper))
                head.bias.copy_(weights.flatten())

    def forward(self, points: Tensor, codes: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """points (s, p, 3), codes (s, k) → signed distances (s, p), negative inside. Nothing is dropped."""
        hidden, h = torch.relu(self.trunk(GAIN * codes)), points
        for k, (head, (a, b)) in enumerate(zip(self.heads, self.sizes, strict=True)):
            weights = head(hidden).view(-1, b, a + 1)
            scale = self.omega if k + 1 < len(self.sizes) else 1.0
            h = torch.baddbmm(scale * weights[:, None, :, a], h, scale * weights[:, :, :a].transpose(1, 2))
            if k + 1 < len(self.sizes):
                h = torch.sin(h)
        return h[:, :, 0]


def build(options: HyperOptions, seed: int = 0) -> HyperSiren:
    """The network, freshly initialised from `seed`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return HyperSiren(options)
