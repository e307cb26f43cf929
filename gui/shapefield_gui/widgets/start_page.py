"""The empty state: drop something, open it, go back to a recent one, or try a sample."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtGui import QIcon, QImage, QPixmap, QResizeEvent
from PyQt6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from shapefield_gui.theme import STEP
from shapefield_gui.widgets import thumbnails
from shapefield_gui.widgets.dock import quiet
from shapefield_gui.widgets.plain import PlainLabel, tip

_COLUMNS = {"samples": 3, "recent": 6}
_WIDEST = {"samples": 156, "recent": 120}
"""Logical pixels of a button."""
_ABOVE, _RECENT, _TITLE = 230, 120, 40
"""Logical pixels of what stands above the samples, of the recent files, and of a sample's title."""
_NARROW = 352
"""Logical pixels that the page needs at least: its buttons shrink to that."""


class StartPage(QWidget):
    """opened(path), browse()."""

    opened = pyqtSignal(str)
    browse = pyqtSignal()

    def __init__(self, title: str, formats: str) -> None:
        """title : what to do here;  formats : what is taken"""
        super().__init__()
        self._grids: dict[str, QGridLayout] = {}
        self._headings: dict[str, QLabel] = {}
        self._placed: dict[str, dict[str, QToolButton]] = {"samples": {}, "recent": {}}
        thumbnails.MADE.kept.connect(self._show_picture)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(STEP * 3, STEP * 2, STEP * 3, STEP * 2)
        self.drop = QFrame()
        self.drop.setObjectName("drop")
        column = QVBoxLayout(self.drop)
        column.setSpacing(STEP)
        column.setContentsMargins(STEP * 2, STEP * 2, STEP * 2, STEP * 2)
        heading = PlainLabel(title)
        heading.setObjectName("heading")
        heading.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        taken = quiet(formats)
        taken.setWordWrap(True)
        taken.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        button = QPushButton("Open …")
        button.setObjectName("primary")
        button.setToolTip("Ctrl+O")
        button.clicked.connect(self.browse)
        column.addStretch(2)
        column.addWidget(heading)
        column.addWidget(taken)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(STEP * 2)
        self._column = column
        for name in ("samples", "recent"):
            above = quiet({"samples": "Or try a sample", "recent": "Recent"}[name])
            above.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            above.hide()
            column.addWidget(above)
            box = QWidget()
            self._grids[name] = QGridLayout(box)
            self._grids[name].setSpacing(STEP)
            column.addWidget(box, 0, Qt.AlignmentFlag.AlignHCenter)
            self._headings[name] = above
        column.addStretch(3)
        outer.addWidget(self.drop)

    def add_below(self, widget: QWidget) -> None:
        """Put a widget under the samples and the recent files."""
        widget.setMaximumWidth(3 * 156 + 2 * STEP)
        self._column.insertWidget(self._column.count() - 1, widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def set_over(self, over: bool) -> None:
        """Show that what is dragged would be taken."""
        self.drop.setProperty("over", "true" if over else "false")
        style = self.drop.style()
        if style is not None:
            style.polish(self.drop)

    def show_files(self, kind: str, files: list[tuple[str, str]]) -> None:
        """Fill "samples" or "recent" with (title, path)."""
        grid = self._grids[kind]
        while (item := grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._headings[kind].setVisible(bool(files))
        self._placed[kind] = {}
        for title, path in files:
            button = QToolButton()
            button.setText(title)
            button.setIconSize(QSize(72, 48))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setToolTip(tip(path))
            button.setAccessibleName(f"Open {Path(path).name}")
            button.clicked.connect(lambda _, p=path: self.opened.emit(p))
            self._placed[kind][path] = button
            button.setIcon(thumbnails.icon(path))
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(_NARROW, 240)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Samples as large as the room allows, recent files as many in a row."""
        room = self.width() - 10 * STEP
        third = (room - 2 * STEP) // _COLUMNS["samples"]
        for kind, buttons in self._placed.items():
            wide = min(_WIDEST[kind], max(third, 64))
            columns = max(1, min(_COLUMNS[kind], (room + STEP) // (wide + STEP)))
            for k, button in enumerate(buttons.values()):
                button.setFixedWidth(wide)
                if kind == "samples":
                    button.setIconSize(thumbnails.SIZE * min(wide / _WIDEST[kind], self._tall))
                self._grids[kind].addWidget(button, k // columns, k % columns)

    @property
    def _tall(self) -> float:
        """Share of their height that the samples' pictures have room for, so that no title is cut."""
        rows = -(-len(self._placed["samples"]) // _COLUMNS["samples"]) or 1
        rest = _ABOVE + (_RECENT if self._placed["recent"] else 0)
        return min(max((self.height() - rest) / rows - _TITLE, 32) / thumbnails.SIZE.height(), 1.0)

    def _show_picture(self, path: str, picture: QImage) -> None:
        for buttons in self._placed.values():
            if path in buttons:
                buttons[path].setIcon(QIcon(QPixmap.fromImage(picture)))
