"""What the engine process can do for the window: each a generator of events that ends with Done(a plain record)."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.config import ExtractionConfig, FitConfig
from shapefield.errors import InputError
from shapefield.events import Done, Event, Notice, Progress, Stage
from shapefield.mesh.model import Mesh

Job = Generator[Event, Any, None]


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """A file as the window shows it: a mesh, or a field with its surface.

    path, field : the mesh file; the field it came from, or None
    similarity  : center (3,) and scale of the unit frame
    report      : a field's report;  settings : its method and whether it is a distance;  None for a mesh
    extent      : (3,) edges of the bounding box, input units
    reference   : a field's original mesh file, where that is known and there
    """

    path: str
    mesh: Mesh
    center: np.ndarray
    scale: float
    field: str | None = None
    report: dict[str, Any] | None = None
    settings: dict[str, Any] | None = None
    extent: tuple[float, ...] = (0.0, 0.0, 0.0)
    reference: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """The mesh doctor's answer. figures : plain values; findings : what is wrong, a line each; plan : what is done."""

    path: str
    figures: dict[str, Any]
    findings: tuple[str, ...]
    plan: tuple[str, ...]
    refused: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A surface taken out of a field, with each vertex's distance to the original (n,) in input units, or None."""

    mesh: Mesh
    error: np.ndarray | None
    report: dict[str, Any]
    field: str
    method: str
    is_distance: bool


@dataclass(frozen=True, slots=True, eq=False)
class Sliced:
    """Values (k, k) of the field on a plane, rows along the second axis from low to high; `truth` the same, exact.

    axis, place : the plane, input units;  extent : (low, high) of the two other axes, input units
    """

    axis: int
    place: float
    extent: tuple[float, float, float, float]
    values: np.ndarray
    is_distance: bool
    unit: str | None


_MESHES: dict[str, Mesh] = {}
_SOLIDS: dict[str, Any] = {}
_FIELDS: dict[tuple[str, float], Any] = {}


def _mesh(path: str) -> Mesh:
    from shapefield.mesh.reading import read

    stamp = f"{path}|{os.stat(path).st_mtime_ns}" if os.path.exists(path) else path
    if stamp not in _MESHES:
        _MESHES.clear()
        _MESHES[stamp] = read(path)
    return _MESHES[stamp]


def _field(path: str) -> Any:
    from shapefield.result import Result

    key = (path, os.stat(path).st_mtime) if os.path.exists(path) else (path, 0.0)
    if key not in _FIELDS:
        _FIELDS.clear()
        _FIELDS[key] = Result.load(path)
    return _FIELDS[key]


def _solid(path: str) -> Generator[Event, Any, Any]:
    from shapefield.solid import solidify

    if path not in _SOLIDS:
        _SOLIDS.clear()
        _SOLIDS[path] = yield from solidify(_mesh(path))
    return _SOLIDS[path]


def open_file(path: str, resolution: int = 128) -> Job:
    """Read a mesh, or a field and its surface."""
    yield Stage("load")
    if path.lower().endswith(".field"):
        result = _field(path)
        yield Stage("surface")
        mesh = yield from result.surface(ExtractionConfig(resolution=resolution))
        similarity = result.similarity
        settings = {"method": result.method.name, "is_distance": result.is_distance, "name": result.name}
        extent = _extent(mesh)
        near = Path(path).parent / result.name
        reference = str(near) if near.is_file() and near.suffix != ".field" else None
        yield Done(
            Opened(path, mesh, similarity.center, similarity.scale, path, result.report, settings, extent, reference)
        )
        return
    mesh = _mesh(path)
    if len(mesh.faces) == 0:
        raise InputError(f"{mesh.name}: expected a mesh with faces, got none: re-export it with its faces")
    similarity = mesh.similarity()
    yield Done(Opened(path, mesh, similarity.center, similarity.scale, extent=_extent(mesh)))


def _extent(mesh: Mesh) -> tuple[float, ...]:
    low, high = mesh.bounds
    return tuple(float(e) for e in high - low)


def examine(path: str) -> Job:
    """What is wrong with the file, and what will be done about it."""
    from shapefield.mesh.inspection import findings, inspect

    yield Stage("load")
    mesh = _mesh(path)
    seen = inspect(mesh)
    yield Progress("load", 1, 2)
    plan: list[str] = []
    refused = None
    try:
        solid = yield from _solid(path)
        plan = [f"inside is told by {solid.sign_method}: {solid.reason}"]
        plan += [f"{name.replace('_', ' ')}: {_spoken(v)}" for name, v in _changed(solid.repairs.as_dict())]
    except InputError as error:
        refused = str(error)
    yield Done(Examined(path, seen.as_dict(), (*mesh.notices, *findings(seen)), tuple(plan), refused))


def _changed(repairs: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(k, v) for k, v in repairs.items() if v and k != "sign_disagreement"]


def _spoken(value: Any) -> str:
    return "yes" if value is True else f"{value:.3g}" if isinstance(value, float) else str(value)


def warm() -> Job:
    """Import what a fit needs, so that it starts at once when asked for."""
    import torch

    import shapefield.fitting
    import shapefield.solid  # noqa: F401
    from shapefield.devices import present

    yield Done({"devices": present(), "threads": torch.get_num_threads()})


def fit(path: str, field: str, config: FitConfig, resume: bool = False, previews: float = 0.2) -> Job:
    """Fit a field to a mesh, with previews; ends with the surface and its heat-map."""
    from shapefield.job import Job as Task
    from shapefield.pipeline import reconstruct

    command = None
    if config.training.budget:
        # previews are no training: their share comes off, so that the surface is there when the budget is spent
        training = replace(config.training, budget=max(1.0, config.training.budget * (1.0 - previews)))
        config = replace(config, training=training)
    steps = reconstruct(Task(path, None, Path(field), force=True, resume=resume, previews=previews), config)
    while True:
        try:
            event = steps.send(command)
        except StopIteration:
            return
        if isinstance(event, Done):
            yield from _finish(path, field, event.result, config.extraction)
            return
        try:
            command = yield event
        except GeneratorExit:
            steps.close()
            raise
        except BaseException as stop:
            steps.throw(stop)
            raise


def _finish(path: str, field: str, result: Any, extraction: ExtractionConfig) -> Job:
    yield Stage("report", "heat-map")
    mesh = result.latest if getattr(result, "latest", None) is not None else None
    if mesh is None:
        mesh = yield from result.surface(extraction)
    error = yield from _errors(path, mesh)
    yield Done(Fitted(mesh, error, result.report, field, result.method.name, result.is_distance))


def _errors(path: str | None, mesh: Mesh) -> Generator[Event, Any, np.ndarray | None]:
    if path is None or not Path(path).is_file():
        return None
    try:
        solid = yield from _solid(path)
    except InputError as error:
        yield Notice(str(error))
        return None
    out = np.empty(len(mesh.vertices), np.float32)
    for start in range(0, len(out), 1 << 16):
        part = slice(start, start + (1 << 16))
        out[part] = np.abs(solid.unsigned(mesh.vertices[part]))
        yield Progress("report", min(start + (1 << 16), len(out)), len(out))
    return out


def extract(field: str, config: ExtractionConfig, reference: str | None = None) -> Job:
    """Take the surface out of a field again, and measure it against the reference if there is one."""
    yield Stage("load")
    result = _field(field)
    yield Stage("surface", f"{config.resolution}³")
    mesh = yield from result.surface(config)
    error = yield from _errors(reference, mesh)
    report = dict(result.report)
    if reference and error is not None and config.level == 0.0:
        from shapefield.metrics import compare

        yield Stage("report")
        solid = yield from _solid(reference)
        found = yield from compare(mesh, solid, points=100_000)
        report |= {"quality": found.as_dict(), "resolution": config.resolution}
    yield Done(Fitted(mesh, error, report, field, result.method.name, result.is_distance))


def take_slice(field: str, axis: int, place: float, size: int = 192) -> Job:
    """The field's values on a plane across the unit frame; `place` in input units along `axis`."""
    result = _field(field)
    similarity = result.similarity
    span = 0.98 / similarity.scale
    others = [k for k in range(3) if k != axis]
    low, high = similarity.center - span, similarity.center + span
    u, v = np.linspace(low[others[0]], high[others[0]], size), np.linspace(low[others[1]], high[others[1]], size)
    points = np.empty((size, size, 3))
    points[..., axis] = place
    points[..., others[0]], points[..., others[1]] = np.meshgrid(u, v)
    values = result.field(points.reshape(-1, 3)).reshape(size, size).astype(np.float32)
    extent = (float(u[0]), float(u[-1]), float(v[0]), float(v[-1]))
    yield Done(Sliced(axis, place, extent, values, result.is_distance, result.unit))


def save_mesh(mesh: Mesh, path: str) -> Job:
    """Write a mesh; the dialog has asked about replacing."""
    from shapefield.mesh.writing import write

    yield Stage("save")
    for notice in write(mesh, path, force=True):
        yield Notice(notice)
    yield Done(path)


def save_field(source: str, path: str) -> Job:
    """Copy a field file, whole or not at all."""
    from shapefield.files import writing

    yield Stage("save")
    with writing(path) as out:
        out.write(Path(source).read_bytes())
    yield Done(path)


JOBS = {
    "open": open_file,
    "examine": examine,
    "warm": warm,
    "fit": fit,
    "extract": extract,
    "slice": take_slice,
    "save mesh": save_mesh,
    "save field": save_field,
}
