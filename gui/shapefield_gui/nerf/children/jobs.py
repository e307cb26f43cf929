"""What the tab's processes do: each a generator of events that ends with Done(a plain record)."""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Generator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.config import ExtractionConfig
from shapefield.events import Done, Event, Notice, Progress, Stage
from shapefield.nerf.cameras import Camera, resized
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.synthetic_config import DatasetConfig
from shapefield.storage.files import lock, writing
from shapefield_gui.children import engine
from shapefield_gui.children.warming import warmed
from shapefield_gui.nerf.children.answers import HELD, answer
from shapefield_gui.nerf.children.records import Exported, OpenedScene, PosedView, PosesFound, Thumbnail, Trained

Job = Generator[Any, Any, None]
THUMBNAIL = 112
"""Pixels along a thumbnail's longer edge."""
EVERY = 0.08
"""Seconds between two events of a training: how soon a camera that was moved gets its first picture."""


def open_scene(path: str, posed: str = "") -> Job:
    """Read a dataset: first its cameras with a rough box, then a thumbnail of each view, last the box itself.

    The first thumbnail is a held-out view's: it is what a training is compared with from its beginning.
    posed : a folder for the scene that is made of photographs without poses; "" refuses them
    """
    from shapefield.nerf import scene
    from shapefield.nerf.config import NerfConfig
    from shapefield.nerf.datasets.masks import understood
    from shapefield.nerf.framing import frame_of, looked_at
    from shapefield.nerf.paths import mean_up

    yield Stage("load", path)
    path, read = yield from _read(path, posed)
    found, _ = understood(read, NerfConfig().masks)
    for line in found.notices:
        yield Notice(line)
    views = _posed(found)
    cameras = [v.camera for v in found.train]
    low, high = found.box if found.box is not None else looked_at(cameras)
    opened = OpenedScene(path, views, (low + high) / 2, float((high - low).max()) / 2, mean_up(cameras))
    yield opened
    small = {}
    first = next((k for k, view in enumerate(views) if view.held_out), 0)
    for index in sorted(range(len(views)), key=lambda k: k != first):
        view = found.views[index]
        pixels = scene.pixels(view, max(1.0, max(view.camera.width, view.camera.height) / THUMBNAIL))
        small[index] = pixels
        alpha = np.ones(pixels.rgb.shape[:2], np.float32) if pixels.alpha is None else pixels.alpha
        picture = (np.concatenate([pixels.rgb, alpha[..., None]], axis=2) * 255.0 + 0.5).astype(np.uint8)
        yield Thumbnail(index, picture)
        yield Progress("load", len(small), len(views))
    frame = frame_of(found, [small[k] for k in range(len(found.train))])
    similarity = frame.similarity
    yield Done(dataclasses.replace(opened, center=similarity.center, half=1.0 / similarity.scale, reason=frame.reason))


def _read(path: str, posed: str) -> Generator[Any, Any, tuple[str, Any]]:
    """The dataset and its place: of photographs without poses the scene that COLMAP's poses make of them."""
    from shapefield.nerf import datasets

    try:
        return path, datasets.read(path)
    except datasets.UnposedPhotographs:
        if not posed:
            raise
    from shapefield.nerf.photos.posing import is_posed, lines, pose

    scene = Path(posed)
    if not is_posed(scene, Path(path)):
        report = yield from pose(Path(path), scene, force=True)
        yield PosesFound(tuple(line.strip() for line in lines(report)))
    return str(scene), datasets.read(scene)


def _posed(scene: Any) -> tuple[PosedView, ...]:
    splits = (("train", scene.train), ("val", scene.validation), ("test", scene.test))
    return tuple(PosedView(v.name, split, v.camera) for split, views in splits for v in views)


def make_scene(mesh: str, folder: str, config: DatasetConfig) -> Job:
    """Render the built-in scene of a mesh; Done with its folder."""
    from shapefield.mesh.reading import read
    from shapefield.nerf.synthetic import make

    yield Stage("load")
    made = yield from make(read(mesh), Path(folder), config, force=True)
    yield Done(str(made))


def warm() -> Job:
    """Import what training needs, so that it starts at once when asked for."""
    yield Done(warmed("shapefield.nerf.training"))


def train(source: str, run: str, config: NerfConfig, options: dict[str, Any], resume: bool = False) -> Job:
    """Train; `answers` can look at the field from the first step on, and after the end."""
    from shapefield.nerf.pipeline import NerfJob, SceneRun

    training = SceneRun(NerfJob(source, Path(run), options, force=True, resume=resume, every=EVERY), config)
    HELD.take(training)
    steps, command = training.events(), None
    while True:
        try:
            event = steps.send(command)
        except StopIteration:
            return
        if isinstance(event, Done):
            event = Done(_trained(run, event.result))
        elif isinstance(event, Progress) and event.stage == "training":
            HELD.step = int(event.done)
        try:
            command = yield event
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as stop:
            steps.throw(stop)
            raise


def open_run(run: str) -> Job:
    """Hold a trained run, to be looked at."""
    from shapefield.nerf.result import load

    yield Stage("load", run)
    result = load(run)
    HELD.take(result)
    HELD.step = int(result.run.get("steps_done", 0))
    yield Done(_trained(run, result))


def _trained(run: str, result: Any) -> Trained:
    center, half = result.similarity.center, 1.0 / result.similarity.scale
    return Trained(run, result.source, result.config.model, center, half, result.report, result.run)


def find_path(kind: str, given: Sequence[Camera], around: np.ndarray, frames: int, closed: bool = False) -> Job:
    """The cameras of a path. kind : "keyframes" through the given ones, "orbit" or "spiral" from the given ones"""
    from shapefield.nerf import paths

    if kind == "keyframes":
        yield Done(paths.through(given, frames, closed and len(given) > 2))
    else:
        yield Done((paths.orbit if kind == "orbit" else paths.spiral)(given, around, frames))


def film(run: str, cameras: Sequence[Camera], path: str, width: int, fps: int) -> Job:
    """Render cameras into a video of that width; the file appears when it is complete."""
    from shapefield.nerf.output import render_to
    from shapefield.nerf.result import load

    yield Stage("load")
    result = load(run)
    with tempfile.TemporaryDirectory(prefix="shapefield-") as frames:
        # codecs want even sides
        sized = [resized(c, width, max(2, 2 * round(width * c.height / c.width / 2))) for c in cameras]
        steps = render_to(result, sized, Path(frames), video=Path(path), fps=fps, force=True)
        yield from _rated(steps)
    yield Done(path)


def _rated(steps: Generator[Event, Any, Any]) -> Job:
    """The same events; progress gets the rate that an ETA needs. The first frame is left out: it compiles."""
    begun, after_first = time.perf_counter(), None
    for event in steps:
        if isinstance(event, Progress) and event.done >= 1:
            now = time.perf_counter()
            after_first = after_first or (now, event.done)
            rate = (event.done - after_first[1]) / max(now - after_first[0], 1e-6)
            event = dataclasses.replace(event, rate=rate or None, elapsed=now - begun)
        yield event


def export(run: str, path: str, config: ExtractionConfig, points: int | None = None) -> Job:
    """Take the surface out as a coloured mesh, or that many points of it. points : None for the mesh"""
    from shapefield.mesh.writing import write
    from shapefield.nerf import export as exporting
    from shapefield.nerf.cloud import write_cloud
    from shapefield.nerf.result import load

    yield Stage("load")
    with lock(path):
        result = load(run)
        yield Stage("surface", f"{config.resolution}³")
        if points is not None:
            made = yield from exporting.points(result, config, points)
            write_cloud(made, Path(path), run)
        else:
            made = yield from exporting.mesh(result, config)
            for notice in write(made, path, force=True, source=run):
                yield Notice(notice)
    yield Done(Exported(path, len(made.vertices), len(made.faces)))


def save_run(run: str, folder: str) -> Job:
    """Copy a run's files into another folder, each whole or not at all."""
    from shapefield.nerf.result import MODEL_FILE, REPORT_FILE, prepare_folder

    yield Stage("save")
    prepare_folder(Path(folder), force=False, resume=False)
    with lock(Path(folder) / REPORT_FILE):
        for name in (MODEL_FILE, REPORT_FILE):
            with writing(Path(folder) / name) as out:
                out.write((Path(run) / name).read_bytes())
    yield Done(folder)


JOBS = {
    "open": open_scene,
    "make": make_scene,
    "warm": warm,
    "train": train,
    "open run": open_run,
    "path": find_path,
    "film": film,
    "export": export,
    "save run": save_run,
}


def main(commands: Connection, events: Connection) -> None:
    """An engine process with these jobs, that answers questions about the field it holds."""
    engine.main(commands, events, JOBS, answer)
