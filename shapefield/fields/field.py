"""What every field is: a module from points to values, with one way to ask for its gradient.

Legend: n points, d inputs, c outputs, k numbers of a latent code.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn


class Field(nn.Module):
    """Base of the built-in fields.

    inputs    : d, dimension of a point (3 for shapes, 2 for images)
    outputs   : c, numbers a point gets (1 for a distance or a logit, 3 for a colour)
    condition : k, length of the latent code that is appended to every point; 0 for none
    """

    def __init__(self, inputs: int = 3, outputs: int = 1, condition: int = 0) -> None:
        super().__init__()
        self.inputs, self.outputs, self.condition = inputs, outputs, condition

    def fixed(self, points: Tensor) -> Tensor | None:
        """(n, d) → (n, c): the part of the field that training does not change, or None. f = fixed + trained."""
        return None

    def trained(self, points: Tensor, code: Tensor | None = None) -> Tensor:
        """(n, d) → (n, c): the part that training changes."""
        return self(points, code)

    def levels(self, points: Tensor, code: Tensor | None = None) -> list[Tensor]:
        """(n, d) → the outputs (n, c) that training holds against the truth: levels of detail, else the field alone."""
        return [self(points, code)]

    def joined(self, points: Tensor, code: Tensor | None) -> Tensor:
        """(n, d) points and a code (k,) or (n, k) → (n, d + k); ValueError if they do not fit the field."""
        if points.ndim != 2 or points.shape[1] != self.inputs:
            raise ValueError(f"built for points (n, {self.inputs}), got {tuple(points.shape)}")
        if self.condition == 0:
            if code is not None:
                raise ValueError("built without a latent code (condition=0), got one")
            return points
        if code is None or code.shape[-1] != self.condition:
            got = "none" if code is None else tuple(code.shape)
            raise ValueError(f"built for a latent code of {self.condition} numbers, got {got}")
        return torch.cat([points, code.expand(len(points), self.condition)], dim=1)


def value_and_gradient(
    field: Callable[[Tensor], Tensor], points: Tensor, *, differentiable: bool = False
) -> tuple[Tensor, Tensor]:
    """The field and its analytic gradient at points (n, d): values (n, 1), gradients (n, d).

    differentiable : keep the graph, so that a loss on the gradient (the eikonal term) can be trained
    """
    with torch.enable_grad():
        points = points.detach().requires_grad_(True)
        values = field(points)
        (gradient,) = torch.autograd.grad(values.sum(), points, create_graph=differentiable)
    return (values, gradient) if differentiable else (values.detach(), gradient)
