"""Round lengths, for scale bars, steps and isolines."""

from __future__ import annotations

import math


def round_length(longest: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not longer than `longest`."""
    power = 10.0 ** math.floor(math.log10(longest))
    return next(m * power for m in (5.0, 2.0, 1.0) if m * power <= longest * (1 + 1e-9))
