"""How long a surface will take and how much memory, from this machine's last extraction."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class TimeForecast:
    """Cells near the surface grow with the square of the resolution; `seconds_at_256` starts as a guess."""

    seconds_at_256: float = 2.0
    measured: bool = False

    def learn(self, resolution: int, seconds: float) -> None:
        """Take an extraction that was timed."""
        self.seconds_at_256 = max(seconds, 0.02) * (256 / resolution) ** 2
        self.measured = True

    def seconds(self, resolution: int) -> float:
        return self.seconds_at_256 * (resolution / 256) ** 2

    @staticmethod
    def memory(resolution: int) -> float:
        """Bytes: the sparse blocks near the surface, their triangles, and 0.4 GB that the engine takes anyway."""
        return 4e8 + 2500.0 * resolution**2

    @staticmethod
    def faces(resolution: int, faces_now: int, resolution_now: int) -> float:
        """Triangles at `resolution`, from how many there are now."""
        return faces_now * (resolution / resolution_now) ** 2
