"""Adam on the rows that a step has touched: the stated equation, and dense Adam where every row is touched."""

import pytest
import torch
from torch import Tensor

from shapefield.training.adam import Adam


class Table:
    """A table (m, 2) whose chosen rows are pulled towards 1, by a sparse or a dense gradient."""

    def __init__(self, rows: int, sparse: bool) -> None:
        self.w, self.sparse = torch.nn.Parameter(torch.zeros(rows, 2)), sparse

    def gradient(self, rows: list[int]) -> Tensor:
        chosen = torch.tensor(rows)
        pull = torch.zeros_like(self.w)
        pull[chosen] = (self.w.detach()[chosen] - 1.0) * torch.tensor([1.0, 3.0])
        if not self.sparse:
            return pull
        return torch.sparse_coo_tensor(chosen[None], pull[chosen], self.w.shape, check_invariants=False)


def adam_on(sparse: bool, touched: list[list[int]], rows: int = 9) -> tuple[Tensor, Adam]:
    table = Table(rows, sparse)
    optimiser = Adam([{"params": [table.w], "scale": 0.5}])
    for chosen in touched:
        table.w.grad = table.gradient(chosen)
        optimiser.step(0.1)
    return table.w.detach(), optimiser


def test_rows_that_every_step_touches_are_moved_as_by_dense_adam():
    every = [list(range(9))] * 30
    assert torch.allclose(adam_on(True, every)[0], adam_on(False, every)[0], atol=1e-5)


def test_a_sparse_gradient_moves_its_rows_alone_by_the_stated_equation():
    """Row 4 is touched in steps 1, 2 and 7; against the docstring's equation in double precision."""
    at = {1, 2, 7}
    found, optimiser = adam_on(True, [[4, 5] if t in at else [5] for t in range(1, 8)])
    assert not found[:4].any() and not found[6:].any()
    p, m, v, last = 0.0, 0.0, 0.0, 0
    q = 0.9 / 0.99**0.5
    for t in sorted(at):
        g, k, last = p - 1.0, t - last, t
        m, v = 0.9**k * m + 0.1 * g, 0.99**k * v + 0.01 * g * g
        p -= 0.05 * sum(q**j for j in range(k)) * (m / (1 - 0.9**t)) / ((v / (1 - 0.99**t)) ** 0.5 + 1e-15)
    assert float(found[4, 0]) == pytest.approx(p, rel=1e-5)
    (state,) = optimiser.state.values()
    assert state["last"].tolist() == [0, 0, 0, 0, 7, 7, 0, 0, 0]


def test_rows_that_are_named_twice_are_added_up():
    once, twice = torch.nn.Parameter(torch.zeros(3, 2)), torch.nn.Parameter(torch.zeros(3, 2))
    once.grad = torch.sparse_coo_tensor(torch.tensor([[1]]), torch.ones(1, 2), (3, 2), check_invariants=False)
    halves = torch.full((2, 2), 0.5)
    twice.grad = torch.sparse_coo_tensor(torch.tensor([[1, 1]]), halves, (3, 2), check_invariants=False)
    for parameter in (once, twice):
        Adam([{"params": [parameter]}]).step(0.1)
    assert torch.equal(once, twice) and float(once[1, 0].detach()) == pytest.approx(-0.1)
