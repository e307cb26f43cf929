"""What can be undone and done again, one step at a time. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shapefield_gui.models.observable import Observable

_MOST = 100


@dataclass
class Step:
    """what : as a menu says it;  keys : what it changed, so that a drag of one control is one step"""

    what: str
    keys: frozenset[str]
    undo: Callable[[], None]
    redo: Callable[[], None]


class UndoList(Observable[[]]):
    """Steps in the order in which they were taken."""

    def __init__(self) -> None:
        super().__init__()
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self.moving = False

    def clear(self) -> None:
        """Another file: what was done before is of the one before."""
        self._done, self._undone = [], []
        self.tell()

    def push(self, step: Step) -> None:
        """A step was taken; one that changes the same as the last one goes on with it."""
        if self.moving:
            return
        last = self._done[-1] if self._done else None
        if step.keys and last is not None and (last.what, last.keys) == (step.what, step.keys) and not self._undone:
            last.redo = step.redo
        else:
            self._done = [*self._done, step][-_MOST:]
        self._undone = []
        self.tell()

    @property
    def next_undo(self) -> str:
        """What `undo` takes back, "" for nothing."""
        return self._done[-1].what if self._done else ""

    @property
    def next_redo(self) -> str:
        return self._undone[-1].what if self._undone else ""

    def undo(self) -> None:
        self._move(self._done, self._undone, "undo")

    def redo(self) -> None:
        self._move(self._undone, self._done, "redo")

    def _move(self, source: list[Step], target: list[Step], way: str) -> None:
        if source:
            step = source.pop()
            self.moving = True
            try:
                getattr(step, way)()
            finally:
                self.moving = False
            target.append(step)
            self.tell()


class Watched:
    """Something with a state that a person edits: every change of it becomes a step."""

    def __init__(
        self, what: str, steps: UndoList, read: Callable[[], dict[str, Any]], restore: Callable[[dict[str, Any]], None]
    ) -> None:
        self.what, self._steps, self._read, self._restore = what, steps, read, restore
        self._before = read()

    def settle(self) -> None:
        """What holds now was set by nobody: the next change is told from here."""
        self._before = self._read()

    def edited(self) -> None:
        """It may have changed."""
        before, now = self._before, self._read()
        self._before = now
        keys = frozenset(k for k in {*before, *now} if before.get(k) != now.get(k))
        if keys:
            self._steps.push(Step(self.what, keys, lambda: self._restore(before), lambda: self._restore(now)))
