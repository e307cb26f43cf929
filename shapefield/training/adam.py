"""Adam (Kingma & Ba 2015) in one fused pass over the parameters.

torch.optim's wrapper imports the compiler front end at its first step, two seconds of every short run; the kernel
underneath is all that is needed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

BETAS = (0.9, 0.99)
EPSILON = 1e-15
"""β2 and ε of Instant-NGP (Müller et al. 2022, §4): a table entry that is rarely hit still moves."""


_fused: Any = getattr(torch, "_fused_adam_")  # noqa: B009 - native, and what torch.optim calls, but not exported


class Adam:
    """Adam over parameter groups; a group is {"params": [...], "scale": multiplier of the rate, default 1}.

    state : for every parameter that has stepped, {"step": (), "mean": like it, "square": like it}
    """

    def __init__(self, groups: Iterable[dict[str, Any]]) -> None:
        self.groups = [{"params": list(g["params"]), "scale": float(g.get("scale", 1.0))} for g in groups]
        self.state: dict[Tensor, dict[str, Tensor]] = {}

    @property
    def parameters(self) -> list[Tensor]:
        """Every parameter, group after group."""
        return [p for group in self.groups for p in group["params"]]

    def clear(self) -> None:
        """Forget all gradients."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """One update at learning rate `rate`; parameters without a gradient stay as they are."""
        for group in self.groups:
            moved = [p for p in group["params"] if p.grad is not None]
            if not moved:
                continue
            states = [self._state_of(p) for p in moved]
            steps = [s["step"] for s in states]
            for count in steps:
                count.add_(1)
            _fused(
                moved,
                [p.grad for p in moved],
                [s["mean"] for s in states],
                [s["square"] for s in states],
                [],
                steps,
                lr=rate * group["scale"],
                beta1=BETAS[0],
                beta2=BETAS[1],
                weight_decay=0.0,
                eps=EPSILON,
                amsgrad=False,
                maximize=False,
                grad_scale=None,
                found_inf=None,
            )

    def _state_of(self, parameter: Tensor) -> dict[str, Tensor]:
        if parameter not in self.state:
            self.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "mean": torch.zeros_like(parameter),
                "square": torch.zeros_like(parameter),
            }
        return self.state[parameter]
