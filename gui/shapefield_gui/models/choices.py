"""Choices that a panel edits and a job is made from; who listens is told of every change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Choices:
    """Base of the plans. changed : the advanced options that were set, by name

    A plan says of its Advanced section which dataclasses it shows (`groups`), what holds where nothing was set
    (`default`), and which fields have no control there (`leave_out`).
    """

    def __init__(self) -> None:
        self.changed: dict[str, Any] = {}
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()

    def override(self, name: str, value: Any) -> None:
        """Set an advanced option; None takes the default again."""
        if value is None:
            self.changed.pop(name, None)
        else:
            self.changed[name] = value
        self._tell()

    @property
    def groups(self) -> list[tuple[str, type[Any]]]:
        """Advanced: title and dataclass of each group."""
        return []

    def default(self, group: type[Any], name: str) -> Any:
        """What holds for a group's field where nothing was set."""
        raise KeyError(name)

    def leave_out(self, group: type[Any]) -> set[str]:
        """Fields of a group without a control in Advanced."""
        return set()
