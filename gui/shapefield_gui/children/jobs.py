"""What the engine process can do for the window: each a generator of events that ends with Done(a plain record)."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.config import ExtractionConfig, FitConfig, SolidConfig
from shapefield.errors import InputError, UsageError
from shapefield.events import Done, Event, Notice, Progress, Stage
from shapefield.mesh.model import Mesh
from shapefield.storage.files import lock, writing
from shapefield_gui.children.batching import batch
from shapefield_gui.children.figures import report_of
from shapefield_gui.children.records import REPAIR, Differing, Examined, Fitted, Interrupted, Mending, Opened, Sliced
from shapefield_gui.children.rounding import round_length
from shapefield_gui.children.warming import warmed

Job = Generator[Event, Any, None]


def _state(path: str) -> tuple[str, int]:
    """A file as it is now: what was made of it holds until it changes."""
    return path, os.stat(path).st_mtime_ns if os.path.exists(path) else 0


@lru_cache(maxsize=1)
def _read_mesh(state: tuple[str, int]) -> Mesh:
    from shapefield.mesh.reading import read

    return read(state[0])


@lru_cache(maxsize=1)
def _read_field(state: tuple[str, int]) -> Any:
    from shapefield.result import Result

    return Result.load(state[0])


def _mesh(path: str) -> Mesh:
    return _read_mesh(_state(path))


def _field(path: str) -> Any:
    return _read_field(_state(path))


_solids: dict[tuple[Any, ...], Any] = {}
"""The latest one."""


def _solid(path: str, settings: dict[str, Any] | None = None) -> Generator[Event, Any, Any]:
    """What a mesh file means. settings : of SolidConfig, as they are set for the input"""
    from shapefield.settings import parsed
    from shapefield.solid import solidify

    settings = settings or {}
    state = (*_state(path), *sorted((name, str(value)) for name, value in settings.items()))
    if state not in _solids:
        mesh = _mesh(path)
        config = SolidConfig(**{name: parsed(SolidConfig, name, value) for name, value in settings.items()})
        solid = yield from solidify(mesh, **config.in_input_units(mesh.extent).choices())
        _solids.clear()
        _solids[state] = solid
    return _solids[state]


def open_file(path: str, resolution: int = 128, reference: str | None = None) -> Job:
    """Read a mesh, or a field and its surface. reference : the field's mesh; None: the one of its name beside it"""
    yield Stage("load")
    if path.lower().endswith(".field"):
        result = _field(path)
        yield Stage("surface")
        config = ExtractionConfig(resolution=min(resolution, int(result.report.get("resolution") or resolution)))
        mesh = yield from result.surface(config)
        similarity = result.similarity
        settings = {"method": result.method.name, "is_distance": result.is_distance, "name": result.name}
        report = result.report | {"bytes": os.stat(path).st_size}
        extent = _extent(mesh)
        near = Path(reference or Path(path).parent / result.name)
        reference = str(near) if near.is_file() and near.suffix != ".field" else None
        shown = report_of(result, path, mesh, config)
        drawn = Fitted(mesh, None, shown, path, result.method.name, result.is_distance)
        center, scale = similarity.center, similarity.scale
        yield Done(Opened(path, mesh, center, scale, path, report, settings, extent, reference, drawn))
        return
    mesh = _mesh(path)
    if len(mesh.faces) == 0:
        raise InputError(f"{mesh.name}: expected a mesh with faces, got none: re-export it with its faces")
    similarity = mesh.similarity()
    yield Done(Opened(path, mesh, similarity.center, similarity.scale, extent=_extent(mesh)))


def _extent(mesh: Mesh) -> tuple[float, ...]:
    low, high = mesh.bounds
    return tuple(float(e) for e in high - low)


def examine(path: str, settings: dict[str, Any] | None = None) -> Job:
    """What is wrong with the file, and what will be done about it. settings : see `_solid`"""
    from shapefield.mending.marks import COLOURS, counts, marked
    from shapefield.mesh.inspection import findings, inspect
    from shapefield.solid.model import Kind

    yield Stage("load")
    mesh = _mesh(path)
    seen = inspect(mesh)
    yield Progress("load", 1, 2)
    plan: list[str] = []
    refused, record, marks, done = None, (), None, ()
    try:
        solid = yield from _solid(path, settings)
        plan = [f"inside is told by {solid.sign_method}: {solid.reason}"]
        plan += [f"{name.replace('_', ' ')}: {_spoken(v)}" for name, v in _changed(solid.repairs.as_dict())]
        record = tuple(Mending(r.kind.value, r.place, r.size, r.more, r.kind == Kind.HOLE) for r in solid.record)
        if record:
            marks = marked(solid)
            done = tuple((name, COLOURS[name]) for name, count in counts(solid).items() if count)
    except (InputError, UsageError) as error:
        refused = str(error)
    found = (*mesh.notices, *findings(seen))
    yield Done(Examined(path, seen.as_dict(), found, tuple(plan), refused, record, marks, done))


def _changed(repairs: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(k, v) for k, v in repairs.items() if v and k != "sign_disagreement"]


def _spoken(value: Any) -> str:
    if value is True:
        return "yes"
    return f"{value:.3g}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def warm() -> Job:
    """Import what a fit needs, so that it starts at once when asked for."""
    yield Done(warmed("shapefield.fitting.learning", "shapefield.solid"))


def fit(path: str, field: str, config: FitConfig, resume: bool = False, previews: float = 0.2) -> Job:
    """Fit a field to a mesh, with previews; ends with the surface and its heat-map."""
    from shapefield.fitting.job import Job as Task
    from shapefield.fitting.pipeline import ShapeRun

    command = None
    if config.training.budget:
        # previews are no training: their share comes off, so that the surface is there when the budget is spent
        training = replace(config.training, budget=max(1.0, config.training.budget * (1.0 - previews)))
        config = replace(config, training=training)
    run = ShapeRun(Task(path, None, Path(field), force=True, resume=resume, previews=previews), config)
    steps = run.events()
    while True:
        try:
            event = steps.send(command)
        except StopIteration:
            return
        if isinstance(event, Done):
            result, mesh = event.result, run.extracted
            level, error = run.config.extraction.offset if result.is_distance else 0.0, None
            if run.reference is not None:
                yield Stage("report", "heat-map")
                error = yield from _distances(mesh, run.reference, level)
            yield Done(Fitted(mesh, error, result.report, field, result.method.name, result.is_distance))
            return
        try:
            command = yield event
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as stop:
            steps.throw(stop)
            raise


def _errors(
    path: str | None, mesh: Mesh, level: float, settings: dict[str, Any] | None
) -> Generator[Event, Any, np.ndarray | None]:
    if path is None or not Path(path).is_file():
        return None
    try:
        solid = yield from _solid(path, settings)
    except InputError as error:
        yield Notice(str(error))
        return None
    return (yield from _distances(mesh, solid, level))


def _distances(mesh: Mesh, solid: Any, level: float) -> Generator[Event, Any, np.ndarray]:
    """(n,) signed distance of every vertex to the original or its offset by a level, below 0 inside; input units."""
    out = np.empty(len(mesh.vertices), np.float32)
    for start in range(0, len(out), 1 << 16):
        part = slice(start, start + (1 << 16))
        out[part] = solid.signed_distance(mesh.vertices[part]) - level
        yield Progress("report", min(start + (1 << 16), len(out)), len(out))
    return out


def extract(
    field: str, config: ExtractionConfig, reference: str | None = None, settings: dict[str, Any] | None = None
) -> Job:
    """Take the surface out of a field again, and measure it against the reference if there is one.

    settings : how that was taken when the field was fitted, see `_solid`
    """
    yield Stage("load")
    result = _field(field)
    config = result.in_input_units(config)
    yield Stage("surface", f"{config.resolution}³")
    mesh = yield from result.surface(config)
    error = yield from _errors(reference, mesh, config.offset if result.is_distance else 0.0, settings)
    if error is not None and config.crop is not None:
        # where it was cut there is no original surface to be off from
        error[_on_box(mesh.vertices, np.array(config.crop))] = np.nan
    report = report_of(result, field, mesh, config)
    if reference and error is not None and config.offset == 0.0 and config.crop is None:
        from shapefield.distance.signed import SurfaceDistance
        from shapefield.fitting.asking import asked_of
        from shapefield.fitting.reporting import preserved
        from shapefield.metrics import compare

        yield Stage("report")
        solid = yield from _solid(reference, settings)
        mine = SurfaceDistance(solid.similarity.to_unit(mesh.vertices), mesh.faces, solid.backend)
        found = yield from compare(mesh, solid, points=100_000, mine=mine)
        report["quality"] = found.as_dict()
        report["preservation"] = preserved(solid, mine, asked_of(config, solid, 0.0))
    yield Done(Fitted(mesh, error, report, field, result.method.name, result.is_distance))


def _on_box(points: np.ndarray, crop: np.ndarray) -> np.ndarray:
    """(n,) bool: which of the points (n, 3) lie in a face of the box."""
    low, high = crop[:3], crop[3:]
    near = 1e-5 * float((high - low).max())
    return np.any((np.abs(points - low) < near) | (np.abs(points - high) < near), axis=1)


def repair(path: str, out: str, settings: dict[str, Any]) -> Job:
    """The closed mesh that a file means, written to `out` and its report beside it. settings : of a MendingConfig"""
    from shapefield.mending.config import mending_config
    from shapefield.mending.job import repairing

    for event in repairing(_mesh(path), mending_config(**settings), Path(out), force=True):
        if isinstance(event, Done):
            report = event.result.report
            with writing(Path(out).with_suffix(".json"), "w") as file:
                json.dump(report, file)
            yield Done(_mended(event.result.mesh, report))
        else:
            yield event


def repaired(out: str) -> Job:
    """A repair of an earlier session."""
    yield Stage("load")
    report = json.loads(Path(out).with_suffix(".json").read_text(encoding="utf-8"))
    yield Done(_mended(_mesh(out), report))


def taken(mesh: str, method: str) -> Job:
    """A mesh that was taken out of a radiance field, as a result. method : the field's model"""
    yield Stage("load")
    found = _mesh(mesh)
    yield Done(Fitted(found, None, {"surface": {"faces": len(found.faces)}}, "", method, True))


def _mended(mesh: Mesh, report: dict[str, Any]) -> Fitted:
    return Fitted(mesh, None, report, "", REPAIR, True)


def difference(one: Mesh, other: Mesh) -> Job:
    """How far two surfaces are from each other, at their vertices."""
    from shapefield.distance.signed import SurfaceDistance, choose_backend

    yield Stage("report")
    frame, (backend, _) = one.similarity(), choose_backend()
    found = []
    for mine, theirs in ((one, other), (other, one)):
        surface = SurfaceDistance(frame.to_unit(theirs.vertices), theirs.faces, backend)
        out = np.empty(len(mine.vertices), np.float32)
        for start in range(0, len(out), 1 << 16):
            part = slice(start, start + (1 << 16))
            out[part] = surface.closest(frame.to_unit(mine.vertices[part])).distance / frame.scale
            yield Progress("report", min(start + (1 << 16), len(out)), len(out))
        found.append(out)
    yield Done(Differing(*found))


def take_slice(field: str, axis: int, place: float, size: int = 192) -> Job:
    """The field's values on a plane across the unit frame; `place` in input units along `axis`."""
    result = _field(field)
    similarity = result.similarity
    half = 0.98 / similarity.scale
    others = [k for k in range(3) if k != axis]
    low, high = similarity.center - half, similarity.center + half
    u, v = np.linspace(low[others[0]], high[others[0]], size), np.linspace(low[others[1]], high[others[1]], size)
    points = np.empty((size, size, 3))
    points[..., axis] = place
    points[..., others[0]], points[..., others[1]] = np.meshgrid(u, v)
    values = result.field(points.reshape(-1, 3)).reshape(size, size).astype(np.float32)
    extent = (float(u[0]), float(u[-1]), float(v[0]), float(v[-1]))
    span = extent[1] - extent[0]
    top = span * 0.25 if result.is_distance else float(np.percentile(np.abs(values), 90) or 1.0)
    step = round_length(top / 3)
    lines = tuple(contours(values, extent, [k * step for k in range(-6, 7) if abs(k * step) < 2 * top]))
    yield Done(Sliced(axis, place, extent, values, result.is_distance, result.unit, top, step, lines))


def contours(
    values: np.ndarray, extent: tuple[float, float, float, float], levels: list[float]
) -> Generator[tuple[float, np.ndarray], None, None]:
    """Each level with one of its isolines, (n, 2) points; values (rows, columns) are at the middles of their cells."""
    from skimage.measure import find_contours

    u0, u1, v0, v1 = extent
    rows, columns = values.shape
    for level in levels:
        if values.min() < level < values.max():
            for line in find_contours(values, level):
                u = u0 + (line[:, 1] + 0.5) * (u1 - u0) / columns
                yield level, np.stack([u, v0 + (line[:, 0] + 0.5) * (v1 - v0) / rows], axis=1)


def save_mesh(mesh: Mesh, path: str, made_from: str | None = None) -> Job:
    """Write a mesh, with the id of the file it is made from; the dialog has asked about replacing."""
    from shapefield.mesh.writing import write

    yield Stage("save")
    with lock(path):
        for notice in write(mesh, path, force=True, source=made_from):
            yield Notice(notice)
    yield Done(path)


def save_field(source: str, path: str, made_from: str | None = None) -> Job:
    """Write a field again, with the id of the file it is made from as that is seen from there."""
    from shapefield.fieldfile import read_field, write_field

    yield Stage("save")
    with lock(path):
        found = read_field(source)
        found.source = Path(made_from) if made_from else found.source
        write_field(found, path, force=True)
    yield Done(path)


def look_into(path: str) -> Job:
    """What run a checkpoint belongs to."""
    from shapefield.training.checkpoint import read_checkpoint

    yield Stage("load")
    identity, _, _ = read_checkpoint(Path(path))
    origin = identity.get("origin") or {}
    source = origin.get("source")
    if not source:
        raise InputError(f"{Path(path).name}: it does not say which mesh it belongs to: use shapefield fit … --resume")
    if not Path(source).is_file():
        raise InputError(f"{Path(path).name}: expected its mesh at {source}, got none: put it back there")
    yield Done(Interrupted(path, str(source), dict(origin.get("settings") or {})))


JOBS = {
    "batch": batch,
    "look into": look_into,
    "open": open_file,
    "examine": examine,
    "warm": warm,
    "fit": fit,
    "extract": extract,
    "repair": repair,
    "repaired": repaired,
    "taken": taken,
    "difference": difference,
    "slice": take_slice,
    "save mesh": save_mesh,
    "save field": save_field,
}
