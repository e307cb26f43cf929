"""Open3D's hidden window as a source of buffers.

What shapes this file (seen with Open3D 0.20): a Visualizer cannot be resized, and after one was destroyed later ones
draw empty frames. So Visualizers are made in coarse sizes, kept for good, and the picture is cut from the middle.
A mesh stays uploaded in a Visualizer of its own: sending it again for every frame would cost more than drawing it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import open3d as o3d

from shapefield_gui.children.messages import Draw, SetMesh, Viewpoint
from shapefield_gui.children.normals import with_creases
from shapefield_gui.children.shading import heat, lines

_STEP = 192
_BOX = 2.0
"""Extent of the box that Open3D's zoom is relative to: the scene is the unit frame [-1, 1]^3."""

MOST_WINDOWS = 14
"""Beyond this many hidden windows the process is better started anew."""


_AWAY = 96
"""A byte of a normal's z below this leans a quarter or more away from the eye."""
_FEW = 1e-4
"""Share of the picture: interpolated normals lean away in a few pixels along the outline, without any back in sight."""


class NoWindow(RuntimeError):
    """Nothing can be drawn on this machine."""


class Renderer:
    """Draws normal and colour buffers of meshes that are known by key."""

    def __init__(self) -> None:
        o3d.utility.set_verbosity_level(o3d.utility.VerbosityLevel.Error)
        self._windows: dict[tuple[str, int, int], _Window] = {}
        self._meshes: dict[str, tuple[int, Any]] = {}
        self._heat: dict[str, tuple[np.ndarray | None, np.ndarray | None, np.ndarray]] = {}
        self._painted: dict[str, tuple[int, str, tuple[Any, ...]]] = {}
        self._revision = 0

    @property
    def worn(self) -> bool:
        """Whether so many window sizes were used that a new process should take over."""
        return len(self._windows) > MOST_WINDOWS

    def set_mesh(self, message: SetMesh) -> None:
        """Take a mesh; creases are given normals of their own so that sharp edges look sharp."""
        self._revision += 1
        vertices, faces, normals, origin = with_creases(message.vertices, message.faces)
        mesh = o3d.geometry.TriangleMesh(
            o3d.utility.Vector3dVector(vertices.astype(np.float64)), o3d.utility.Vector3iVector(faces.astype(np.int32))
        )
        mesh.vertex_normals = o3d.utility.Vector3dVector(normals.astype(np.float64))
        mesh.compute_triangle_normals()  # without them Open3D leaves its normal shader unused
        self._meshes[message.key] = (self._revision, mesh)
        self._heat[message.key] = (message.error, message.colors, origin)
        self._painted.pop(message.key, None)

    def drop(self, key: str) -> None:
        self._meshes.pop(key, None)
        self._heat.pop(key, None)
        for (owner, _, _), window in self._windows.items():
            if owner == key:
                window.clear()

    def has(self, key: str) -> bool:
        return key in self._meshes

    def normals(self, key: str, view: Viewpoint, width: int, height: int, edges: bool) -> np.ndarray:
        """(height, width, 3) uint8 normal buffer, see `shading`."""
        return self._window(key, width, height).normals(view, width, height, edges)

    def backs(self, key: str, view: Viewpoint, normals: np.ndarray) -> np.ndarray | None:
        """(height, width) bool: where a face is seen from behind; None if hardly anything leans away from the eye.

        normals : the view's normal buffer. What shows something else once backs are not drawn was a back.
        """
        height, width = normals.shape[:2]
        drawn = ~lines(normals)
        if ((normals[..., 2] < _AWAY) & drawn).sum() < _FEW * height * width:
            return None
        fronts = self._window(key, width, height).normals(view, width, height, edges=False, backs=False)
        return (normals != fronts).any(axis=-1) & drawn

    def colors(self, key: str, width: int, height: int, draw: Draw) -> np.ndarray | None:
        """(height, width, 3) uint8 unlit colours as `draw.shading` says; None where the mesh has none."""
        error, colors, origin = self._heat[key]
        kind = draw.shading
        if (error if kind == "heat" else colors) is None:
            return None
        revision, mesh = self._meshes[key]
        is_heat = kind == "heat" and error is not None
        how = (draw.heat, draw.map, draw.over) if is_heat else ()
        paint = (revision, kind, how)
        if self._painted.get(key) != paint:
            values = colors if error is None or not is_heat else heat(error, draw.heat, draw.map, draw.over)
            assert values is not None
            mesh.vertex_colors = o3d.utility.Vector3dVector(values[origin].astype(np.float64) / 255.0)
            self._revision += 1
            self._meshes[key] = (self._revision, mesh)
            self._painted[key] = (self._revision, kind, how)
        return self._window(key, width, height).colors(draw.view, width, height)

    def _window(self, key: str, width: int, height: int) -> _Window:
        """The smallest hidden window of this key that holds the size and is not wastefully large, or a new one."""
        fitting = [
            (w * h, w, h)
            for owner, w, h in self._windows
            if owner == key and w >= width and h >= height and w * h <= 2.2 * width * height + 60_000
        ]
        if fitting:
            _, w, h = min(fitting)
        else:
            w, h = (_STEP * math.ceil(n / _STEP) for n in (width, height))
            self._windows[key, w, h] = _Window(w, h)
        window = self._windows[key, w, h]
        window.show(*self._meshes[key])
        return window


class _Window:
    """One hidden Visualizer of a fixed size, with one mesh in it."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._vis = o3d.visualization.Visualizer()
        if not self._vis.create_window(width=width, height=height, visible=False):
            raise NoWindow("Open3D could not open a hidden window")
        corners = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(np.array([[-1.0] * 3, [1.0] * 3]) * _BOX / 2))
        self._vis.add_geometry(corners, reset_bounding_box=True)
        self._vis.remove_geometry(corners, reset_bounding_box=False)
        self._option = self._vis.get_render_option()
        self._option.background_color = np.ones(3)
        self._option.light_on = False
        self._option.mesh_shade_option = o3d.visualization.MeshShadeOption.Color
        self._shown: tuple[int, Any] | None = None
        self._capture()

    def show(self, revision: int, mesh: Any) -> None:
        """Make sure that exactly this revision is in the window."""
        if self._shown is not None and self._shown[0] == revision:
            return
        self.clear()
        self._vis.add_geometry(mesh, reset_bounding_box=False)
        self._shown = (revision, mesh)

    def clear(self) -> None:
        if self._shown is not None:
            self._vis.remove_geometry(self._shown[1], reset_bounding_box=False)
            self._shown = None

    def normals(self, view: Viewpoint, width: int, height: int, edges: bool, backs: bool = True) -> np.ndarray:
        self._option.mesh_show_back_face = backs
        self._option.mesh_color_option = o3d.visualization.MeshColorOption.Normal
        self._option.mesh_show_wireframe = edges
        return self._picture(view, width, height)

    def colors(self, view: Viewpoint, width: int, height: int) -> np.ndarray:
        self._option.mesh_show_back_face = True
        self._option.mesh_color_option = o3d.visualization.MeshColorOption.Color
        self._option.mesh_show_wireframe = False
        return self._picture(view, width, height)

    def _picture(self, view: Viewpoint, width: int, height: int) -> np.ndarray:
        self._place(view, self.height / height)
        top, left = (self.height - height) // 2, (self.width - width) // 2
        return self._capture()[top : top + height, left : left + width]

    def _place(self, view: Viewpoint, margin: float) -> None:
        """Aim the camera; `margin` is how many times higher this window is than the picture cut out of it."""
        control = self._vis.get_view_control()
        fov = 5.0
        if not view.orthographic:
            fov = math.degrees(2 * math.atan(math.tan(math.radians(view.fov) / 2) * margin))
        # Open3D counts in steps of five degrees, and its smallest angle, 5, means orthographic
        control.change_field_of_view((fov - control.get_field_of_view()) / 5.0)
        control.set_lookat(view.target)
        control.set_front(view.front)
        control.set_up(view.up)
        control.set_zoom(view.half_height * margin / _BOX)

    def _capture(self) -> np.ndarray:
        picture = np.asarray(self._vis.capture_screen_float_buffer(True))
        return (picture * 255.0 + 0.5).astype(np.uint8)
