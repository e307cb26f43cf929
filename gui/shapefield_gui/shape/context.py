"""What the parts of the Shape tab share: the models, the engine processes, the renderer, and what is open."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject

from shapefield_gui.children.records import Fitted, Opened
from shapefield_gui.models.plan import FitChoices
from shapefield_gui.models.result_list import ResultList
from shapefield_gui.models.scene import ShapeScene
from shapefield_gui.models.session import FitSession
from shapefield_gui.tab_context import TabContext
from shapefield_gui.view.rendering import RenderClient


class ShapeContext(TabContext):
    """opened, fitted : what is shown, None if nothing is;  resolution : of the fitted surface"""

    def __init__(self, say: Callable[..., Callable[[], None]], parent: QObject) -> None:
        super().__init__(say, FitSession(), parent)
        self.scene, self.plan, self.results = ShapeScene(), FitChoices(), ResultList()
        self.rendering = RenderClient(self)
        # while one trains, another opens, cuts and saves; the doctor of a large mesh keeps nobody waiting
        self.desk, self.fitter, self.doctor = (self.engine(name) for name in ("desk", "fit", "doctor"))
        self.opened: Opened | None = None
        self.fitted: Fitted | None = None
        self.resolution = 256
        self.rendering.said.connect(say)

    @property
    def unit(self) -> str | None:
        """Of the file, or the one that was named for a file that carries none."""
        own = self.opened.mesh.unit if self.opened else None
        return own or self.plan.changed.get("unit")

    def take_unit(self) -> None:
        """Let the view know of a unit that was named under Advanced."""
        if self.scene.unit != self.unit:
            self.scene.set_unit(self.unit)

    @property
    def reference(self) -> str | None:
        """The mesh file that errors are measured against, or None for a field without one."""
        if self.opened is None:
            return None
        return self.opened.path if not self.opened.field else self.opened.reference

    def close(self) -> None:
        super().close()
        self.rendering.close()
