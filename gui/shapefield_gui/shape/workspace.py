"""What the parts of the Shape tab share: the models, the two engine processes, the renderer, and what is open."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from shapefield_gui.children.records import Fitted, Opened
from shapefield_gui.engine import Engine
from shapefield_gui.models.plan import Plan
from shapefield_gui.models.runs import FitRun
from shapefield_gui.models.scene import Scene
from shapefield_gui.models.session import FitSession
from shapefield_gui.view.rendering import Rendering


class Workspace(QObject):
    """changed(): something was opened, fitted or closed, or a fit began or ended."""

    changed = pyqtSignal()

    def __init__(self, say: Callable[..., Callable[[], None]], parent: QObject) -> None:
        super().__init__(parent)
        self.say = say
        self.scene, self.plan, self.session = Scene(), Plan(), FitSession()
        self.rendering = Rendering(self)
        # two engines: while one trains, the other opens, cuts and saves
        self.desk, self.fitter = Engine("desk", self), Engine("fit", self)
        self.opened: Opened | None = None
        self.fitted: Fitted | None = None
        self.run: FitRun | None = None
        self.resolution = 256
        for engine in (self.desk, self.fitter):
            engine.said.connect(say)
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

    def complain(self, message: str, details: str = "") -> None:
        """An error as a notice."""
        self.say(message, "noticeBad", details)

    def close(self) -> None:
        """End all child processes."""
        self.desk.close()
        self.fitter.close()
        self.rendering.close()
