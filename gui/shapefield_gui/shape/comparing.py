"""Fit the same mesh with several methods, one after another: a table, and the surfaces side by side in the view."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import (
    QDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from shapefield.config import FitConfig
from shapefield.errors import OutputError
from shapefield.events import Progress, Stage
from shapefield.methods import METHODS, Method
from shapefield.methods import method as method_named
from shapefield.settings import fit_config
from shapefield_gui import places
from shapefield_gui.children.engine import STOP
from shapefield_gui.children.records import Fitted
from shapefield_gui.engine import Task
from shapefield_gui.models import runs, words
from shapefield_gui.models.scene import reported, scale_of
from shapefield_gui.models.session import STAGES
from shapefield_gui.shape.workspace import Workspace
from shapefield_gui.theme import ROW
from shapefield_gui.widgets.dock import quiet, wrapping

_COLUMNS = ("Method", "Mean error", "95 % within", "Largest", "Normals", "Time", "File", "When to use it")
_MOST_PANES = 4
_RESOLUTION = 128


def when(method: Method) -> str:
    """When to use a method, as a sentence begins."""
    return f"{method.when[:1].upper()}{method.when[1:]}"


class CompareDialog(QDialog):
    """Beside the window, not over it: the view stays free."""

    def __init__(self, work: Workspace, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare methods")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.work = work
        self.task: Task | None = None
        self._queue: list[str] = []
        self.table = QTreeWidget()
        self.table.setHeaderLabels(list(_COLUMNS))
        if (head := self.table.headerItem()) is not None:
            for column in range(1, 7):
                head.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.table.setRootIsDecorated(False)
        self.table.setAccessibleName("Methods and their figures")
        self.rows: dict[str, QTreeWidgetItem] = {}
        for method in METHODS.values():
            row = QTreeWidgetItem([method.name])
            checked = method.name in ("hybrid", "hashgrid", "siren")
            row.setCheckState(0, Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
            row.setSizeHint(0, QSize(0, ROW))
            row.setToolTip(0, method.summary)
            row.setToolTip(7, when(method))
            row.setText(7, when(method))
            for column in range(1, 7):
                row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.addTopLevelItem(row)
            self.rows[method.name] = row
        for column, width in enumerate((104, 88, 88, 88, 72, 64, 72)):
            self.table.setColumnWidth(column, width)
        self.budget = QDoubleSpinBox()
        self.budget.setRange(2.0, 3600.0)
        self.budget.setDecimals(0)
        self.budget.setValue(10.0)
        self.budget.setSuffix(" s each")
        self.budget.setAccessibleName("Seconds for each method")
        self.button = QPushButton("Compare")
        self.button.setObjectName("primary")
        self.button.clicked.connect(self._toggle)
        foot = QHBoxLayout()
        foot.addWidget(quiet("Budget"))
        foot.addWidget(self.budget)
        foot.addStretch()
        foot.addWidget(self.button)
        column = QVBoxLayout(self)
        note = (
            f"The same mesh, the same time, surfaces at {_RESOLUTION}³. The first four appear side by side in the view."
        )
        column.addWidget(wrapping(note, "quiet"))
        column.addWidget(self.table)
        column.addLayout(foot)
        self.resize(1160, 450)

    def _toggle(self) -> None:
        if self.task is not None:
            self._queue = []
            self.task.tell(STOP)
            return
        chosen = [n for n, row in self.rows.items() if row.checkState(0) == Qt.CheckState.Checked]
        if not chosen:
            self.work.complain("Choose at least one method to compare.")
            return
        for key in self.work.scene.compared:
            self.work.scene.drop(key)
        self.work.scene.compared = ()
        self._queue = chosen
        self.button.setText("Stop")
        self._next()

    def _next(self) -> None:
        work = self.work
        if not self._queue or work.reference is None:
            self.button.setText("Compare")
            return
        name = self._queue.pop(0)
        config = self.config(name)
        try:
            run = runs.begin(places.runs(), work.reference, {"method": name, "compared": True})
        except OutputError as error:
            work.complain(str(error))
            return
        work.hold(run)
        row = self.rows[name]
        task = self.task = work.fitter.run("fit", path=run.path, field=str(run.field), config=config, previews=0.0)
        task.said.connect(lambda event: self._progress(row, event))
        task.done.connect(lambda fitted: self._done(name, fitted))
        task.failed.connect(lambda message, _: row.setText(7, message))
        task.stopped.connect(lambda _: row.setText(7, "stopped"))
        task.stopped.connect(lambda _: work.forget(run, "Stopped."))
        task.ended.connect(self._ended)

    def config(self, name: str) -> FitConfig:
        """What a method is fitted with: the same for all."""
        return fit_config(method=name, budget=self.budget.value(), resolution=_RESOLUTION, checkpoint_every=0.0)

    def _progress(self, row: QTreeWidgetItem, event: Any) -> None:
        if isinstance(event, Stage):
            row.setText(7, STAGES.get(event.name, event.name))
        elif isinstance(event, Progress) and event.total:
            row.setText(7, f"{STAGES.get(event.stage, event.stage)} {100 * event.done / event.total:.0f} %")

    def _done(self, name: str, fitted: Fitted) -> None:
        work, report = self.work, fitted.report
        quality = report.get("quality") or {}
        lengths = quality.get("input") or {}
        texts = [words.length(lengths.get(k), work.unit) for k in ("mean", "p95", "max")]
        normals = quality.get("normal_consistency")
        texts += ["–" if normals is None else f"{normals:.4f}"]
        texts += [
            words.seconds((report.get("run") or {}).get("wall")),
            words.size(report.get("bytes")),
            when(method_named(name)),
        ]
        for column, text in enumerate(texts, 1):
            self.rows[name].setText(column, text)
        if len(work.scene.compared) < _MOST_PANES:
            work.scene.set_mesh(name, fitted.mesh.vertices, fitted.mesh.faces, fitted.mesh.colors, fitted.error)
            work.scene.compared = (*work.scene.compared, name)
            work.scene.error = work.scene.error or reported(report) or scale_of(fitted.error)
            work.scene.look = replace(work.scene.look, mode="original")
            work.scene.change(mode="side")

    def _ended(self) -> None:
        self.task = None
        self._next()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._queue = []
        if self.task is not None:
            self.task.tell(STOP)
        super().closeEvent(event)
