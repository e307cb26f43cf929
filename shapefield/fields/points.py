"""Points as a field is asked at them: any leading shape, held against what can be asked; and torch's way of asking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

from shapefield.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

PORTION = 1 << 16
"""Points a pass where nobody wants a gradient."""


def is_tensor(points: Any) -> TypeGuard[Tensor]:
    """Whether they are torch's; torch is not imported to know."""
    return any(f"{kind.__module__}.{kind.__name__}" == "torch.Tensor" for kind in type(points).__mro__)


def checked(points: Any) -> np.ndarray:
    """(…, 3) float64, held against what a field can be asked for. Raises UsageError."""
    try:
        array = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(f"points: expected an array (…, 3) of numbers, got {type(points).__name__}") from None
    _require_last_axis(array.shape)
    finite = np.isfinite(array).all(axis=-1)
    if not finite.all():
        row = tuple(int(k) for k in np.argwhere(~finite)[0])
        where = row[0] if len(row) == 1 else row
        raise UsageError(f"points: expected finite coordinates, got {array[row].tolist()} in row {where}")
    return array


def torch_values(field: Callable[[Tensor], Tensor], points: Tensor, device: str) -> Tensor:
    """field : (n, 3) → (n,) on `device`;  points (…, 3) of any device and precision → (…) of theirs.

    Where the points want a gradient the graph is kept, else they are asked portion by portion.
    """
    import torch

    flat = _flat(points)
    if torch.is_grad_enabled() and points.requires_grad:
        found = field(flat.to(device))
    else:
        with torch.no_grad():
            parts = [field(part.to(device)) for part in flat.split(PORTION)]
        found = torch.cat(parts) if parts else flat.new_empty(0)
    return found.to(points).reshape(points.shape[:-1])


def torch_gradient(field: Callable[[Tensor], Tensor], points: Tensor, device: str) -> Tensor:
    """The field's gradient (…, 3) at the points; differentiable again where they want a gradient."""
    import torch

    flat, again = _flat(points), torch.is_grad_enabled() and points.requires_grad
    found = []
    with torch.enable_grad():
        for part in [flat] if again else flat.detach().split(PORTION):
            asked = part if again else part.requires_grad_(True)
            found += torch.autograd.grad(field(asked.to(device)).sum(), asked, create_graph=again)
    return torch.cat(found).to(points).reshape(points.shape)


def _flat(points: Tensor) -> Tensor:
    _require_last_axis(tuple(points.shape))
    if not points.is_floating_point():
        raise UsageError(f"points: expected a tensor of floating-point numbers, got {points.dtype}")
    return points.reshape(-1, 3)


def _require_last_axis(shape: tuple[int, ...]) -> None:
    if not shape or shape[-1] != 3:
        raise UsageError(f"points: expected an array (…, 3), got {shape}")
