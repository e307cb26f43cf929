"""A training as the tab knows it: the curves are the loss, and the PSNR of a held-out picture."""

from __future__ import annotations

from typing import Any

from shapefield.nerf.events import ViewPreview
from shapefield_gui.models.session import FitSession

STAGES = {
    "load": "Reading the pictures",
    "frame": "Finding the box",
    "training": "Training",
    "report": "Measuring held-out pictures",
    "save": "Saving",
}


class TrainSession(FitSession):
    """A `FitSession` that also takes the engine's held-out views."""

    stages = STAGES
    """What each stage is called."""

    def take(self, event: Any) -> None:
        """Note one event of the engine."""
        if isinstance(event, ViewPreview):
            self.curves.error_steps.append(event.step)
            self.curves.errors.append(event.psnr)
            self.tell()
        else:
            super().take(event)
