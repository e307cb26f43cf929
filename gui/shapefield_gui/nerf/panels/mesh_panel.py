"""The way to a mesh: the crop box in numbers, the resolution, and where the mesh goes."""

from __future__ import annotations

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QGridLayout, QPushButton, QSpinBox, QWidget

from shapefield.config import ExtractionConfig
from shapefield_gui.models import formatting
from shapefield_gui.nerf.models.scene import NerfScene
from shapefield_gui.nerf.panels.task_line import TaskLine
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import Panel, quiet, wrapping

RESOLUTIONS = (64, 96, 128, 192, 256, 384, 512)


class MeshPanel(Panel):
    """Edits the scene's crop box; `config()` is what an export takes."""

    def __init__(self, scene: NerfScene, exports: list[QAction], uncrop: QAction) -> None:
        """exports : mesh, points, to the Shape tab"""
        super().__init__()
        self.scene = scene
        self.edits: dict[tuple[int, bool], QDoubleSpinBox] = {}
        self.hint = wrapping("When a scene is trained: crop it here, and take it out as a coloured mesh.", "quiet")
        self.add(self.hint)
        self._crop_grid(uncrop)
        self._options()
        for action in exports:
            button = QPushButton(action.text().replace("&", ""))
            button.setToolTip(action.toolTip())
            button.clicked.connect(action.trigger)
            button.setEnabled(action.isEnabled())
            action.enabledChanged.connect(button.setEnabled)
            self.add(button)
        self.line = TaskLine()
        self.add(self.line)
        self.column.addStretch()
        scene.listen(self._changed)

    def _crop_grid(self, uncrop: QAction) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(STEP)
        grid.setVerticalSpacing(STEP // 2)
        for column, title in ((1, "from"), (2, "to")):
            grid.addWidget(quiet(title), 0, column)
        for axis, name in enumerate("xyz"):
            grid.addWidget(quiet(f"Crop {name}"), axis + 1, 0)
            for high in (False, True):
                edit = QDoubleSpinBox()
                edit.setKeyboardTracking(False)
                edit.setAccessibleName(f"Crop {name} {'to' if high else 'from'}")
                edit.setToolTip("In the dataset's units; or drag the dots in the view.")
                edit.valueChanged.connect(lambda v, a=axis, h=high: self.scene.set_crop(a, h, v))
                grid.addWidget(edit, axis + 1, 1 + high)
                self.edits[axis, high] = edit
        reset = QPushButton("Whole box")
        reset.setToolTip(uncrop.toolTip())
        reset.clicked.connect(uncrop.trigger)
        grid.addWidget(reset, 4, 1, 1, 2)
        self.crop = QWidget()
        self.crop.setLayout(grid)
        grid.setContentsMargins(0, 0, 0, 0)
        self.crop.hide()
        self.add(self.crop)

    def _options(self) -> None:
        self.resolution, self.faces = QComboBox(), QSpinBox()
        for r in RESOLUTIONS:
            self.resolution.addItem(f"{r}³ cells", r)
        self.resolution.setCurrentIndex(RESOLUTIONS.index(256))
        self.faces.setRange(0, 50_000_000)
        self.faces.setSingleStep(1000)
        self.faces.setSpecialValueText("all faces")
        self.faces.setSuffix(" faces")
        self.faces.setGroupSeparatorShown(True)
        self.faces.setToolTip("Simplify to at most this many triangles.")
        self.largest = QCheckBox("Keep only the largest part")
        grid = QGridLayout()
        grid.setHorizontalSpacing(STEP)
        grid.setVerticalSpacing(STEP)
        grid.setColumnStretch(1, 1)
        for row, (title, widget) in enumerate((("Resolution", self.resolution), ("At most", self.faces))):
            label = quiet(title)
            label.setBuddy(widget)
            widget.setAccessibleName(title)
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
        grid.addWidget(self.largest, 2, 0, 1, 2)
        self.column.addLayout(grid)

    def config(self) -> ExtractionConfig:
        """What is set here."""
        return ExtractionConfig(
            resolution=self.resolution.currentData(),
            faces=max(self.faces.value(), 4) if self.faces.value() else None,
            largest=self.largest.isChecked(),
            crop=self.scene.crop,
        )

    def _changed(self, what: str) -> None:
        if what not in ("scene", "crop"):
            return
        scene = self.scene
        self.crop.setVisible(scene.opened is not None)
        self.hint.setVisible(scene.trained is None)
        step = formatting.round_length(scene.half / 25)
        decimals = max(0, min(6, 1 - formatting.power_of_ten(step)))
        for (axis, high), edit in self.edits.items():
            edit.blockSignals(True)
            edit.setDecimals(decimals)
            edit.setSingleStep(step)
            edit.setRange(float(scene.center[axis] - scene.half), float(scene.center[axis] + scene.half))
            edit.setValue(float((scene.high if high else scene.low)[axis]))
            edit.blockSignals(False)
