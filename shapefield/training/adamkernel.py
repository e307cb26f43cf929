"""Adam on the rows that a step has touched, for compiled loops on CPUs; `adam` has the equation."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from shapefield.machine.compiling import compiled

F = np.float32


@njit(inline="always")
def _move(parameter, mean, square, gradient, first, given, width, keep1, new1, keep2, new2, rate, correction, epsilon):
    for p in range(width):
        g = gradient[given + p]
        m = keep1 * mean[first + p] + new1 * g
        s = keep2 * square[first + p] + new2 * g * g
        mean[first + p] = m
        square[first + p] = s
        parameter[first + p] -= rate * m / (F(math.sqrt(correction * s)) + epsilon)


@compiled(fastmath=True)
def step_rows(
    rows, gradient, width, parameter, mean, square, last, step, decays, new1, new2, rate, correction, epsilon,
    start, stop,
):  # fmt: skip
    """Move rows[start:stop] (n,) of `parameter`, and its moments; tables are flat, of so many columns.

    gradient : (n * width,);  last : (m,) int32 the step at which each row was touched last, set to `step`
    decays   : (3, K) float32, by the steps since: what is left of the mean, of the square, and a move's multiple
    new1, new2 : 1 - beta;  rate, correction : float32 with the corrections for the moments' start
    """
    most = decays.shape[1] - 1
    for n in range(start, stop):
        row = rows[n]
        k = min(max(step - last[row], 0), most)
        last[row] = step
        far = rate * decays[2, k]
        keep1, keep2 = decays[0, k], decays[1, k]
        first, given = row * width, n * width
        if width == 12:  # a length known to the compiler
            _move(
                parameter, mean, square, gradient, first, given, 12, keep1, new1, keep2, new2, far, correction, epsilon
            )
        else:
            _move(
                parameter, mean, square, gradient, first, given, width, keep1, new1, keep2, new2, far, correction,
                epsilon,
            )  # fmt: skip
