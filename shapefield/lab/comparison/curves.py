"""When the error over time is taken: often at first, then ever more seldom, so that measuring costs little."""

from __future__ import annotations

from shapefield.lab.comparison.plan import MESH, PICTURE

READ = {MESH: "|f| / ‖∇f‖ on the true surface, R", PICTURE: "PSNR, dB"}
"""What is read while a fit runs: of a mesh not yet its surface's error, which takes longer than some fits."""
GROWTH = 1.25
"""Each reading comes this much later than the one before, in seconds of training."""


class Clockwork:
    """Says when a reading is due. budget : seconds of training that are expected, or None"""

    def __init__(self, budget: float | None = None) -> None:
        self.step = 0.25 if budget is None else max(0.1, budget / 60)
        self.next = self.step

    def due(self, elapsed: float) -> bool:
        """Whether a reading is due after `elapsed` seconds of training; it then counts as taken."""
        if elapsed < self.next:
            return False
        self.next = max(elapsed * GROWTH, elapsed + self.step)
        return True


def time_to(curve: list[tuple[float, float]], value: float, better: int) -> float | None:
    """Seconds until the curve first reaches `value` (better: -1 downwards, 1 upwards); None if it never does."""
    for seconds, found in curve:
        if better * (found - value) >= 0:
            return seconds
    return None
