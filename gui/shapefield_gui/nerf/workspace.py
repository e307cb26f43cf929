"""What the parts of the NeRF scene tab share: the models, the engine processes, and the run that is open."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield_gui.engine import Engine
from shapefield_gui.nerf.children import jobs
from shapefield_gui.nerf.models.plan import TrainPlan
from shapefield_gui.nerf.models.runs import SceneRun
from shapefield_gui.nerf.models.scene import NerfScene
from shapefield_gui.nerf.models.session import TrainSession


class NerfWorkspace(QObject):
    """changed(): something was opened, learnt or closed, or a job began or ended."""

    changed = pyqtSignal()

    def __init__(self, say: Callable[..., Callable[[], None]], parent: QObject) -> None:
        super().__init__(parent)
        self.say = say
        self.scene, self.plan, self.session = NerfScene(), TrainPlan(), TrainSession()
        # the trainer holds the field and answers looks at it; the desk reads; the studio films and exports beside both
        self.desk, self.trainer, self.studio = (Engine(n, self, jobs.main) for n in ("scene", "training", "studio"))
        self.run: SceneRun | None = None
        for engine in (self.desk, self.trainer, self.studio):
            engine.said.connect(say)

    def complain(self, message: str, details: str = "") -> None:
        """An error as a notice."""
        self.say(message, "noticeBad", details)

    def close(self) -> None:
        """End all child processes."""
        for engine in (self.desk, self.trainer, self.studio):
            engine.close()
