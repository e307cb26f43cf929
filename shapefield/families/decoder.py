"""DeepSDF's decoder for many shapes: points and a code to signed distances (Park et al. 2019).

Legend: s shapes, p points of each, k numbers of a code.
"""

from __future__ import annotations

from functools import singledispatch
from typing import Any

import torch
from torch import Tensor, nn

from shapefield.methods import AutoDecoderOptions
from shapefield.nn.frequencies import PositionalEncoding


class AutoDecoder(nn.Module):
    """f(x, z): hidden ReLU layers; point and code enter at the first and, concatenated again, at layer `skip`.

    What a code contributes to a layer is computed once a shape, and added to all of its points.
    """

    def __init__(self, options: AutoDecoderOptions) -> None:
        super().__init__()
        self.skip, self.dropout, self.code = options.skip, options.dropout, options.code
        self.encoding = PositionalEncoding(3, options.frequencies) if options.frequencies else None
        self.seen = self.encoding.outputs if self.encoding is not None else 3
        entering, width = self.seen + options.code, options.width
        layers: list[nn.Linear] = []
        for k in range(options.depth):
            before = layers[-1].out_features + (entering if k == self.skip else 0) if layers else entering
            narrow = options.narrow and k + 1 == self.skip
            layers.append(nn.Linear(before, max(width - entering, 1) if narrow else width))
        for layer in layers:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
            if options.weight_norm:
                nn.utils.parametrizations.weight_norm(layer)
        self.layers = nn.ModuleList(layers)
        self.last = nn.Linear(width, 1)
        nn.init.xavier_uniform_(self.last.weight, gain=0.5)
        nn.init.zeros_(self.last.bias)

    def forward(self, points: Tensor, codes: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """points (s, p, 3), codes (s, k) → signed distances (s, p), negative inside.

        generator : draws what is dropped; None drops nothing
        """
        x = self.encoding(points.reshape(-1, 3)).view(*points.shape[:2], -1) if self.encoding is not None else points
        h = x
        for k, layer in enumerate(self.layers):
            entry = torch.cat([h, x], dim=2) if self.skip and k == self.skip else h
            h = split(layer, entry, codes if k == 0 or (self.skip and k == self.skip) else None)
            h = torch.relu(h)
            if generator is not None and self.dropout:
                kept = torch.rand(h.shape, generator=generator, device=h.device) >= self.dropout
                h = h * kept / (1 - self.dropout)
        return self.last(h)[:, :, 0]


def split(layer: Any, points: Tensor, codes: Tensor | None) -> Tensor:
    """layer(points | codes), (s, p, a) and (s, k) → (s, p, b), the codes' columns being the last."""
    if codes is None:
        return layer(points)
    weight, width = layer.weight, points.shape[2]
    of_codes = nn.functional.linear(codes, weight[:, width:], layer.bias)
    return nn.functional.linear(points, weight[:, :width]) + of_codes[:, None]


@singledispatch
def coded(decoder: nn.Module, code: Tensor) -> nn.Module:
    """A decoder with one code (k,): a field, (n, 3) → (n, 1), family frame; what the code alone decides is made once.

    A model whose code decides much by itself registers its own way.
    """
    return Coded(decoder, code)


class Coded(nn.Module):
    """The decoder with one code: a field, (n, 3) → (n, 1), family frame."""

    def __init__(self, decoder: nn.Module, code: Tensor) -> None:
        super().__init__()
        self.decoder, self.latent = decoder, code

    def forward(self, points: Tensor) -> Tensor:
        """points (n, 3) → signed distances (n, 1), negative inside."""
        return self.decoder(points[None], self.latent[None])[0, :, None]


def build(options: AutoDecoderOptions, seed: int = 0) -> AutoDecoder:
    """The network, freshly initialised from `seed`."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return AutoDecoder(options)
