"""What one training of a scene reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODEL_FILE, REPORT_FILE, CHECKPOINT_FILE = "model.safetensors", "run.json", "checkpoint.safetensors"
"""What a RUN folder holds: the field, its report, and until both are there the checkpoint."""


@dataclass(frozen=True)
class NerfJob:
    """What one training reads and writes.

    source  : the dataset's folder or json;  run : the RUN folder, or None to keep the result in memory
    options : the model's own settings by name
    started : time.perf_counter() of the moment the budget counts from; None for the moment the job begins
    every   : seconds between training's events: how soon a caller that looks in between them gets its turn
    """

    source: str | Path
    run: Path | None = None
    options: dict[str, Any] | None = None
    force: bool = False
    resume: bool = False
    started: float | None = None
    every: float = 0.25

    @property
    def checkpoint(self) -> Path | None:
        """Where the run's checkpoint lies; None without a folder."""
        return None if self.run is None else Path(self.run) / CHECKPOINT_FILE
