"""One job of the tab beside training: what it does, how far it is, how long it takes, and how to stop it."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from shapefield.events import Progress, Stage
from shapefield_gui.children.engine import STOP
from shapefield_gui.engine import EngineTask
from shapefield_gui.models import formatting
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import tabular, wrapping

_WIDTH = 200
"""Logical pixels: narrower than any dock, so that no text can widen one."""


VERBS = {
    "features": "Looking for features in picture",
    "matches": "Comparing pair",
    "cameras": "Placing picture",
}
"""What a stage does that is not what the task was begun for."""


class TaskLine(QWidget):
    """Hidden until a task is followed; hides itself at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.task: EngineTask | None = None
        self._verb, self._counted = "", True
        self.setMinimumWidth(_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP // 2)
        self.text = wrapping("", "quiet")
        self.text.setFont(tabular(self.text.font()))
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.stop)
        row = QHBoxLayout()
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        column.addWidget(self.text)
        column.addLayout(row)
        self.hide()

    def follow(self, task: EngineTask, verb: str, counted: bool = True) -> None:
        """Show a task from now on.

        verb : what it does, such as "Rendering";  counted : whether its units say something to the user
        """
        self.task, self._verb, self._counted = task, verb, counted
        self.text.setText(f"{verb} …")
        self.bar.setRange(0, 0)
        task.said.connect(self._said)
        task.ended.connect(lambda: self._ended(task))
        self.show()

    def stop(self) -> None:
        """Abandon the task; a file that was begun is removed."""
        if self.task is not None:
            self.task.tell(STOP)

    def _said(self, event: object) -> None:
        if isinstance(event, Stage):
            self._verb = VERBS.get(event.name, self._verb)
            self.text.setText(f"{self._verb} …")
            self.bar.setRange(0, 0)
        elif isinstance(event, Progress) and event.total:
            self.bar.setRange(0, 1000)
            self.bar.setValue(round(1000 * min(event.done / event.total, 1.0)))
            at = min(int(event.done) + 1, int(event.total))
            far = f"{formatting.count(at)} of {formatting.count(event.total)}"
            parts = [f"{self._verb} {far if self._counted else f'{100 * event.done / event.total:.0f} %'}"]
            if event.eta is not None:
                parts.append(f"{formatting.seconds(event.eta)} to go")
            self.text.setText("  ·  ".join(parts))

    def _ended(self, task: EngineTask) -> None:
        if task is self.task:
            self.task = None
            self.hide()
