"""What went in: the file, its size, and what the mesh doctor says about it."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from shapefield.lengths import METRES
from shapefield_gui.children.records import Examined, Mending, Opened
from shapefield_gui.models import formatting
from shapefield_gui.theme import ROW
from shapefield_gui.widgets.dock import Figures, Panel, quiet, wrapping
from shapefield_gui.widgets.plain import PlainLabel, tip


class InputPanel(Panel):
    """Name, counts, extent, whether it is closed, and the findings.

    flown(Mending) : one was clicked;  named(unit) : what the lengths are, for a file that does not say; or None
    """

    flown = pyqtSignal(object)
    named = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._unit: str | None = None
        self._extent: tuple[float, ...] = ()
        self.name = PlainLabel("No mesh yet")
        self.name.setObjectName("heading")
        self.add(self.name)
        self.figures = Figures()
        self.figures.row("faces", "Faces")
        self.figures.row("vertices", "Vertices")
        self.figures.row("extent", "Size", "width × height × depth of the bounding box, in the file's units")
        self.add(self.figures)
        self.units = QWidget()
        row = QHBoxLayout(self.units)
        row.setContentsMargins(0, 0, 0, 0)
        self.unit = QComboBox()
        self.unit.setAccessibleName("Unit")
        self.unit.addItem("not said", None)
        for name in METRES:
            self.unit.addItem(name, name)
        self.unit.activated.connect(lambda _: self.named.emit(self.unit.currentData()))
        row.addWidget(quiet("Unit of its lengths"))
        row.addStretch()
        row.addWidget(self.unit)
        self.add(self.units)
        self.verdict = wrapping("")
        self.findings = wrapping("", "quiet")
        self.add(self.verdict)
        self.add(self.findings)
        self.record = QListWidget()
        self.record.setAccessibleName("Repairs")
        self.record.setToolTip("Click one to fly to it")
        self.record.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.record.itemClicked.connect(lambda item: self.flown.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.record.itemActivated.connect(lambda item: self.flown.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.add(self.record)
        self.keep_open = QCheckBox("Repair leaves openings open")
        self.add(self.keep_open)
        self.column.addStretch()
        self.clear()

    def clear(self) -> None:
        self.name.setText("No mesh yet")
        self.figures.hide()
        self.units.hide()
        self.verdict.setText("Open a mesh, or drop one on the view.")
        self._name_verdict("quiet")
        for widget in (self.findings, self.record, self.keep_open):
            widget.hide()

    def _name_verdict(self, kind: str) -> None:
        self.verdict.setObjectName(kind)
        style = self.verdict.style()
        if style is not None:
            style.polish(self.verdict)

    def show_opened(self, opened: Opened) -> None:
        """The file is read; the doctor is still looking."""
        mesh = opened.mesh
        self._extent = opened.extent
        self.name.setText(Path(opened.path).name)
        self.name.setToolTip(tip(opened.path))
        self.figures.set("faces", formatting.count(len(mesh.faces)))
        self.figures.set("vertices", formatting.count(len(mesh.vertices)))
        self.show_unit(mesh.unit, mesh.unit is not None)
        self.figures.show()
        self.units.show()
        for widget in (self.findings, self.record, self.keep_open):
            widget.hide()
        self.keep_open.setChecked(False)
        self._name_verdict("quiet")
        self.verdict.setText("A field's surface." if opened.field else "Looking for what is wrong with it …")

    def show_unit(self, unit: str | None, own: bool) -> None:
        """What the lengths are. own : the file says so itself, and nobody else may"""
        self._unit = unit
        self.unit.setCurrentIndex(max(0, self.unit.findData(unit)))
        self.unit.setEnabled(not own)
        self.unit.setToolTip("The file says so." if own else "The file does not say: name it, for every length here.")
        extent = " × ".join(formatting.significant(e) for e in self._extent)
        self.figures.set("extent", f"{extent} {unit or 'units'}")

    def show_examined(self, seen: Examined) -> None:
        """The doctor's answer: a verdict in words, then what was found and what will be done about it."""
        if seen.refused:
            self._name_verdict("bad")
            self.verdict.setText(f"✗  {seen.refused}")
        elif seen.figures.get("watertight"):
            self._name_verdict("good")
            self.verdict.setText("✓  Closed: it has an inside." if not seen.findings else "✓  Closed, with remarks:")
        else:
            self._name_verdict("warning")
            self.verdict.setText("△  Not closed; the inside is inferred.")
        said = (formatting.spaced(text) for text in (*seen.findings, *seen.plan))
        lines = [f"• {text[:1].upper()}{text[1:]}" for text in said]
        self.findings.setText("\n".join(lines))
        self.findings.setVisible(bool(lines))
        self._list(seen)

    def _list(self, seen: Examined) -> None:
        """Every repair, largest first of its kind, to be clicked."""
        self.record.clear()
        for one in seen.record:
            item = QListWidgetItem(spoken(one, self._unit))
            item.setToolTip(tip(item.text()))
            item.setData(Qt.ItemDataRole.UserRole, one)
            self.record.addItem(item)
        self.record.setFixedHeight(min(6, len(seen.record)) * ROW + 6)
        self.record.setVisible(bool(seen.record))
        self.keep_open.setVisible(any(one.opening for one in seen.record))

    def show_trouble(self, message: str) -> None:
        self._name_verdict("bad")
        self.verdict.setText(f"✗  {message}")


def spoken(one: Mending, unit: str | None) -> str:
    """One repair in a line: what, how large, and how many smaller ones are told only by their sums."""
    more = f", and {formatting.count(one.more)} smaller" if one.more else ""
    return f"{one.what[:1].upper()}{one.what[1:]}, {formatting.length(one.size, unit)} across{more}"
