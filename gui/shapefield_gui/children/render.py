"""The render process: takes meshes and views, leaves pictures in shared memory. The newest request wins."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np

from shapefield.errors import ShapefieldError
from shapefield_gui.children import shading
from shapefield_gui.children.messages import (
    Attach,
    Draw,
    DropMesh,
    Frame,
    Pick,
    Picked,
    Ready,
    SetMesh,
    Snapped,
    Snapshot,
    Trouble,
    Turntable,
    TurntableProgress,
)


def main(commands: Connection, events: Connection) -> None:
    """Serve until the window closes the pipe, or the hidden windows are worn out."""
    from shapefield_gui.children.renderer import NoWindow, Renderer

    room = _Room(Renderer())
    events.send(Ready("Open3D"))
    while not room.renderer.worn:
        pending = [commands.recv()]
        while commands.poll():
            pending.append(commands.recv())
        last_draw = max((i for i, m in enumerate(pending) if isinstance(m, Draw)), default=-1)
        for i, message in enumerate(pending):
            if isinstance(message, Draw) and i != last_draw:
                continue
            try:
                room.answer(message, events)
            except NoWindow:
                os._exit(3)  # the window sees the code, and the probe says the rest


class _Room:
    """What the process holds: the renderer, the shared memory, the ray caster of each mesh."""

    def __init__(self, renderer: Any) -> None:
        self.renderer = renderer
        self._memory: SharedMemory | None = None
        self._meshes: dict[str, SetMesh] = {}
        self._casters: dict[str, Any] = {}
        self._backs = False  # whether the picture in the making shows any

    def answer(self, message: Any, events: Connection) -> None:
        if isinstance(message, SetMesh):
            self._meshes[message.key] = message
            self._casters.pop(message.key, None)
            self.renderer.set_mesh(message)
        elif isinstance(message, DropMesh):
            self._meshes.pop(message.key, None)
            self._casters.pop(message.key, None)
            self.renderer.drop(message.key)
        elif isinstance(message, Attach):
            if self._memory is not None:
                self._memory.close()
            self._memory = SharedMemory(message.name)
        elif isinstance(message, Draw):
            events.send(self._draw(message))
        elif isinstance(message, Pick):
            events.send(self._pick(message))
        elif isinstance(message, Snapshot):
            if message.extra is not None:
                self.renderer.set_mesh(message.extra)
            events.send(Snapped(message.number, self.picture(message.draw)))
            if message.extra is not None:
                self.renderer.drop(message.extra.key)
        elif isinstance(message, Turntable):
            self._turn(message, events)

    def _draw(self, draw: Draw) -> Frame | Trouble:
        started, self._backs = time.perf_counter(), False
        picture = self.picture(draw)
        if self._memory is None or self._memory.size < picture.nbytes:
            return Trouble("the picture is larger than its shared memory")
        np.ndarray(picture.shape, np.uint8, self._memory.buf)[...] = picture
        seen = bool(picture[::4, ::4, 3].any())
        height, width = picture.shape[:2]
        return Frame(draw.number, width, height, seen, self._backs, time.perf_counter() - started, draw)

    def picture(self, draw: Draw) -> np.ndarray:
        """(height, width, 4) uint8 premultiplied RGBA."""
        panes = [key for key in draw.panes if self.renderer.has(key)]
        if not panes:
            return np.zeros((draw.height, draw.width, 4), np.uint8)
        if draw.mode == "side" and len(panes) > 1:
            columns = np.linspace(0, draw.width, len(panes) + 1).round().astype(int)
            widths = np.diff(columns)
            return np.concatenate([self._pane(draw, k, int(w)) for k, w in zip(panes, widths, strict=True)], axis=1)
        first = self._pane(draw, panes[0], draw.width)
        if len(panes) == 1 or draw.mode == "one":
            return first
        second = self._pane(draw, panes[1], draw.width)
        compose = shading.blend if draw.mode == "blend" else shading.split
        return compose(first, second, draw.amount)

    def _pane(self, draw: Draw, key: str, width: int) -> np.ndarray:
        w, h = width * draw.samples, draw.height * draw.samples
        normals = self.renderer.normals(key, draw.view, w, h, draw.edges)
        if draw.shading == "normals":
            picture = shading.show_normals(normals)
        else:
            tint = shading.CLAY if key == "original" else shading.FITTED
            colors = None
            if draw.shading in ("heat", "colors"):
                colors = self.renderer.colors(key, w, h, draw)
            backs = self.renderer.backs(key, draw.view, normals)
            self._backs |= backs is not None and colors is None
            picture = shading.shade(normals, tint, colors, backs)
        return shading.halve(picture) if draw.samples == 2 else picture

    def _pick(self, pick: Pick) -> Picked:
        mesh = self._meshes.get(pick.key)
        if mesh is None or len(mesh.faces) == 0:
            return Picked(pick.number, None, None, pick.key)
        from shapefield_gui.children.picking import Picker

        if pick.key not in self._casters:
            self._casters[pick.key] = Picker(mesh)
        point, error = self._casters[pick.key].hit(pick)
        return Picked(pick.number, point, error, pick.key)

    def _turn(self, job: Turntable, events: Connection) -> None:
        from shapefield_gui.children.turntable import write

        try:
            for done in write(job, self.picture):
                events.send(TurntableProgress(done, job.frames, job.path))
        except ShapefieldError as error:
            events.send(Trouble(str(error)))


def probe() -> None:
    """Draw one triangle and exit 0 if it is there; run in a process of its own, for a failed GL start can crash."""
    from shapefield_gui.children.messages import Viewpoint
    from shapefield_gui.children.renderer import Renderer

    renderer = Renderer()
    renderer.set_mesh(SetMesh("probe", np.array([[-1, -1, 0], [1, -1, 0], [0, 1, 0.0]]), np.array([[0, 1, 2]])))
    view = Viewpoint((0, 0, 0), (0, 0, 1), (0, 1, 0), 1.0)
    picture = shading.shade(renderer.normals("probe", view, 64, 64, False), shading.CLAY)
    raise SystemExit(0 if picture[..., 3].any() else 3)


if __name__ == "__main__":
    probe()
