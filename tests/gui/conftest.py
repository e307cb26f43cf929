"""Fresh settings for every test, one probe for GL, and a window that must leave nothing behind."""

from __future__ import annotations

import functools
import gc
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "gui"))
pytest.importorskip("PyQt6.QtWidgets", reason="PyQt6 is not installed or cannot load")

_PATH = os.pathsep.join([str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parents[2] / "gui")])


PATIENCE = 600_000
"""Milliseconds that only a fault lasts: on however busy a machine, what is waited for comes sooner."""


def pytest_collection_modifyitems(items):
    """A hung window ends its process: the signal that ends other tests would be raised, and lost, in a slot of Qt."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(1200, method="thread"))


@pytest.fixture
def qtbot(qtbot):
    """pytest-qt's, with our patience: a test waits for what it wants to see, and for no number of seconds."""
    qtbot.waitUntil = functools.partial(qtbot.waitUntil, timeout=PATIENCE)
    qtbot.waitSignal = functools.partial(qtbot.waitSignal, timeout=PATIENCE)
    return qtbot


@pytest.fixture(scope="session")
def renderer_works():
    """Whether the probe that the window itself uses succeeds here."""
    environment = os.environ | {"PYTHONPATH": _PATH}
    probe = [sys.executable, "-m", "shapefield_gui.children.render"]
    return subprocess.run(probe, env=environment, capture_output=True, check=False).returncode == 0


@pytest.fixture(autouse=True)
def _surroundings(request, tmp_path, monkeypatch):
    """A home of its own for settings and runs; GL tests are skipped where nothing can draw."""
    monkeypatch.setenv("SHAPEFIELD_GUI_HOME", str(tmp_path / "home"))
    from shapefield_gui import leaving, paths

    paths.settings().setValue(leaving.SETTING, False)  # tests that are about the question turn it on again
    if request.node.get_closest_marker("gl") and not request.getfixturevalue("renderer_works"):
        pytest.skip("no off-screen renderer on this machine")


@pytest.fixture
def clean():
    """Afterwards no child process, no thread of ours and no running timer is left."""
    from PyQt6.QtCore import QTimer
    from PyQt6.QtWidgets import QApplication

    yield
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline and (multiprocessing.active_children() or ours()):
        time.sleep(0.02)
    left = multiprocessing.active_children()
    for child in left:
        child.kill()
        child.join()
    assert left == []
    assert ours() == []
    app = QApplication.instance()
    assert [t for t in app.findChildren(QTimer) if t.isActive()] == []


def ours() -> list[str]:
    """Threads that this program started."""
    return [t.name for t in threading.enumerate() if t.name.startswith("shapefield")]


@pytest.fixture
def windows(qtbot, qapp, clean):
    """Makes real windows, shown, with their real children; all are closed at the end, however the test ended."""
    from PyQt6.QtCore import QEvent
    from shapefield_gui.theme import Themes
    from shapefield_gui.window import Window

    themes, made = Themes(qapp, "light"), []

    def make():
        shown = Window(themes)
        made.append(shown)
        shown.resize(1100, 720)
        shown.show()
        qtbot.waitUntil(lambda: shown._painted)
        return shown

    yield make
    for shown in made:
        for page in shown.pages:
            page.shut_down()
        shown._may_close = True
        shown.close()
        shown.deleteLater()
    qapp.processEvents()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # outside an event loop nothing else deletes them
    gc.collect()


@pytest.fixture
def window(windows):
    """One of them."""
    return windows()


def torus(rings: int = 40, sides: int = 20, radius: float = 30.0, tube: float = 12.0):
    """Vertices (n, 3) in mm and faces (m, 3) of a closed torus about z, outward."""
    u, v = np.meshgrid(np.arange(rings) * 2 * np.pi / rings, np.arange(sides) * 2 * np.pi / sides, indexing="ij")
    w = radius + tube * np.cos(v)
    vertices = np.stack([w * np.cos(u), w * np.sin(u), tube * np.sin(v)], axis=-1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(rings), np.arange(sides), indexing="ij")
    a, b = i * sides + j, (i + 1) % rings * sides + j
    c, d = (i + 1) % rings * sides + (j + 1) % sides, i * sides + (j + 1) % sides
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return vertices, faces


@pytest.fixture
def torus_file(tmp_path):
    """The torus as an OBJ file."""
    vertices, faces = torus()
    path = tmp_path / "torus.obj"
    lines = [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in vertices] + [f"f {a} {b} {c}" for a, b, c in faces + 1]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def opened(qtbot, window, path):
    """The Shape tab, once it shows the file."""
    page = window.pages[0]
    window.open_path(path)
    qtbot.waitUntil(lambda: page.work.opened is not None and page.viewport.frame is not None)
    return page


def fit_started(qtbot, page, budget=60.0, resolution=64):
    """A fit that learns and has a checkpoint."""
    page.work.plan.changed = {"checkpoint_every": 0.3, "samples": 20_000}
    page.work.plan.set(budget=budget, resolution=resolution)
    page.actions_by_name["fit"].trigger()
    qtbot.waitUntil(lambda: page.work.run is not None and page.work.run.checkpoint.is_file())


@pytest.fixture(scope="session")
def dataset(tmp_path_factory):
    """A small scene of the torus, with known truth."""
    from shapefield.mesh.model import Mesh
    from shapefield.nerf.synthetic import make
    from shapefield.nerf.synthetic_config import DatasetConfig

    vertices, faces = torus()
    colours = np.where(vertices[:, :1] > 0, [220, 60, 40], [40, 90, 220]).astype(np.uint8)
    folder = tmp_path_factory.mktemp("scene") / "ring"
    for _ in make(Mesh(vertices, faces, colours), folder, DatasetConfig(views=16, held_out=3, size=48, supersample=2)):
        pass
    return str(folder)


def open_scene(qtbot, window, path):
    """The NeRF tab, once it shows the dataset or the run."""
    window.open_path(path)
    page = window.page
    qtbot.waitUntil(lambda: page.work.scene.opened is not None and page.opening.task is None)
    return page
