"""What a running job says: plain frozen records, safe to send through a pipe (no live tensors).

A job is a generator of these events. Pausing is not asking for the next one; sending `FINISH` ends training
as if its budget were spent and goes on to extraction; closing the generator abandons the job.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # the command line reads this file before it knows whether numpy has room to load
    import numpy as np

FINISH: Final = "finish"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage begins: one of load, distances, samples, training, surface, report (or a name of the job's own)."""

    name: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the current stage is.

    done, total : work units of the stage (steps in training, points or cells elsewhere); total None if unknown
    rate        : units a second, None if not known yet
    elapsed     : seconds of this stage, pauses not counted
    losses      : named losses of the latest step in training; empty elsewhere
    detail      : what else a live line says; "" for the stage's own
    """

    stage: str
    done: float
    total: float | None = None
    rate: float | None = None
    elapsed: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)
    detail: str = ""

    @property
    def eta(self) -> float | None:
        """Seconds left at the present rate, or None."""
        if self.total is None or not self.rate:
            return None
        return max(0.0, (self.total - self.done) / self.rate)


@dataclass(frozen=True, slots=True)
class Preview:
    """The surface as it stands: vertices (n, 3) float64 in the input's units, faces (m, 3) int64.

    error : (n,) float32 unsigned distance of each vertex to the reference, input's units; None if not measured
    """

    vertices: np.ndarray
    faces: np.ndarray
    step: int
    resolution: int
    error: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One line the user should know (a choice that was made, a repair, a fallback); not an error.

    loud : said even to somebody who asked for quiet, for something of the input is not in the result
    """

    message: str
    loud: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """The job ended well. `result` is the job's own result object (for a fit: `shapefield.result.Result`)."""

    result: Any


Event = Stage | Progress | Preview | Notice | Done


def counted(number: int, one: str, many: str | None = None) -> str:
    """1 hole, 1,200 faces, 2 cavities: how messages and reports say how many."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
