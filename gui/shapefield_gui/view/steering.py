"""What the hand does to an orbit camera: drags, arrow keys, zoom keys."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QKeyEvent, QMouseEvent

from shapefield_gui.models.camera import ViewCamera


def in_half_heights(moved: QPointF, width: int, height: int) -> tuple[float, float]:
    """A pointer's movement in half heights of the picture, right and up."""
    half = max(min(height, width), 1) / 2
    return moved.x() / half, -moved.y() / half


def dragged(camera: ViewCamera, event: QMouseEvent, right: float, up: float) -> ViewCamera:
    """The left button turns; with Shift, and with the other buttons, the scene moves."""
    left = bool(event.buttons() & Qt.MouseButton.LeftButton)
    if left and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        return camera.orbited(right, -up)
    return camera.panned(right, up)


def keyed(camera: ViewCamera, event: QKeyEvent) -> ViewCamera | None:
    """Arrows turn (with Shift they move), + and - zoom; None for any other key."""
    key = Qt.Key
    turns = {key.Key_Left: (-1, 0), key.Key_Right: (1, 0), key.Key_Up: (0, 1), key.Key_Down: (0, -1)}
    if event.key() in turns:
        x, y = turns[Qt.Key(event.key())]
        pan = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        return camera.panned(-0.1 * x, -0.1 * y) if pan else camera.orbited(-0.1 * x, 0.1 * y)
    if event.key() in (key.Key_Plus, key.Key_Equal):
        return camera.zoomed(1.15)
    if event.key() == key.Key_Minus:
        return camera.zoomed(1 / 1.15)
    return None
