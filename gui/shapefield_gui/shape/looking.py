"""The commands that change how things are looked at: side, shading, up axis, original against fitted."""

from __future__ import annotations

from collections.abc import Callable

from shapefield_gui.models.camera import PRESETS
from shapefield_gui.models.scene import MODES, SHADINGS, Scene
from shapefield_gui.view.viewport import Viewport
from shapefield_gui.widgets.actions import Actions


class Looking:
    """Connects the View menu with the scene, both ways."""

    def __init__(self, scene: Scene, view: Viewport, actions: Actions, turned_up: Callable[[bool], None]) -> None:
        """turned_up(z_is_up) : the person chose which axis is up"""
        self.scene, self.view, self.actions, self._turned_up = scene, view, actions, turned_up
        for name in PRESETS:
            actions[name].triggered.connect(lambda _, n=name: view.look(n))
        for name in MODES:
            actions[name].triggered.connect(lambda _, n=name: scene.change(mode=n))
        for name in SHADINGS:
            actions[name].triggered.connect(lambda _, n=name: self.shade(n))
        for name, do in {
            "fit_view": lambda: view.look("fit"),
            "ortho": lambda: view.toggle("orthographic"),
            "edges": lambda: view.toggle("edges"),
            "z_up": self._turn_up,
            "swap": self._swap,
        }.items():
            actions[name].triggered.connect(lambda _=False, do=do: do())
        view.addAction(actions["swap"])
        scene.listen(lambda _: self.refresh())

    def shade(self, name: str) -> None:
        """Choose a shading; the error is the fitted surface's, so it brings that into the view."""
        hidden = self.scene.look.mode == "original" and "fitted" in self.scene.meshes
        self.scene.change(shading=name, **({"mode": "fitted"} if name == "heat" and hidden else {}))

    def _turn_up(self) -> None:
        self.view.toggle("z_up")
        self._turned_up(self.scene.look.camera.z_up)

    def _swap(self) -> None:
        self.scene.change(mode="fitted" if self.scene.look.mode == "original" else "original")

    def refresh(self) -> None:
        """Check the entries that hold now."""
        look, a = self.scene.look, self.actions
        for name in (look.mode, look.shading):
            a[name].setChecked(True)
        a["edges"].setChecked(look.edges)
        a["ortho"].setChecked(look.camera.orthographic)
        a["z_up"].setChecked(look.camera.z_up)
