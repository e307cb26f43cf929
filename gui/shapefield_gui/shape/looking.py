"""How things are looked at: side, shading, up axis, original against fitted, and the ways to a place of interest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QMenu

from shapefield_gui.children.messages import Picked
from shapefield_gui.children.records import Mending
from shapefield_gui.models.camera import FIT as WHOLE
from shapefield_gui.models.camera import PRESETS
from shapefield_gui.models.scene import MODES, SHADINGS, ShapeScene
from shapefield_gui.view.viewport import Viewport
from shapefield_gui.widgets.actions import Actions

_IN_THE_VIEW = (
    "fit_view", "front", "right", "top", "iso", "-", "lit", "heat", "colors", "normals", "edges", "ortho", "z_up", "-",
    "copy_picture", "screenshot", "turntable",
)  # fmt: skip
"""The view's own menu."""


class Looking:
    """Connects the View menu with the scene, both ways; the view's own menu, and flights."""

    def __init__(self, scene: ShapeScene, view: Viewport, actions: Actions, turned_up: Callable[[bool], None]) -> None:
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

    def show_menu(self, at: QPoint) -> None:
        """What can be done with what is seen."""
        a, menu = self.actions, QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in _IN_THE_VIEW:
            menu.addSeparator() if name == "-" else menu.addAction(a[name])
        menu.popup(at)

    def fly_to(self, one: Mending) -> None:
        """Look at the place of a repair."""
        scene = self.scene
        at = (np.asarray(one.place) - scene.center) * scene.scale
        half = min(max(one.size * scene.scale, 0.06), WHOLE)
        camera = replace(scene.look.camera, target=(float(at[0]), float(at[1]), float(at[2])), half_height=half)
        scene.change(camera=camera, mode="marks")
        self.view.marks.picked = Picked(0, camera.target, None, "marks")
        self.view.update()

    def look_at(self, point: np.ndarray) -> None:
        """Turn to the largest error. point : (3,) unit frame"""
        look = self.scene.look
        target = (float(point[0]), float(point[1]), float(point[2]))
        camera = replace(look.camera, target=target, half_height=min(look.camera.half_height, 0.25))
        self.scene.change(camera=camera, mode="fitted", shading="heat")
        self.view.read(point)
