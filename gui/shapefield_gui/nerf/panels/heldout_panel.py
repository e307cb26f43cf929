"""How good it is: a picture that training never saw, as it is rendered now, beside the truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout

from shapefield.nerf.events import ViewPreview
from shapefield_gui.children.shading import viridis
from shapefield_gui.images import image_of
from shapefield_gui.models import formatting
from shapefield_gui.nerf.children.records import OpenedScene
from shapefield_gui.nerf.panels.pictures import PictureBox
from shapefield_gui.theme import STEP, Theme
from shapefield_gui.widgets.dock import Figures, Panel, wrapping
from shapefield_gui.widgets.plain import PlainLabel

ERROR_TOP = 0.2
"""Mean colour difference at the error colours' upper end."""


class HeldOutPanel(Panel):
    """chosen(index): another held-out picture is asked for."""

    chosen = pyqtSignal(int)

    def __init__(self) -> None:
        super().__init__()
        self.hint = wrapping("Some pictures are held out of training. Here they are compared with new views.", "quiet")
        self.view = QComboBox()
        self.view.setAccessibleName("Held-out picture")
        self.view.setMaxVisibleItems(16)
        self.view.currentIndexChanged.connect(lambda _: self._choose())
        self.psnr = PlainLabel()
        self.psnr.setObjectName("heading")
        self.psnr.setAccessibleName("PSNR of this picture")
        self.psnr.setToolTip("Peak signal-to-noise ratio of the new view: higher is better")
        self.boxes = {name: PictureBox(name) for name in ("truth", "view", "depth", "error")}
        grid = QGridLayout()
        grid.setSpacing(STEP)
        for k, box in enumerate(self.boxes.values()):
            grid.addWidget(box, k // 2, k % 2)
        self.figures = Figures()
        of_all = "Of all pictures measured, not of the one above."
        for key, title, tip in (
            ("count", "Pictures measured", "As many held-out pictures as the time had room for"),
            ("mean", "Their mean PSNR", f"{of_all} Peak signal-to-noise ratio after training: higher is better"),
            ("ssim", "Their mean SSIM", f"{of_all} Structural similarity after training: 1 is the same picture"),
            ("depth", "Their depth error", f"{of_all} Where the true depth is known, in the dataset's units"),
        ):
            self.figures.row(key, title, tip)
        self.add(self.hint)
        row = QHBoxLayout()
        row.addWidget(self.view, 1)
        row.addWidget(self.psnr)
        self.column.addLayout(row)
        self.column.addLayout(grid)
        self.add(self.figures)
        self.column.addStretch()
        self._parts: list[Any] = [self.view, *self.boxes.values(), self.figures]
        self.shown: ViewPreview | None = None
        self.clear()
        self._show_parts(False)

    def _choose(self) -> None:
        index = self.view.currentData()
        if index is not None:
            self._forget()
            self.chosen.emit(index)

    @property
    def index(self) -> int | None:
        """Which picture of the dataset is compared."""
        return self.view.currentData()

    def _forget(self) -> None:
        self.shown = None
        for box in self.boxes.values():
            box.show_image(None)
        self.psnr.hide()

    def clear(self) -> None:
        """No field yet."""
        self._forget()
        for key in ("count", "mean", "ssim", "depth"):
            self.figures.set(key, "–")

    def offer(self, opened: OpenedScene, held_out: list[int]) -> None:
        """The pictures of a dataset that can be compared."""
        self.clear()
        self.view.blockSignals(True)
        self.view.clear()
        for index in held_out:
            split = {"val": "validation", "test": "test"}[opened.views[index].split]
            self.view.addItem(f"{opened.views[index].name}  ({split})", index)
        self.view.blockSignals(False)
        self._show_parts(bool(held_out))
        if not held_out:
            self.hint.setText("This dataset has no picture to hold out, so nothing tells how good new views are.")

    def _show_parts(self, on: bool) -> None:
        for part in self._parts:
            part.setVisible(on)
        self.hint.setVisible(not on)

    def choose(self, index: int) -> None:
        """Select a picture, if it is held out."""
        at = self.view.findData(index)
        if at >= 0:
            self.view.setCurrentIndex(at)

    def show_truth(self, picture: np.ndarray) -> None:
        """The small copy of the picture, while nothing is learnt yet."""
        if self.shown is None:
            for box in self.boxes.values():
                box.set_proportion(picture.shape[0] / picture.shape[1])
            self.boxes["truth"].show_image(image_of(picture))

    def show_preview(self, seen: ViewPreview) -> None:
        """A held-out picture as it is rendered now."""
        self.shown = seen
        self.boxes["truth"].show_image(image_of(seen.truth))
        self.boxes["view"].show_image(image_of(seen.rgb), f"step {formatting.count(seen.step)}")
        hit = (seen.opacity > 0.5) & (seen.depth > 0)
        near, far = np.percentile(seen.depth[hit], [1, 99]) if hit.any() else (0.0, 1.0)
        share = 1.0 - np.clip((seen.depth - near) / max(far - near, 1e-9), 0.0, 1.0)
        colours = np.where(hit[..., None], viridis(share), np.uint8(255))
        span = (
            f"{formatting.significant(float(near), 2)} – {formatting.significant(float(far), 2)}" if hit.any() else ""
        )
        self.boxes["depth"].show_image(image_of(colours), span)
        self.boxes["error"].show_image(image_of(viridis(seen.error / ERROR_TOP)), f"0 – {100 * ERROR_TOP:.0f} %")
        self.psnr.setText(f"{seen.psnr:.1f} dB")
        self.psnr.show()

    def show_report(self, report: dict[str, Any]) -> None:
        """The figures after training."""
        if report.get("psnr") is not None:
            self.figures.set("count", formatting.count(report["count"]))
            self.figures.set("mean", f"{report['psnr']:.1f} dB")
        if report.get("ssim") is not None:
            self.figures.set("ssim", f"{report['ssim']:.3f}")
        if report.get("depth_error") is not None:
            self.figures.set("depth", formatting.length(report["depth_error"], None))

    def set_theme(self, theme: Theme) -> None:
        for box in self.boxes.values():
            box.set_theme(theme)
