"""What the parts of the NeRF scene tab share: the models, the engine processes, and the run that is open."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject

from shapefield_gui.nerf.children import jobs
from shapefield_gui.nerf.models.plan import TrainPlan
from shapefield_gui.nerf.models.scene import NerfScene
from shapefield_gui.nerf.models.session import TrainSession
from shapefield_gui.tab_context import TabContext


class SceneContext(TabContext):
    """The trainer holds the field and answers looks at it; the desk reads; the studio films and exports beside both."""

    def __init__(self, say: Callable[..., Callable[[], None]], parent: QObject) -> None:
        super().__init__(say, TrainSession(), parent)
        self.scene, self.plan = NerfScene(), TrainPlan()
        self.desk, self.trainer, self.studio = (self.engine(n, jobs.main) for n in ("scene", "training", "studio"))
