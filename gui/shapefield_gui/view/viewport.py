"""The 3D view: an ordinary widget that paints the render process's pictures and steers the camera.

While something moves, pictures are drawn at once and plainly; when it rests, one is drawn at twice the size and
averaged. Nothing is drawn while the widget is hidden.
"""

from __future__ import annotations

from dataclasses import replace
from operator import is_not

import numpy as np
from PyQt6.QtCore import QPoint, QPointF, QRectF, Qt, QVariantAnimation, pyqtSignal
from PyQt6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QWheelEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from shapefield_gui.children.messages import Draw, Frame, Pick, Picked, SetMesh
from shapefield_gui.models.camera import axes_of
from shapefield_gui.models.scene import ShapeScene
from shapefield_gui.theme import LIGHT, Theme
from shapefield_gui.timing import after
from shapefield_gui.view import overlay, steering
from shapefield_gui.view.focus import Focused
from shapefield_gui.view.marks import Marks
from shapefield_gui.view.rendering import NO_RENDERER, RenderClient

_REST_MS = 220
_FADE_MS = 200
_MOST_PIXELS = 9_000_000


class Viewport(Focused):
    """Shows a `ShapeScene`. slid(float): the slice was dragged, to there in the unit frame;  menu_wanted(QPoint)"""

    slid = pyqtSignal(float)
    menu_wanted = pyqtSignal(QPoint)

    def __init__(self, scene: ShapeScene, rendering: RenderClient, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.scene, self.rendering = scene, rendering
        self.theme: Theme = LIGHT
        self.progress: float | None = None
        self.frame: Frame | None = None
        self.image: QImage | None = None
        self._before: QImage | None = None
        self._drawn_meshes: list[SetMesh | None] = []
        self._dragged: QPoint | None = None
        self._pressed: QPoint | None = None
        self._on_border = False
        self._on_handle = False
        self.busy = False
        self.marks = Marks(scene)
        self._picks = 0
        self._pivot: int | None = None  # the pick that asks for another point to turn about
        self._rest = after(self, _REST_MS, self._at_rest)
        self._fade = QVariantAnimation(self)
        self._fade.setDuration(_FADE_MS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.valueChanged.connect(lambda _: self.update())
        self.setMinimumSize(240, 180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("3D view")
        self.setAccessibleDescription("Drag to turn, right-drag to move, wheel to zoom, click to read a point")
        scene.listen(self._changed)
        rendering.frame.connect(self._arrived)
        rendering.picked.connect(self._on_pick)
        rendering.state.connect(lambda _: self._changed("meshes"))

    # what is asked for

    @property
    def message(self) -> str:
        """What the view says where there is no picture."""
        if self.rendering.status == "absent":
            return NO_RENDERER
        return "Preparing the 3D view …" if self.image is None and self.scene.panes() else ""

    def show_plane(self, on: bool) -> None:
        """Whether the slice's outline is painted."""
        self.marks.plane_shown = on
        self.update()

    def set_progress(self, share: float | None) -> None:
        """Show a thin bar along the lower edge, 0..1; None hides it."""
        self.progress = share
        self.update(0, self.height() - 4, self.width(), 4)

    def picture(self, samples: int, width: int, height: int) -> Draw | None:
        """The request for the present scene at a size in device pixels, or None when there is nothing to show."""
        panes = self.scene.panes()
        if not panes or width < 8 or height < 8:
            return None
        look, error = self.scene.look, self.scene.shown_error
        mode = self.scene.drawn_mode
        aspect = (width / len(panes) if mode == "side" else width) / height
        return Draw(
            0,
            width,
            height,
            samples,
            look.camera.view(aspect),
            panes,
            mode,
            look.opacity if mode == "blend" else look.border,
            self.scene.shading,
            look.edges,
            error.top if error else 1.0,
            self.scene.map,
            look.heat.over,
        )

    def _at_rest(self) -> None:
        self._ask(2)

    def _ask(self, samples: int) -> None:
        if not self.isVisible():
            return
        ratio = self.devicePixelRatioF()
        if samples == 1 and ratio > 1:
            ratio = max(1.0, ratio / 2)
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        if width * height * samples * samples > _MOST_PIXELS:
            samples = 1
        draw = self.picture(samples, width, height)
        if draw is None:
            self.image = self.frame = None
            self.update()
        else:
            self.rendering.draw(draw)

    def _changed(self, what: str) -> None:
        if what == "meshes":
            self.rendering.set_meshes(self.scene.meshes)
            self.marks.picked = None
        self._ask(1)
        if not (self.busy and what == "meshes"):
            self._rest.start()  # previews come often while a fit runs, and it needs the processor more
        self.update()

    def _arrived(self, image: QImage, frame: Frame) -> None:
        meshes = [self.scene.meshes.get(k) for k in frame.draw.panes]
        changed = len(meshes) != len(self._drawn_meshes) or any(map(is_not, meshes, self._drawn_meshes))
        fresh = self.frame is not None and changed and frame.draw.panes == self.frame.draw.panes
        if fresh and self.image is not None:
            self._before = self.image
            self._fade.stop()
            self._fade.start()
        self.image, self.frame, self._drawn_meshes = image, frame, meshes
        self.marks.backs = frame.backs
        self.update()

    # events

    def showEvent(self, event: object) -> None:
        self._changed("look")

    def hideEvent(self, event: object) -> None:
        self._rest.stop()

    def resizeEvent(self, event: object) -> None:
        self._changed("look")

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        self._pressed = self._dragged = event.position().toPoint()
        self._on_border = self._near_border(event.position())
        self._on_handle = self._near_handle(event.position())

    def _near_handle(self, at: QPointF) -> bool:
        return self.marks.handle is not None and (at - self.marks.handle).manhattanLength() < 14

    def _slide(self, right: float, up: float) -> None:
        """Move the slice along its axis as that axis lies in the picture."""
        plane, camera = self.scene.look.plane, self.scene.look.camera
        if plane is None:
            return
        x, y, _ = camera.axes()
        along = (x[plane[0]], y[plane[0]])
        length = along[0] ** 2 + along[1] ** 2
        moved = (right * along[0] + up * along[1]) / length if length > 0.02 else up
        self.slid.emit(min(max(plane[1] + moved * camera.half_height, -0.98), 0.98))

    def _near_border(self, at: QPointF) -> bool:
        is_split = self.scene.drawn_mode == "split"
        return is_split and abs(at.x() - self.width() * self.scene.look.border) < 8

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        if self._dragged is None:
            shape = Qt.CursorShape.ArrowCursor
            if self._near_border(event.position()):
                shape = Qt.CursorShape.SplitHCursor
            elif self._near_handle(event.position()):
                shape = Qt.CursorShape.SizeAllCursor
            self.setCursor(shape)
            return
        at = event.position().toPoint()
        right, up = steering.in_half_heights(QPointF(at - self._dragged), self.width(), self.height())
        self._dragged = at
        camera = self.scene.look.camera
        if self._on_handle:
            self._slide(right, up)
        elif self._on_border:
            self.scene.change(border=min(max(at.x() / self.width(), 0.02), 0.98))
        else:
            self.scene.change(camera=steering.dragged(camera, event, right, up))

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        assert event is not None
        pressed, self._pressed, self._dragged = self._pressed, None, None
        moved = (event.position().toPoint() - pressed).manhattanLength() if pressed is not None else 99
        if moved >= 4 or self._on_border or self._on_handle:
            return
        if event.button() == Qt.MouseButton.RightButton:
            self.menu_wanted.emit(event.globalPosition().toPoint())
        elif event.button() == Qt.MouseButton.LeftButton and not self._turned_along(event.position()):
            self._pick(event.position())

    def _turned_along(self, at: QPointF) -> bool:
        """A letter of the tripod was clicked."""
        shown = self.frame.draw.view if self.frame is not None else None
        axis = overlay.axis_at(QRectF(self.rect()), axes_of(shown), at) if shown is not None else None
        if axis is not None:
            self.scene.change(camera=self.scene.look.camera.along(axis))
        return axis is not None

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """What lies under the pointer is turned about from now on."""
        assert event is not None
        if event.button() == Qt.MouseButton.LeftButton:
            self._pick(event.position())
            self._pivot = self._picks

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        assert event is not None
        factor = 1.0015 ** event.angleDelta().y()
        x, y, _, aspect = self._in_pane(event.position())
        camera = self.scene.look.camera
        half = 1.0 / min(1.0, aspect)
        self.scene.change(camera=camera.zoomed(factor, (2 * x - 1) * aspect * half, (1 - 2 * y) * half))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        assert event is not None
        camera = steering.keyed(self.scene.look.camera, event)
        if camera is None:
            super().keyPressEvent(event)
        else:
            self.scene.change(camera=camera)

    # reading a point

    def _in_pane(self, at: QPointF) -> tuple[float, float, str, float]:
        """Place inside the pane under the pointer (0..1 from its top left), the pane's key, and its aspect."""
        panes = self.scene.panes() or ("original",)
        x, y = at.x() / self.width(), at.y() / self.height()
        mode = self.scene.drawn_mode
        if mode == "side":
            n = min(int(x * len(panes)), len(panes) - 1)
            return x * len(panes) - n, y, panes[n], self.width() / len(panes) / self.height()
        second = mode == "blend" or (mode == "split" and x > self.scene.look.border)
        return x, y, panes[-1] if second else panes[0], self.width() / self.height()

    def _pick(self, at: QPointF) -> None:
        if not self.scene.panes():
            return
        x, y, key, aspect = self._in_pane(at)
        self._picks += 1
        self.rendering.pick(Pick(self._picks, key, x, y, aspect, self.scene.look.camera.view(aspect)))

    def read(self, point: np.ndarray) -> None:
        """Mark the vertex of the fitted surface that lies there, and tell its error; (3,) unit frame."""
        mesh = self.scene.meshes["fitted"]
        at = int(np.linalg.norm(mesh.vertices - point, axis=1).argmin())
        error = None if mesh.error is None else float(mesh.error[at])
        x, y, z = (float(c) for c in mesh.vertices[at])
        self._on_pick(Picked(0, (x, y, z), error, "fitted"))

    def _on_pick(self, picked: Picked) -> None:
        if picked.point is not None and picked.number == self._pivot:
            self._pivot = None
            self.scene.change(camera=self.scene.look.camera.about(picked.point))
        self.marks.picked = picked if picked.point is not None else None
        self.update()

    # painting

    def paintEvent(self, event: object) -> None:
        p = QPainter(self)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rect = QRectF(self.rect())
        overlay.background(p, rect, self.theme)
        if self.image is not None and self.frame is not None and self.rendering.status != "absent":
            fading = self._fade.state() == QVariantAnimation.State.Running and self._before is not None
            if fading and self._before is not None:
                p.drawImage(rect, self._before)
                p.setOpacity(float(self._fade.currentValue()))
            p.drawImage(rect, self.image)
            p.setOpacity(1.0)
            self.marks.paint(p, rect, self.theme, self.frame.draw)
        elif self.message:
            overlay.message(p, rect, self.message, self.theme)
        if self.progress is not None:
            p.fillRect(QRectF(0, rect.bottom() - 3, rect.width() * self.progress, 3), QColor(self.theme.accent))
        self.paint_focus(p, self.theme)

    def compose(self, p: QPainter, image: QImage, drawn: Draw) -> None:
        """Paint background, the picture that was drawn, and its marks, for a picture that leaves the window."""
        rect = QRectF(self.rect())
        overlay.background(p, rect, self.theme)
        p.drawImage(rect, image)
        self.marks.paint(p, rect, self.theme, drawn)

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()

    def look(self, name: str) -> None:
        """Turn to a preset, or "fit" the whole scene into the picture."""
        camera = self.scene.look.camera
        self.scene.change(camera=camera.fitted() if name == "fit" else camera.preset(name))

    def toggle(self, what: str) -> None:
        """Flip "edges", "orthographic" or "z_up"."""
        look = self.scene.look
        if what == "edges":
            self.scene.change(edges=not look.edges)
        else:
            self.scene.change(camera=replace(look.camera, **{what: not getattr(look.camera, what)}))
