"""Controls made from config dataclasses: a row for every field, with its unit, range, help, and default as a hint."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from PyQt6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QWidget

from shapefield.config import check
from shapefield.errors import UsageError
from shapefield.lengths import Length, parse_length
from shapefield_gui.models import formatting
from shapefield_gui.theme import STEP
from shapefield_gui.widgets.dock import quiet, wrapping
from shapefield_gui.widgets.plain import PlainLabel

_NAMES = 104
_UNITS = 32
"""Logical pixels for the names and for the units, the same in every form: forms below each other are aligned."""

_CHOSEN = "automatic"
"""Where nothing is set, and the program chooses."""

Change = Callable[[str, Any], None]


class OptionsForm(QWidget):
    """One dataclass. `changed(name, value)` is called with a checked value, or None for the default."""

    def __init__(
        self, title: str, kind: type[Any], default: Callable[[str], Any], leave_out: set[str], changed: Change
    ) -> None:
        super().__init__()
        self._kind, self._default, self._changed = kind, default, changed
        self._hints = get_type_hints(kind)
        self.edits: dict[str, QWidget] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, STEP)
        self._grid.setVerticalSpacing(STEP // 2)
        self._grid.setColumnMinimumWidth(0, _NAMES)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(2, _UNITS)
        heading = PlainLabel(title)
        heading.setStyleSheet("font-weight: 600")
        self._grid.addWidget(heading, 0, 0, 1, 3)
        self.trouble = wrapping("", "bad")
        self.trouble.hide()
        for field in dataclasses.fields(kind):
            if field.name not in leave_out:
                self._row(field)
        self._grid.addWidget(self.trouble, self._grid.rowCount(), 0, 1, 3)

    def _row(self, field: dataclasses.Field[Any]) -> None:
        name = quiet(field.name.strip("_").replace("_", " "))
        edit = self._edit(field)
        unit = quiet(field.metadata.get("unit", ""))
        tip = help_of(field)
        for widget in (name, edit):
            widget.setToolTip(tip)
        edit.setAccessibleName(field.name.strip("_").replace("_", " "))
        edit.setAccessibleDescription(tip)
        name.setBuddy(edit)
        at = self._grid.rowCount()
        self._grid.addWidget(name, at, 0)
        self._grid.addWidget(edit, at, 1)
        self._grid.addWidget(unit, at, 2)
        self.edits[field.name] = edit

    def _edit(self, field: dataclasses.Field[Any]) -> QWidget:
        name, default = field.name, self._default(field.name)
        if isinstance(default, bool):
            box = QCheckBox()
            box.setChecked(default)
            box.toggled.connect(lambda on, n=name, d=default: self._changed(n, None if on == d else on))
            return box
        choices = field.metadata.get("choices")
        if choices:
            combo = QComboBox()
            combo.setMinimumContentsLength(6)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            if default is None:
                combo.addItem(_CHOSEN, None)
            for choice in choices:
                combo.addItem(choice, None if choice == default else choice)
            combo.setCurrentIndex(combo.findData(None))
            combo.currentIndexChanged.connect(lambda _, n=name, c=combo: self._changed(n, c.currentData()))
            return combo
        line = QLineEdit()
        line.setPlaceholderText(_CHOSEN if default is None else _spoken(default))
        line.editingFinished.connect(lambda n=name, e=line: self._parse(n, e))
        return line

    def _parse(self, name: str, line: QLineEdit) -> None:
        field = next(f for f in dataclasses.fields(self._kind) if f.name == name)
        text = line.text().strip().replace(",", ".")
        try:
            value = None if not text else _number(text, self._hints[name], name)
            if value is not None:
                check(name, value, field.metadata, self._hints[name])
        except UsageError as error:
            self.trouble.setText(f"{error}. {help_of(field)}")
            self.trouble.show()
            return
        self.trouble.hide()
        self._changed(name, value)


def help_of(field: dataclasses.Field[Any]) -> str:
    """The field's help and its permitted range."""
    low, high, unit = (field.metadata.get(k) for k in ("low", "high", "unit"))
    span = ""
    if low is not None and high is not None:
        span = f" From {low:g} to {high:g}"
    elif low is not None:
        span = f" At least {low:g}"
    text = str(field.metadata.get("help", ""))
    return f"{text[:1].upper()}{text[1:]}.{span}{' ' + unit if span and unit else ''}{'.' if span else ''}"


def _number(text: str, hint: Any, name: str) -> Any:
    kinds = [k for k in (get_args(hint) or (hint,)) if k is not type(None)]
    if Length in kinds:
        return parse_length(text, name)
    for kind in kinds:
        if kind in (int, float):
            try:
                return kind(text)
            except ValueError:
                continue
    if str in kinds:
        return text
    raise UsageError(f"{name.replace('_', ' ')}: expected a number, got {text!r}")


def _spoken(value: Any) -> str:
    if isinstance(value, int):
        return formatting.count(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
