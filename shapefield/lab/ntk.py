"""The neural tangent kernel of a network as it stands (Jacot et al. 2018): how training at one point moves another.

K_ij = Σ_p ∂f(x_i)/∂θ_p · ∂f(x_j)/∂θ_p. In directions with a large eigenvalue gradient descent is quick, in those
with a small one slow: spectral bias is a steep spectrum (Tancik et al. 2020, section 3).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def tangent_kernel(field: nn.Module, points: Tensor) -> Tensor:
    """(n, n) empirical kernel of a field (n, d) → (n, 1) at the points; symmetric, no eigenvalue below 0."""
    parameters = [p for p in field.parameters() if p.requires_grad]
    values = field(points)[:, 0]
    rows = [torch.autograd.grad(value, parameters, retain_graph=True) for value in values]
    jacobian = torch.stack([torch.cat([g.reshape(-1) for g in row]) for row in rows])
    return jacobian @ jacobian.T


def spectrum(kernel: Tensor) -> Tensor:
    """(n,) eigenvalues of a symmetric kernel, the largest first."""
    return torch.linalg.eigvalsh(kernel.double()).flip(0)
