"""Real spherical harmonics of unit directions, for colour that depends on where one looks from."""

from __future__ import annotations

import torch
from torch import Tensor


def harmonics(directions: Tensor, degree: int) -> Tensor:
    """(n, 3) unit vectors → (n, (degree + 1)^2) values of the orthonormal real basis; degree 0, 1 or 2."""
    x, y, z = directions.unbind(-1)
    basis = [torch.full_like(x, 0.28209479177387814)]
    if degree >= 1:
        basis += [0.4886025119029199 * y, 0.4886025119029199 * z, 0.4886025119029199 * x]
    if degree >= 2:
        basis += [
            1.0925484305920792 * x * y,
            1.0925484305920792 * y * z,
            0.31539156525252005 * (3.0 * z * z - 1.0),
            1.0925484305920792 * x * z,
            0.5462742152960396 * (x * x - y * y),
        ]
    return torch.stack(basis, dim=-1)
