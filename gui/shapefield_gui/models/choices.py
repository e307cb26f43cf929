"""Choices that a panel edits and a job is made from; who listens is told of every change."""

from __future__ import annotations

from typing import Any

from shapefield_gui.models.observable import Observable


class Choices(Observable[[]]):
    """Base of the plans. changed : the advanced options that were set, by name

    A plan says of its Advanced section which dataclasses it shows (`groups`), what holds where nothing was set
    (`default`), and which fields have no control there (`leave_out`).
    """

    def __init__(self) -> None:
        super().__init__()
        self.changed: dict[str, Any] = {}

    def override(self, name: str, value: Any) -> None:
        """Set an advanced option; None takes the default again."""
        if value is None:
            self.changed.pop(name, None)
        else:
            self.changed[name] = value
        self.tell()

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
