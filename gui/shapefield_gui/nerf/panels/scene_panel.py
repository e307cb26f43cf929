"""What went in: the dataset, its pictures, and which of them are held out."""

from __future__ import annotations

from PyQt6.QtCore import QSize, pyqtSignal
from PyQt6.QtWidgets import QListView, QListWidget, QListWidgetItem, QSizePolicy

from shapefield_gui.images import image_of
from shapefield_gui.models import formatting
from shapefield_gui.nerf.models.scene import NerfScene, title_of
from shapefield_gui.nerf.panels.pictures import thumbnail_icon
from shapefield_gui.theme import LIGHT, Theme
from shapefield_gui.widgets.dock import Figures, Panel, wrapping
from shapefield_gui.widgets.plain import PlainLabel, tip

_ICON = QSize(52, 52)


class ScenePanel(Panel):
    """chosen(index): a thumbnail was clicked."""

    chosen = pyqtSignal(int)

    def __init__(self, scene: NerfScene) -> None:
        super().__init__()
        self.scene = scene
        self.theme: Theme = LIGHT
        self.name = PlainLabel("No pictures yet")
        self.name.setObjectName("heading")
        self.add(self.name)
        self.figures = Figures()
        self.figures.row("train", "Training pictures")
        self.figures.row("held", "Held out", "Pictures that training never sees: they tell how good new views are")
        self.figures.row("size", "Size", "width × height of the first picture")
        self.figures.row("box", "Box", "edge of the cube that holds the scene, in the dataset's units")
        self.add(self.figures)
        self.remark = wrapping("Open a folder of posed pictures, or drop one on the view.", "quiet")
        self.add(self.remark)
        self.list = QListWidget()
        self.list.setViewMode(QListView.ViewMode.IconMode)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setMovement(QListView.Movement.Static)
        self.list.setUniformItemSizes(True)
        self.list.setIconSize(_ICON)
        self.list.setGridSize(_ICON + QSize(6, 6))
        self.list.setMinimumHeight(64)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # as high as there is room
        self.list.setAccessibleName("Pictures")
        self.list.itemClicked.connect(lambda item: self.chosen.emit(self.list.row(item)))
        self.list.itemActivated.connect(lambda item: self.chosen.emit(self.list.row(item)))
        self.column.addWidget(self.list, 1)
        self.column.addStretch()
        self.figures.hide()
        self.list.hide()
        self._done: set[int] = set()
        scene.listen(self._changed)

    def _changed(self, what: str) -> None:
        if what == "scene":
            self._show()
        elif what == "thumbnails":
            self._show_thumbnails()
        elif what == "stand":
            index = self.scene.index_of(self.scene.stand.view)
            self.list.setCurrentRow(-1 if index is None else index)
            if index is None:
                self.list.clearSelection()

    def _show(self) -> None:
        opened = self.scene.opened
        if opened is None:
            return
        held = sum(v.held_out for v in opened.views)
        self.name.setText(title_of(opened.source))
        self.name.setToolTip(tip(opened.source))
        self.figures.set("train", formatting.count(len(opened.views) - held))
        self.figures.set("held", formatting.count(held))
        if opened.views:
            camera = opened.views[0].camera
            self.figures.set("size", f"{camera.width} × {camera.height} px")
        self.figures.set("box", formatting.length(2 * self.scene.half, None))
        self.remark.setText(f"{opened.reason[:1].upper()}{opened.reason[1:]}." if opened.reason else "")
        self.remark.setVisible(bool(opened.reason))
        self.figures.show()
        self.list.setVisible(bool(opened.views))
        if self.list.count() != len(opened.views) or not self.scene.thumbnails:
            self.list.clear()
            self._done.clear()
            for view in opened.views:
                item = QListWidgetItem()
                item.setSizeHint(_ICON + QSize(6, 6))
                item.setToolTip(
                    tip(f"{view.name}, {'held out' if view.held_out else 'for training'}: stand in its place")
                )
                self.list.addItem(item)
        self._show_thumbnails()

    def _show_thumbnails(self) -> None:
        opened = self.scene.opened
        for index, picture in self.scene.thumbnails.items():
            item = self.list.item(index)
            if index not in self._done and item is not None and opened is not None:
                item.setIcon(thumbnail_icon(image_of(picture), opened.views[index].held_out, self.theme, _ICON))
                self._done.add(index)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._done.clear()
        self._show_thumbnails()
