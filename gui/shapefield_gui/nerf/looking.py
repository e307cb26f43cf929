"""Pictures for the free view: coarse at once, sharper when it rests, and new ones as the training goes on."""

from __future__ import annotations

import time

from PyQt6.QtCore import QObject

from shapefield_gui.nerf.children.records import Looked, RenderQuestion
from shapefield_gui.nerf.free_view import FreeView
from shapefield_gui.nerf.models.viewpoint import SceneViewpoint
from shapefield_gui.nerf.scene_context import SceneContext
from shapefield_gui.timing import every

FACTORS = (8, 4, 2, 1)
_MOST_RAYS = 700_000
_BEARABLE_S = 0.8
"""A picture of the resting view that takes longer is not drawn again and again while training goes on."""
_TICK_MS = 250


class SceneLooking(QObject):
    """Asks the process that holds the field; the newest question wins there, so every movement is asked at once."""

    def __init__(self, work: SceneContext, view: FreeView) -> None:
        super().__init__(work)
        self.work, self.view = work, view
        self.training = False
        self._number = self._shown = 0
        self._stands: dict[int, SceneViewpoint] = {}
        self._pending: tuple[int, ...] = ()
        self._asked_at = self._due_at = 0.0
        self._rays_a_second = 100_000.0
        self._tick = every(self, _TICK_MS, self._refresh)
        view.resized.connect(self.ask)
        work.scene.listen(self._changed)
        work.trainer.answered.connect(self._take)

    @property
    def possible(self) -> bool:
        """Whether there is a field to look at."""
        return (self.training or self.work.scene.trained is not None) and self.view.isVisible()

    @property
    def settled(self) -> bool:
        """Whether the view shows where one stands now, as sharply as it can be."""
        looked = self.view.looked
        return looked is not None and looked.number == self._number and not self._pending

    def _changed(self, what: str) -> None:
        if what in ("stand", "shown", "scene"):
            self.ask()

    def begin(self) -> None:
        """A training starts: pictures come again and again."""
        self.training = True
        self._tick.start()
        self.view.set_hint("The first picture comes when training has begun …")

    def end(self) -> None:
        """It is over: one more picture, as sharp as can be."""
        self.training = False
        self._tick.stop()
        self.ask()

    def _size(self) -> tuple[int, int]:
        ratio = self.view.devicePixelRatioF()
        width, height = self.view.width() * ratio, self.view.height() * ratio
        shrink = min(1.0, (_MOST_RAYS / max(width * height, 1.0)) ** 0.5)
        return max(8, round(width * shrink)), max(8, round(height * shrink))

    def ask(self, refresh: bool = False) -> None:
        """Look from where one stands now. refresh : the same place again, at the sharpness that is affordable"""
        if not self.possible:
            return
        width, height = self._size()
        camera = self.view.camera(width, height)
        if camera is None:
            return
        factors = FACTORS
        if self.training:
            bearable = [f for f in FACTORS if width * height / f**2 <= _BEARABLE_S * self._rays_a_second] or [8]
            factors = (min(bearable),) if refresh else tuple(f for f in FACTORS if f >= min(bearable))
        self._number += 1
        self._stands[self._number] = self.work.scene.stand
        self._pending, self._asked_at = factors, time.monotonic()
        self._due_at = self._asked_at + 4.0
        self.work.trainer.ask(RenderQuestion(self._number, camera, self.work.scene.show, factors))

    def _refresh(self) -> None:
        if time.monotonic() >= self._due_at:
            self.ask(refresh=not self._pending and self.view.looked is not None)

    def _take(self, content: object) -> None:
        if not isinstance(content, Looked) or content.number < self._shown or not self.possible:
            return
        self._shown = content.number
        rays = content.picture.shape[0] * content.picture.shape[1]
        if rays > 2000:
            self._rays_a_second += 0.5 * (rays / max(content.seconds, 1e-4) - self._rays_a_second)
        self.view.take(content, self._stands[content.number])
        self._stands = {k: stand for k, stand in self._stands.items() if k >= content.number}
        if content.number == self._number:
            self._pending = tuple(f for f in self._pending if f < content.factor)
            last = not self._pending
            self.view.set_hint("" if last or content.factor <= 2 else f"sharpening, now 1/{content.factor}")
            if last:
                self._due_at = time.monotonic() + max(0.9, 4.0 * content.seconds)

    def close(self) -> None:
        self._tick.stop()
