"""How much of the machine a training had: a budget that held on a busy machine is worth less, and that is told."""

from __future__ import annotations

LITTLE = 0.6
"""Share of the cores' time from which on nothing is said."""
SHORTEST = 5.0
"""Seconds under which nothing can be said."""


def share_line(wall: float, processor: float, threads: int) -> str | None:
    """One line where a training of `wall` seconds on so many threads had much less processor time than there was."""
    share = processor / max(wall * threads, 1e-9)
    if wall < SHORTEST or share >= LITTLE:
        return None
    cores = f"{threads} cores" if threads > 1 else "a core"
    return (
        f"the machine was busy: in {wall:.0f} s the training had {processor:.0f} s of {cores}, {share:.0%} of what an "
        f"idle machine gives; for the same quality there give {max(1.0, wall * share):.0f} s, or more time here"
    )
