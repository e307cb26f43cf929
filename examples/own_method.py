"""A network of your own among the built-in methods: registered and fitted.

python examples/own_method.py
"""

import torch
from torch import nn

import shapefield as sf


class Gaussians(nn.Module):
    """A sum of radial basis functions: (n, 3) points of the unit frame → (n, 1) distances, negative inside."""

    def __init__(self, inputs: int = 3, outputs: int = 1, kernels: int = 128) -> None:
        super().__init__()
        self.centers = nn.Parameter(torch.rand(kernels, inputs) * 2 - 1)
        self.width = nn.Parameter(torch.full((kernels,), 4.0))
        self.weights = nn.Linear(kernels, outputs)
        nn.init.zeros_(self.weights.weight)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        square = (points[:, None] - self.centers).square().sum(dim=2)
        return self.weights(torch.exp(-self.width.square() * square))


sf.register("gaussians", Gaussians)
result = sf.fit(
    "sample_meshes/knot.ply", method="gaussians", steps=300, rate=0.02, batch=1024, resolution=48, samples=20_000
)
quality = result.report["quality"]
print(f"{result.method.name}: mean error {quality['mean']:.1e} R, IoU {quality['iou']:.3f}")
