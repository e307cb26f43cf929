"""`grid`: a code becomes three small planes of features by transposed convolutions, which one small network reads.

As in EG3D (Chan et al. 2022) but for distances: most of what a shape is stands in the planes, so that the network asked
at every point can be a tenth of an auto-decoder's. Nothing is kept of a member but its code.

Legend: s shapes, p points of each, k numbers of a code, F features of a plane, r nodes along its edge.
"""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from shapefield.families.decoder import coded, split
from shapefield.methods import PlaneFamilyOptions
from shapefield.nn.frequencies import PositionalEncoding

SEED = 4
"""Nodes along an edge of the planes that a code becomes at first; each convolution doubles them."""
GAIN = 10.0
"""On the codes, which start at a hundredth and are kept short."""
SLOPE = 0.2
AXES = ((0, 1), (0, 2), (1, 2))


class PlaneDecoder(nn.Module):
    """f(x, z) = MLP([planes(z) at x, γ(x), z]): the code enters the network's first layer as well.

    own : numbers that may stand behind a code, of one shape alone: they are added to the planes as they begin
    """

    def __init__(self, options: PlaneFamilyOptions) -> None:
        super().__init__()
        count = round(math.log2(options.cells / SEED))
        channels = [options.features * 2 ** min(count - k, 2) for k in range(count + 1)]
        self.code, self.first, self.own = options.code, channels[0], 3 * channels[0] * SEED * SEED
        self.seed = nn.Linear(options.code, self.own)
        self.growing = nn.ModuleList(
            nn.ConvTranspose2d(3 * a, 3 * b, 4, stride=2, padding=1, groups=3) for a, b in pairwise(channels)
        )
        self.encoding = PositionalEncoding(3, options.frequencies)
        entering = 3 * options.features + self.encoding.outputs + options.code
        widths = [entering, *[options.width] * options.depth]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(widths))
        self.last = nn.Linear(options.width, 1)
        self._initialise()

    def _initialise(self) -> None:
        nn.init.kaiming_normal_(self.seed.weight)
        nn.init.normal_(self.seed.bias)
        for layer in self.growing:
            assert isinstance(layer, nn.ConvTranspose2d)
            # a node is reached by 2 x 2 of the kernel's 4 x 4
            nn.init.normal_(layer.weight, std=math.sqrt(2 / (layer.weight.shape[0] // 3 * 4)))
            assert layer.bias is not None
            nn.init.zeros_(layer.bias)
        for layer in self.layers:
            assert isinstance(layer, nn.Linear)
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
        nn.init.xavier_uniform_(self.last.weight, gain=0.5)
        nn.init.zeros_(self.last.bias)

    def planes(self, codes: Tensor) -> Tensor:
        """codes (s, k) or (s, k + own) → (3 s, F, r, r): of each shape the planes of AXES, the second along rows."""
        found = self.seed(GAIN * codes[:, : self.code])
        if codes.shape[1] > self.code:
            found = found + codes[:, self.code :]
        found = found.view(len(codes), 3 * self.first, SEED, SEED)
        for layer in self.growing:
            found = layer(nn.functional.leaky_relu(found, SLOPE))
        return found.view(3 * len(codes), -1, *found.shape[2:])

    def forward(self, points: Tensor, codes: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """points (s, p, 3), codes (s, k) or (s, k + own) → signed distances (s, p), negative inside.

        Nothing is dropped.
        """
        return self.read(self.planes(codes), points, codes)

    def read(self, planes: Tensor, points: Tensor, codes: Tensor) -> Tensor:
        """What `forward` gives, of planes (3 s, F, r, r) that are made already."""
        shapes, count = points.shape[:2]
        places = torch.stack([points[:, :, axes] for axes in AXES], dim=1).view(3 * shapes, 1, count, 2)
        features = nn.functional.grid_sample(planes, places, mode="bilinear", padding_mode="border", align_corners=True)
        features = features.view(shapes, -1, count).transpose(1, 2)
        encoded = self.encoding(points.reshape(-1, 3)).view(shapes, count, -1)
        h = torch.cat([features, encoded], dim=2)
        for k, layer in enumerate(self.layers):
            h = torch.relu(split(layer, h, codes[:, : self.code] if k == 0 else None))
        return self.last(h)[:, :, 0]


class CodedPlanes(nn.Module):
    """The decoder with one code (k,) or (k + own,), whose planes are made once: (n, 3) → (n, 1), family frame."""

    def __init__(self, decoder: PlaneDecoder, code: Tensor) -> None:
        super().__init__()
        self.decoder, self.latent = decoder, code[None]
        with torch.no_grad():
            self.planes = decoder.planes(self.latent)

    def forward(self, points: Tensor) -> Tensor:
        """points (n, 3) → signed distances (n, 1), negative inside."""
        return self.decoder.read(self.planes, points[None], self.latent)[0, :, None]


coded.register(PlaneDecoder, CodedPlanes)


def build(options: PlaneFamilyOptions, seed: int = 0) -> PlaneDecoder:
    """The network, freshly initialised from `seed`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return PlaneDecoder(options)
