"""Held-out pictures beside the truth: the engine's own previews, and the picture that was chosen instead."""

from __future__ import annotations

from PyQt6.QtCore import QObject

from shapefield.nerf.events import ViewPreview
from shapefield_gui.nerf.children.records import Compare, Compared
from shapefield_gui.nerf.panels.heldout_panel import HeldOutPanel
from shapefield_gui.nerf.scene_context import SceneContext

SIDE_TRAINING, SIDE_TRAINED = 160, 400
"""Pixels along a compared picture's longer edge, while training has the processor and after it."""


class SceneComparing(QObject):
    """Keeps the panel's picture the newest there is."""

    def __init__(self, work: SceneContext, panel: HeldOutPanel) -> None:
        super().__init__(work)
        self.work, self.panel = work, panel
        panel.chosen.connect(lambda _: self._chosen())
        work.scene.listen(lambda what: self._show_truth() if what == "thumbnails" else None)
        work.trainer.answered.connect(self._take)

    def opened(self) -> None:
        """Another dataset is open."""
        scene = self.work.scene
        if scene.opened is not None:
            self.panel.offer(scene.opened, scene.held_out)

    def reset(self) -> None:
        """Nothing is learnt: the truth stands alone."""
        self.panel.clear()
        self._show_truth()

    def _chosen(self) -> None:
        self._show_truth()
        self.ask()

    def _show_truth(self) -> None:
        picture = self.work.scene.thumbnails.get(-1 if self.panel.index is None else self.panel.index)
        if picture is not None:
            self.panel.show_truth(picture)

    def ask(self) -> None:
        """Compare the chosen picture now."""
        scene, index = self.work.scene, self.panel.index
        if scene.opened is None or index is None or not (self.work.session.active or scene.trained is not None):
            return
        side = SIDE_TRAINED if scene.trained is not None else SIDE_TRAINING
        self.work.trainer.ask(Compare(scene.opened.source, index, side))

    def previewed(self, seen: ViewPreview) -> None:
        """The engine's own: it shows the first of the held-out pictures."""
        first = self.work.scene.held_out[:1]
        if first and self.panel.index == first[0]:
            self.panel.show_preview(seen)
        else:
            self.ask()

    def finished(self) -> None:
        """Training is over, or a run was opened: the figures, and the picture in its full sharpness."""
        trained = self.work.scene.trained
        if trained is not None:
            self.panel.show_report(trained.report)
            self.ask()

    def _take(self, content: object) -> None:
        if isinstance(content, Compared) and content.index == self.panel.index:
            self.panel.show_preview(content.seen)
