"""Adam (Kingma & Ba 2015) in one fused pass over the parameters, or over the rows alone that a step has touched.

torch.optim's wrapper imports the compiler front end at its first step, two seconds of every short run; the kernel
underneath is all that is needed here.

A sparse gradient (rows of a table that most steps do not touch) moves its own rows alone, and costs what they cost.
Of a row that was touched k steps ago (k = 1: in the step before) the moments have faded as if the gradients since had
been zero, and its move makes up for those steps, in which dense Adam would have gone on by its momentum:
    m = b1^k m + (1 - b1) g;   v = b2^k v + (1 - b2) g^2;   q = b1 / sqrt(b2)
    p = p - rate (1 + q + ... + q^(k-1)) (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon)
which is Adam itself for k = 1. A row that no gradient touches stays where it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from shapefield.machine.threads import shared_out

BETAS = (0.9, 0.99)
EPSILON = 1e-15
"""β2 and ε of Instant-NGP (Müller et al. 2022, §4): a table entry that is rarely hit still moves."""
LONGEST = 4096
"""Steps since a row was touched from which on nothing is left of its moments."""

_fused: Any = getattr(torch, "_fused_adam_")  # noqa: B009 - native, and what torch.optim calls, but not exported


class Adam:
    """Adam over parameter groups; a group is {"params": [...], "scale": multiplier of the rate, default 1}.

    state : for every parameter that has stepped, {"step": (), "mean": like it, "square": like it}, and where its
            gradients are sparse {"last": (rows,) int32, the step at which each row was touched last, 0 for never}
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
            for parameter in group["params"]:
                if parameter.grad is not None and parameter.grad.is_sparse:
                    self._step_rows(parameter, parameter.grad, rate * group["scale"])
            moved = [p for p in group["params"] if p.grad is not None and not p.grad.is_sparse]
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

    def _step_rows(self, parameter: Tensor, gradient: Tensor, rate: float) -> None:
        """Move the rows of a table (m, c) on the CPU that are in its sparse gradient."""
        from shapefield.training.adamkernel import step_rows

        rows, values = gradient._indices()[0].numpy(), gradient._values()
        if not gradient.is_coalesced() and not (rows[1:] > rows[:-1]).all():  # autograd forgets what is coalesced
            gradient = gradient.coalesce()
            rows, values = gradient.indices()[0].numpy(), gradient.values()
        state = self._state_of(parameter)
        last = state.setdefault("last", torch.zeros(len(parameter), dtype=torch.int32))
        state["step"].add_(1)
        step = int(state["step"])
        tables = [t.detach().view(-1).numpy() for t in (parameter, state["mean"], state["square"])]
        scales = [np.float32(1.0 - beta) for beta in BETAS]
        corrected = np.float32(rate / (1.0 - BETAS[0] ** step)), np.float32(1.0 / (1.0 - BETAS[1] ** step))
        given: list[Any] = [rows, values.contiguous().view(-1).numpy(), parameter.shape[1], *tables, last.numpy()]
        given += [step, _decays(), *scales, *corrected, np.float32(EPSILON)]
        shared_out(len(rows), lambda start, stop: step_rows(*given, start, stop))

    def _state_of(self, parameter: Tensor) -> dict[str, Tensor]:
        if parameter not in self.state:
            self.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "mean": torch.zeros_like(parameter),
                "square": torch.zeros_like(parameter),
            }
        return self.state[parameter]


@cache
def _decays() -> np.ndarray:
    """(3, LONGEST + 1) float32 by k: b1^k, b2^k, and 1 + q + ... + q^(k-1)."""
    k = np.arange(LONGEST + 1)
    q = BETAS[0] / math.sqrt(BETAS[1])
    return np.stack([BETAS[0] ** k, BETAS[1] ** k, (1.0 - q**k) / (1.0 - q)]).astype(np.float32)
