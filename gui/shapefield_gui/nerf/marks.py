"""What is painted into the free view beside the rendering: the dataset's cameras, the box, the crop box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QTransform

from shapefield.nerf.cameras import Camera, project
from shapefield_gui.images import image_of
from shapefield_gui.nerf.models.scene import NerfScene
from shapefield_gui.nerf.models.viewpoint import BOX_EDGES, box_corners, frustum
from shapefield_gui.theme import Theme

_PICTURE = 40
"""Pixels along a frustum's picture."""
_NEAREST = 1e-3
"""Points nearer to the eye than this share of the scene's reach are not drawn."""


@dataclass(frozen=True, slots=True, eq=False)
class Frustum:
    """A camera as it lies in the view. quad : its picture's corners;  eye : its centre;  depth : of the picture"""

    index: int
    quad: QPolygonF
    eye: QPointF
    depth: float
    held_out: bool


def frusta(scene: NerfScene, camera: Camera) -> list[Frustum]:
    """All cameras of the dataset that lie before the eye, the farthest first."""
    if scene.opened is None or scene.room is None or not scene.opened.views:
        return []
    views, length = scene.opened.views, _length(scene)
    points = np.stack([frustum(v.camera, length) for v in views])
    xy, depth = project(camera, points.reshape(-1, 3))
    xy, depth = xy.reshape(-1, 5, 2), depth.reshape(-1, 5)
    found = []
    for k, view in enumerate(views):
        if depth[k].min() > 0.05 / scene.room.scale:
            quad = QPolygonF([QPointF(x, y) for x, y in xy[k, 1:]])
            found.append(Frustum(k, quad, QPointF(*xy[k, 0]), float(depth[k].mean()), view.held_out))
    return sorted(found, key=lambda f: -f.depth)


def _length(scene: NerfScene) -> float:
    """Of a drawn frustum, world units: large enough to see, small enough to leave its neighbours room."""
    assert scene.opened is not None and scene.room is not None
    positions = np.array([v.camera.position for v in scene.opened.views])
    spread = 1.0 / scene.room.scale
    return spread * float(np.clip(1.1 / np.sqrt(max(len(positions), 1)), 0.07, 0.22))


def paint_frusta(
    p: QPainter, many: list[Frustum], pictures: dict[int, QImage], hovered: int | None, theme: Theme, faint: bool
) -> None:
    """Each with its picture in its place; held-out ones are dashed, and in the second colour.

    faint : outlines only, for those that stand between the eye and what is rendered
    """
    for f in many:
        is_hovered = f.index == hovered
        color = QColor(theme.second_curve if f.held_out else theme.first_curve)
        color.setAlpha(90 if faint and not is_hovered else 255)
        if not faint or is_hovered:
            _paint_picture(p, f, pictures.get(f.index), theme)
        style = Qt.PenStyle.DashLine if f.held_out else Qt.PenStyle.SolidLine
        p.setPen(QPen(color, 2.6 if is_hovered else 1.1, style))
        p.setBrush(Qt.BrushStyle.NoBrush)
        p.drawPolygon(f.quad)
        color.setAlpha(50 if faint and not is_hovered else 150)
        p.setPen(QPen(color, 1.4 if is_hovered else 0.8))
        for corner in range(4):
            p.drawLine(f.eye, f.quad.at(corner))


def _paint_picture(p: QPainter, f: Frustum, picture: QImage | None, theme: Theme) -> None:
    plate = QColor(theme.surface)
    plate.setAlpha(190)
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(plate)
    p.drawPolygon(f.quad)
    if picture is None:
        return
    transform = QTransform()
    w, h = picture.width(), picture.height()
    rect = QPolygonF([QPointF(0, 0), QPointF(w, 0), QPointF(w, h), QPointF(0, h)])
    if QTransform.quadToQuad(rect, f.quad, transform):
        p.save()
        p.setTransform(transform, True)
        p.drawImage(QPointF(0, 0), picture)
        p.restore()


def frustum_at(many: list[Frustum], at: QPointF) -> int | None:
    """The nearest camera whose picture or centre lies under a point."""
    for f in reversed(many):
        near = (f.eye - at).manhattanLength() < 8
        if near or f.quad.containsPoint(at, Qt.FillRule.OddEvenFill):
            return f.index
    return None


def paint_box(
    p: QPainter, camera: Camera, low: np.ndarray, high: np.ndarray, color: QColor, width: float, near: bool
) -> None:
    """The edges of a box; near : only those before its middle, which go over the rendering"""
    corners = box_corners(low, high)
    xy, depth = project(camera, corners)
    middle = float(project(camera, ((low + high) / 2)[None])[1][0])
    p.setPen(QPen(color, width))
    for a, b in BOX_EDGES:
        if min(depth[a], depth[b]) > _NEAREST and ((depth[a] + depth[b]) / 2 < middle) == near:
            p.drawLine(QPointF(*xy[a]), QPointF(*xy[b]))


@dataclass(frozen=True, slots=True, eq=False)
class Handle:
    """Where a face of the crop box can be dragged. way : pixels that a world unit along its axis moves it by"""

    axis: int
    high: bool
    at: QPointF
    way: QPointF


def handles(camera: Camera, low: np.ndarray, high: np.ndarray) -> list[Handle]:
    """The six faces' handles, in the middle of each face."""
    found = []
    middle = (low + high) / 2
    for axis in range(3):
        for is_high in (False, True):
            point = middle.copy()
            point[axis] = high[axis] if is_high else low[axis]
            step = np.zeros(3)
            step[axis] = 1e-3 * float((high - low).max())
            xy, depth = project(camera, np.stack([point, point + step]))
            if depth.min() > _NEAREST:
                way = (xy[1] - xy[0]) / step[axis]
                found.append(Handle(axis, is_high, QPointF(*xy[0]), QPointF(*way)))
    return found


def paint_handles(p: QPainter, many: list[Handle], hovered: tuple[int, bool] | None, theme: Theme) -> None:
    for h in many:
        radius = 7.0 if (h.axis, h.high) == hovered else 5.0
        p.setPen(QPen(QColor(theme.surface), 2))
        p.setBrush(QColor(theme.accent))
        p.drawEllipse(h.at, radius, radius)


def paint_frame(p: QPainter, rect: QRectF, frame: tuple[float, float, float, float], theme: Theme) -> None:
    """The edge of the picture whose place one stands in; what it does not show is dimmed."""
    inside = QRectF(*frame)
    shade = QColor(theme.ground)
    shade.setAlpha(120)
    for part in (
        QRectF(rect.left(), rect.top(), rect.width(), inside.top() - rect.top()),
        QRectF(rect.left(), inside.bottom(), rect.width(), rect.bottom() - inside.bottom()),
        QRectF(rect.left(), inside.top(), inside.left() - rect.left(), inside.height()),
        QRectF(inside.right(), inside.top(), rect.right() - inside.right(), inside.height()),
    ):
        p.fillRect(part, shade)
    p.setPen(QPen(QColor(theme.quiet), 1))
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.drawRect(inside.adjusted(0.5, 0.5, -0.5, -0.5))


def paint_path(p: QPainter, camera: Camera, positions: np.ndarray, keyframes: np.ndarray, theme: Theme) -> None:
    """The camera path (n, 3) as a line, its keyframes (k, 3) as numbered dots."""
    color = QColor(theme.good)
    xy, depth = project(camera, positions)
    p.setPen(QPen(color, 1.6))
    for k in range(len(xy) - 1):
        if min(depth[k], depth[k + 1]) > _NEAREST:
            p.drawLine(QPointF(*xy[k]), QPointF(*xy[k + 1]))
    if not len(keyframes):
        return
    xy, depth = project(camera, keyframes)
    for k, at in enumerate(xy):
        if depth[k] > _NEAREST:
            p.setPen(QPen(QColor(theme.surface), 1.5))
            p.setBrush(color)
            p.drawEllipse(QPointF(*at), 8, 8)
            p.drawText(QRectF(at[0] - 10, at[1] - 10, 20, 20), Qt.AlignmentFlag.AlignCenter, str(k + 1))


def small_image_of(picture: np.ndarray) -> QImage:
    """(h, w, 4) uint8 → an image for a frustum: drawn at about its own size, so that it does not flicker."""
    size = QSize(_PICTURE, _PICTURE)
    return image_of(picture).scaled(
        size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
