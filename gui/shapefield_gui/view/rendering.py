"""The window's end of the render process: keeps one alive, keeps at most one picture in the making, newest wins."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.shared_memory import SharedMemory
from typing import Any

import numpy as np
import psutil
from PyQt6.QtCore import QObject, QProcess, QProcessEnvironment, pyqtSignal
from PyQt6.QtGui import QImage

from shapefield.machine.interpreters import python
from shapefield_gui.children import render
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
from shapefield_gui.children.process import Child
from shapefield_gui.timing import after

NO_RENDERER = (
    "No 3D view: Open3D could not draw here. Fitting, slices and export all work. "
    "On Debian or Ubuntu: sudo apt install libgl1 libegl1 libgomp1 libusb-1.0-0"
)
_PATIENCE_MS = 20_000
_MOST_WAITS = 6
"""So often a renderer that works on is waited for again before it is taken for lost."""
_WORKS_S = 0.2
"""Processor time in one patience from which a process is slow and not stuck."""
_SMALLEST = 8
"""Pictures are drawn at a share of their size down to this one while the machine is slow."""
_BEARABLE_S = 4.0
_QUICK_S = 1.0
"""Seconds of a picture from which the next one is smaller, and up to which it is larger again."""
_STARTING_MS = 90_000
"""A busy machine takes its time to import Open3D."""
_MOST_DEATHS = 4


class RenderClient(QObject):
    """Asks the render process for pictures.

    frame(QImage, Frame) : a picture arrived;  picked(Picked);  state(str) : "probing", "ready", "absent";
    said(str) : one line for the user, such as a restart;  turned(TurntableProgress)
    """

    frame = pyqtSignal(QImage, object)
    picked = pyqtSignal(object)
    state = pyqtSignal(str)
    said = pyqtSignal(str)
    turned = pyqtSignal(object)
    _arrived = pyqtSignal(object, object)
    _ended = pyqtSignal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.status = "idle"
        self._child: Child | None = None
        self._probe: QProcess | None = None
        self._memory: SharedMemory | None = None
        self._meshes: dict[str, SetMesh] = {}
        self._sent: dict[str, SetMesh] = {}  # the objects themselves: an id is given again when one is gone
        self._wanted: Draw | None = None
        self._flying: Draw | None = None  # as it was asked for: what is drawn may be smaller
        self._shrunk = self._level = 1  # how much smaller the next picture begins; how much smaller this one is
        self._waits, self._worked = 0, 0.0
        self._number = 0
        self._up = False
        self._deaths = 0
        self._empty = 0
        self._snapshots: dict[int, tuple[Snapshot, Callable[[np.ndarray], None]]] = {}
        self._watch = after(self, _PATIENCE_MS, self._hung)
        self._arrived.connect(self._on_message)
        self._ended.connect(self._on_death)

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Probe in a process of its own (a failed GL start can crash), then start the renderer."""
        if self.status != "idle":
            return
        self._set("probing")
        self._probe = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONPATH", ":".join(p for p in sys.path if p) if sys.platform != "win32" else "")
        if sys.platform == "win32":
            environment.remove("PYTHONPATH")
        self._probe.setProcessEnvironment(environment)
        self._probe.finished.connect(self._probed)
        self._probe.errorOccurred.connect(lambda _: self._probed(1))
        program, *words = python("-m", "shapefield_gui.children.render")
        self._probe.start(program, words)
        # the renderer starts at the same time: nearly always the probe is right, and the view is there sooner
        self._spawn()

    def _probed(self, code: int, status: Any = None) -> None:
        crashed = status is not None and status == QProcess.ExitStatus.CrashExit
        self._probe = None
        if code != 0 or crashed:
            self._give_up()

    def _give_up(self) -> None:
        self._set("absent")
        self._watch.stop()
        if self._child is not None:
            self._child.close(0.2)
            self._child = None

    def _set(self, status: str) -> None:
        self.status = status
        self.state.emit(status)

    def _spawn(self) -> None:
        self._sent.clear()
        self._flying, self._up = None, False
        self._watch.start(_STARTING_MS)
        self._child = Child(
            render.main,
            "shapefield renderer",
            lambda message: self._arrived.emit(self._child, message),
            lambda code: self._ended.emit(self._child, code),
        )
        if self._memory is not None:
            self._child.send(Attach(self._memory.name))
        for wish, _ in self._snapshots.values():
            self._send_meshes(tuple(k for k in wish.draw.panes if k in self._meshes))
            self._child.send(wish)

    def set_meshes(self, meshes: dict[str, SetMesh]) -> None:
        """The meshes as they are now; only what changed is sent."""
        self._meshes = dict(meshes)

    def draw(self, draw: Draw) -> None:
        """Ask for a picture; an older wish that has not begun is forgotten."""
        self._wanted, self._level = draw, self._shrunk if self._flying is None else self._level
        self._pump()

    def pick(self, pick: Pick) -> None:
        if self._child is not None:
            self._child.send(pick)

    def snapshot(self, draw: Draw, then: Callable[[np.ndarray], None], extra: SetMesh | None = None) -> None:
        """Ask for a picture beside the view's own; `then` gets it as (height, width, 4) RGBA, premultiplied."""
        if self._child is None:
            return
        self._number += 1
        wish = Snapshot(self._number, replace(draw, number=self._number), extra)
        self._snapshots[self._number] = (wish, then)
        self._send_meshes(tuple(k for k in draw.panes if k in self._meshes))
        self._child.send(wish)

    def turn(self, job: Turntable) -> None:
        """Make a turntable; progress comes by `turned`."""
        if self._child is not None:
            self._send_meshes(job.draw.panes)
            self._child.send(job)

    def _pump(self) -> None:
        if self._child is None or self._flying is not None or self._wanted is None or self.status == "absent":
            return
        draw, self._wanted = self._wanted, None
        self._send_meshes(draw.panes)
        self._number += 1
        self._flying = draw = replace(draw, number=self._number)
        if self._level > 1:
            width, height = (max(64, side // self._level) for side in (draw.width, draw.height))
            draw = replace(draw, width=width, height=height, samples=1)
        self._make_room(draw.width * draw.height * 4)
        self._child.send(draw)
        self._waits, self._worked = 0, self._work()
        if self._up:
            self._watch.start(_PATIENCE_MS)

    def _work(self) -> float:
        """Seconds of processor time that the process has had; 0 where it is gone."""
        try:
            times = psutil.Process(self.pid).cpu_times() if self.pid else None
        except psutil.Error:
            return 0.0
        return times.user + times.system if times is not None else 0.0

    def _size_next(self, frame: Frame) -> None:
        """On a slow machine pictures begin small; what is small comes again larger if nothing newer is asked."""
        if frame.seconds > _BEARABLE_S:
            self._shrunk = min(2 * self._shrunk, _SMALLEST)
        elif frame.seconds < _QUICK_S:
            self._shrunk = max(1, self._shrunk // 2)
        if self._wanted is None and self._level > 1:
            self._wanted, self._level = self._flying, self._level // 2
        else:
            self._level = self._shrunk

    def _send_meshes(self, panes: tuple[str, ...]) -> None:
        assert self._child is not None
        for key in [k for k in self._sent if k not in self._meshes]:
            self._child.send(DropMesh(key))
            del self._sent[key]
        for key in panes:
            mesh = self._meshes.get(key)
            if mesh is not None and self._sent.get(key) is not mesh:
                self._child.send(mesh)
                self._sent[key] = mesh

    def _make_room(self, nbytes: int) -> None:
        if self._memory is not None and self._memory.size >= nbytes:
            return
        self._free()
        self._memory = SharedMemory(create=True, size=max(nbytes * 5 // 4, 1 << 22))
        if self._child is not None:
            self._child.send(Attach(self._memory.name))

    def _free(self) -> None:
        if self._memory is not None:
            self._memory.close()
            self._memory.unlink()
            self._memory = None

    def _on_message(self, child: Child, message: Any) -> None:
        if child is not self._child:
            return
        if isinstance(message, Frame):
            self._take(message)
        elif isinstance(message, Picked):
            self.picked.emit(message)
        elif isinstance(message, Snapped):
            if message.number in self._snapshots:
                self._snapshots.pop(message.number)[1](message.picture)
        elif isinstance(message, TurntableProgress):
            self.turned.emit(message)
        elif isinstance(message, Trouble):
            self._flying = None
            self.said.emit(message.message)
        elif isinstance(message, Ready):
            self._come_up()

    def _come_up(self) -> None:
        """The process has started: from now on it answers soon."""
        self._up = True
        self._watch.stop()
        if self._flying is not None:
            self._watch.start(_PATIENCE_MS)
        if self.status == "probing":
            self._set("ready")

    def _take(self, frame: Frame) -> None:
        self._watch.stop()
        self._size_next(frame)
        self._flying = None
        if self._memory is None or frame.width * frame.height * 4 > self._memory.size:
            return
        image = QImage(frame.width, frame.height, QImage.Format.Format_RGBA8888_Premultiplied)
        target, source = image.bits(), self._memory.buf
        if target is not None and source is not None:
            target.setsize(image.sizeInBytes())
            n = frame.width * frame.height * 4
            np.asarray(target)[:n] = np.frombuffer(source, np.uint8, count=n)
        self._deaths = 0 if frame.seen else self._deaths
        if self._should_see(frame) and not frame.seen:
            self._empty += 1
            if self._empty == 2:
                self.restart("The 3D view came out empty; it was started again.")
                self._wanted = self._wanted or frame.draw
                self._pump()
                return
        else:
            self._empty = 0
        self.frame.emit(image, frame)
        self._pump()

    def _should_see(self, frame: Frame) -> bool:
        fitted = max(abs(c) for c in frame.draw.view.target) < 0.2 and frame.draw.view.half_height > 0.9
        return fitted and any(len(self._meshes[k].faces) for k in frame.draw.panes if k in self._meshes)

    def restart(self, line: str) -> None:
        """End the render process and start another; `line` tells the user why."""
        if self._child is not None:
            self._child.close(0.1)
        if line:
            self.said.emit(line)
        self._spawn()

    def _hung(self) -> None:
        """No answer for long: a process that works is slow and gets smaller pictures to draw; another one is stuck."""
        self._shrunk = min(2 * self._shrunk, _SMALLEST)
        worked, self._worked = self._worked, self._work()
        if self._up and self._waits < _MOST_WAITS and self._worked - worked >= _WORKS_S:
            self._waits += 1
            self._watch.start(_PATIENCE_MS)
            return
        wanted, self._level = self._wanted or self._flying, self._shrunk
        self.restart("The 3D view did not answer; it was started again.")
        self._wanted = wanted
        self._pump()

    def _on_death(self, child: Child, code: int | None) -> None:
        if child is not self._child or self.status == "absent":
            return
        child.close(0.0)
        self._watch.stop()
        self._child = None
        if self._probe is not None and self.status == "probing":
            return  # the probe will say whether there is a renderer at all
        wanted = self._wanted or self._flying
        self._deaths += code != 0
        if self._deaths >= _MOST_DEATHS:
            self._give_up()
            return
        if code != 0:
            self.said.emit("The 3D view stopped; it was started again. Nothing else is affected.")
        self._spawn()
        self._wanted = wanted
        self._pump()

    def close(self) -> None:
        """End the children and give the shared memory back."""
        self._watch.stop()
        if self._probe is not None:
            self._probe.finished.disconnect()
            self._probe.errorOccurred.disconnect()
            self._probe.kill()
            self._probe.waitForFinished(1000)
            self._probe = None
        if self._child is not None:
            child, self._child = self._child, None
            child.close(0.3)
        self._free()
        self.status = "idle"
