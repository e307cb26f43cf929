"""The free view: an ordinary widget that paints the newest rendering, the cameras and the box, and steers."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PyQt6.QtWidgets import QSizePolicy, QToolTip

from shapefield.nerf.cameras import Camera, project
from shapefield_gui.images import image_of
from shapefield_gui.nerf import marks
from shapefield_gui.nerf.children.records import Looked
from shapefield_gui.nerf.layers import SceneLayers
from shapefield_gui.nerf.models.scene import NerfScene
from shapefield_gui.nerf.models.viewpoint import SceneViewpoint
from shapefield_gui.theme import LIGHT, Theme
from shapefield_gui.view import color_bar, overlay, steering
from shapefield_gui.view.focus import Focused


class FreeView(Focused):
    """Shows a `NerfScene`. resized() : another number of pixels;  shown(Looked) : a rendering was painted"""

    resized = pyqtSignal()
    shown = pyqtSignal(object)

    def __init__(self, scene: NerfScene) -> None:
        super().__init__()
        self.scene = scene
        self.theme: Theme = LIGHT
        self.progress: float | None = None
        self.hint = ""
        self.looked: Looked | None = None
        self.image: QImage | None = None
        self._from: SceneViewpoint | None = None
        self.path: np.ndarray | None = None
        self.crop_shown = False
        self._thumbnails: dict[int, QImage] = {}
        self._frusta: list[marks.Frustum] = []
        self._layers, self._version = SceneLayers(), 0
        self._handles: list[marks.Handle] = []
        self._hovered: int | None = None
        self._held: marks.Handle | None = None
        self._dragged: QPoint | None = None
        self._pressed: QPoint | None = None
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Free view of the scene")
        self.setAccessibleDescription("Drag to turn, right-drag to move, wheel to zoom, click a camera to stand in it")
        scene.listen(self._changed)

    # what is shown

    def _changed(self, what: str) -> None:
        if what == "thumbnails":
            for index, picture in self.scene.thumbnails.items():
                if index not in self._thumbnails:
                    self._thumbnails[index] = marks.small_image_of(picture)
            for index in [k for k in self._thumbnails if k not in self.scene.thumbnails]:
                del self._thumbnails[index]
        elif what == "scene":
            if not self.scene.thumbnails:
                self._thumbnails.clear()
            if self.scene.trained is None and self.looked is not None:
                self.forget()
        self._repaint()

    def _repaint(self) -> None:
        """The marks are others: paint them anew."""
        self._version += 1
        self.update()

    def forget(self) -> None:
        """Nothing is rendered any more."""
        self.image = self.looked = self._from = None
        self.update()

    def take(self, looked: Looked, stand: SceneViewpoint) -> None:
        """A rendering has arrived, of what is seen from there."""
        self.looked, self.image, self._from = looked, image_of(looked.picture, premultiplied=True), stand
        self.update()
        self.shown.emit(looked)

    def set_progress(self, share: float | None) -> None:
        """Show a thin bar along the lower edge, 0..1; None hides it."""
        self.progress = share
        self.update(0, self.height() - 4, self.width(), 4)

    def set_hint(self, text: str) -> None:
        """A line at the top that says what is going on."""
        if text != self.hint:
            self.hint = text
            self.update()

    def set_path(self, positions: np.ndarray | None) -> None:
        """The camera path (n, 3), world units."""
        self.path = positions
        self.update()

    def show_crop(self, on: bool) -> None:
        """Whether the crop box and its handles are drawn."""
        self.crop_shown = on
        self._repaint()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self._repaint()

    def camera(self, width: int | None = None, height: int | None = None) -> Camera | None:
        """Where one stands, for a picture of that size; of the widget's own in logical pixels if not given."""
        room = self.scene.room
        if room is None:
            return None
        return self.scene.stand.camera(room, width or max(self.width(), 8), height or max(self.height(), 8))

    # events

    def resizeEvent(self, event: object) -> None:
        self.resized.emit()

    def showEvent(self, event: object) -> None:
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        self._pressed = self._dragged = event.position().toPoint()
        self._held = self._handle_at(event.position())

    def _handle_at(self, at: QPointF) -> marks.Handle | None:
        return next((h for h in self._handles if (h.at - at).manhattanLength() < 12), None)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        if self._dragged is None:
            self._hover(event.position())
            return
        at = event.position().toPoint()
        moved, self._dragged = QPointF(at - self._dragged), at
        if self._held is not None:
            self._drag_face(self._held, moved)
            return
        far = self._pressed is None or (at - self._pressed).manhattanLength() >= 4
        room = self.scene.room
        if room is not None and (far or self.scene.stand.view is None):
            free = self.scene.stand.freed(room)
            right, up = steering.in_half_heights(moved, self.width(), self.height())
            self.scene.move(SceneViewpoint(steering.dragged(free.orbit, event, right, up)))

    def _drag_face(self, handle: marks.Handle, moved: QPointF) -> None:
        length = handle.way.x() ** 2 + handle.way.y() ** 2
        if length < 1e-9:
            return
        along = (moved.x() * handle.way.x() + moved.y() * handle.way.y()) / length
        face = self.scene.high if handle.high else self.scene.low
        self.scene.set_crop(handle.axis, handle.high, float(face[handle.axis]) + along)

    def _hover(self, at: QPointF) -> None:
        handle = self._handle_at(at)
        index = None if handle is not None else marks.frustum_at(self._frusta, at)
        if index != self._hovered:
            self._hovered = index
            opened = self.scene.opened
            if index is not None and opened is not None:
                view = opened.views[index]
                text = f"{view.name}{' (held out)' if view.held_out else ''}: click to stand here"
                QToolTip.showText(self.mapToGlobal(at.toPoint()), text, self)
            self._repaint()
        pointing = index is not None or handle is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if pointing else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        pressed, self._pressed, self._dragged = self._pressed, None, None
        held, self._held = self._held, None
        still = pressed is not None and (event.position().toPoint() - pressed).manhattanLength() < 4
        if still and held is None and event.button() == Qt.MouseButton.LeftButton:
            index = marks.frustum_at(self._frusta, event.position())
            if index is not None:
                self.scene.stand_in(index)

    def leaveEvent(self, event: object) -> None:
        if self._hovered is not None:
            self._hovered = None
            self._repaint()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        assert event is not None
        room = self.scene.room
        if room is None:
            return
        free = self.scene.stand.freed(room)
        aspect, half = self.width() / max(self.height(), 1), 1.0 / min(1.0, self.width() / max(self.height(), 1))
        x, y = event.position().x() / self.width(), event.position().y() / self.height()
        factor = 1.0015 ** event.angleDelta().y()
        orbit = free.orbit.zoomed(factor, (2 * x - 1) * aspect * half, (1 - 2 * y) * half)
        self.scene.move(replace(free, orbit=orbit))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        assert event is not None
        room = self.scene.room
        orbit = steering.keyed(self.scene.stand.freed(room).orbit, event) if room is not None else None
        if orbit is None:
            super().keyPressEvent(event)
        else:
            self.scene.move(SceneViewpoint(orbit))

    # painting

    def paintEvent(self, event: object) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.compose(p)
        if self.progress is not None:
            rect = QRectF(self.rect())
            p.fillRect(QRectF(0, rect.bottom() - 3, rect.width() * self.progress, 3), QColor(self.theme.accent))
        self.paint_focus(p, self.theme)

    def compose(self, p: QPainter) -> None:
        """Paint everything but what belongs to the window: background, marks behind, rendering, marks before."""
        rect, scene, room = QRectF(self.rect()), self.scene, self.scene.room
        if room is None:
            overlay.background(p, rect, self.theme)
            self._frusta, self._handles = [], []
            return
        self._handles = []
        stand = self.pictured
        camera = stand.camera(room, max(self.width(), 8), max(self.height(), 8))
        standing = stand.view is not None
        middle = float(project(camera, scene.center[None])[1][0])
        of = (self._version, stand, self.image is None)
        paint = functools.partial(self._paint_marks, camera=camera, middle=middle)
        self._layers.refresh(of, self.size(), self.devicePixelRatioF(), paint)
        p.drawPixmap(rect.topLeft(), self._layers.behind)
        if self.image is not None:
            p.drawImage(rect, self.image)
        p.drawPixmap(rect.topLeft(), self._layers.before)
        if self.path is not None and not standing:
            keyframes = np.array([k.position for k in scene.keyframes]).reshape(-1, 3)
            marks.paint_path(p, camera, self.path, keyframes, self.theme)
        if self.crop_shown and not standing:
            self._handles = marks.handles(camera, scene.low, scene.high)
            held = self._held or self._handle_at(QPointF(self.mapFromGlobal(self.cursor().pos())))
            marks.paint_handles(p, self._handles, (held.axis, held.high) if held else None, self.theme)
        self._paint_words(p, rect, camera, middle)

    def _paint_marks(self, p: QPainter, before: bool, camera: Camera, middle: float) -> None:
        """Cameras and box edges of one side of the scene's middle, over the background where they lie behind."""
        if not before:
            overlay.background(p, QRectF(self.rect()), self.theme)
            shown = self.scene.cameras_shown and self.pictured.view is None
            self._frusta = marks.frusta(self.scene, camera) if shown else []
        self._paint_boxes(p, camera, near=before)
        mine = [f for f in self._frusta if (f.depth < middle) == before]
        faint = self.crop_shown or (before and self.image is not None)
        marks.paint_frusta(p, mine, self._thumbnails, self._hovered, self.theme, faint)

    @property
    def pictured(self) -> SceneViewpoint:
        """Where the rendering that is shown was seen from; without one, where one stands."""
        return self.scene.stand if self._from is None else self._from

    def _paint_boxes(self, p: QPainter, camera: Camera, near: bool) -> None:
        scene = self.scene
        if self.pictured.view is not None:
            return
        if scene.box_shown:
            color = QColor(self.theme.quiet)
            color.setAlpha(130)
            low, high = scene.center - scene.half, scene.center + scene.half
            marks.paint_box(p, camera, low, high, color, 1.0, near)
        if self.crop_shown:
            marks.paint_box(p, camera, scene.low, scene.high, QColor(self.theme.accent), 1.6, near)

    def _paint_words(self, p: QPainter, rect: QRectF, camera: Camera, middle: float) -> None:
        stand, theme = self.pictured, self.theme
        frame = stand.frame(rect.width(), rect.height())
        if frame is not None:
            marks.paint_frame(p, rect, frame, theme)
        overlay.tripod(p, rect, camera.pose[:3, :3].T, theme)
        if middle > 0 and frame is None:
            overlay.scale_bar(p, rect, camera.fx / middle, None, theme)
        view = stand.view
        text = self.hint
        if view is not None:
            place = f"In the place of {view.name}{', held out' if view.held_out else ''}"
            text = f"{place}  ·  {text}" if text else place
        if text:
            overlay.label(p, QPointF(10, 10), text, theme)
        if self.looked is not None and self.looked.span is not None:
            color_bar.standing(p, rect, "depth", color_bar.depth_marks(*self.looked.span), theme)
