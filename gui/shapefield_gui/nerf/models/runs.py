"""Trainings on disk: a folder each with what was asked, and the RUN inside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shapefield_gui.models.runs import FitRun

_MODEL, _CHECKPOINT = "model.safetensors", "checkpoint.safetensors"


@dataclass(frozen=True, slots=True)
class KeptSceneRun(FitRun):
    """One training. path : the dataset"""

    @property
    def run(self) -> Path:
        """The RUN folder, as `shapefield nerf render` and the others take it."""
        return self.folder / "run"

    @property
    def field(self) -> Path:
        return self.run / _MODEL

    @property
    def checkpoint(self) -> Path:
        return self.run / _CHECKPOINT

    @property
    def guard(self) -> Path:
        """What the process that trains has locked."""
        return self.run


def is_run(folder: str) -> bool:
    """Whether this is a RUN folder."""
    return (Path(folder) / _MODEL).is_file()
