"""Text of strangers on the screen: shown letter by letter, never taken for HTML (which Qt else guesses)."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel

from shapefield.escaping import escaped


class PlainLabel(QLabel):
    """A label that shows its text as it is; who means HTML says so, and escapes what came from elsewhere."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


def tip(text: str) -> str:
    """The text for a tooltip, which has no such switch: what Qt would take for HTML is escaped."""
    if "<" not in text:  # without a tag it is plain to Qt too
        return text
    return f"<qt>{'<br>'.join(map(escaped, text.splitlines()))}</qt>"
