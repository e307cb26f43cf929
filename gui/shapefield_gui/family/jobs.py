"""What the Family tab's process does: opens, completes, trains and writes as jobs; draws surfaces as answers."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from shapefield.errors import InterruptedRun, NoSurfaceError, UsageError
from shapefield.events import Done, Notice, Progress, Stage
from shapefield.mesh.model import Mesh, Similarity
from shapefield_gui.children import engine
from shapefield_gui.children.warming import warmed
from shapefield_gui.family.records import THUMB, CodedSurface, Completed, OpenedFamily, ShapeQuestion, Thumb

Job = Generator[Any, Any, None]
UNIT = Similarity(np.zeros(3), 1.0)
COARSE = 32
"""Cells along the box of a surface on the map."""
LIVE_SHARE = 0.1
"""Of a training's time, about, that its members' pictures take."""
EXPORTED = 256


class _HeldFamily:
    """What this process has open."""

    family: Any = None
    completed: Any = None
    shown: Any = None
    mesh: tuple[Any, Mesh | None] | None = None
    """What the surface that was taken last is of, and that surface: a turned view needs no other."""


def open_family(path: str) -> Job:
    """The family, then its members' pictures."""
    from shapefield.families.family import Family

    yield Stage("open")
    _HeldFamily.family, _HeldFamily.completed, _HeldFamily.shown = Family.load(path), None, None
    _HeldFamily.mesh = None
    yield _opened(_HeldFamily.family, path)
    for number in range(len(_HeldFamily.family.members)):
        yield Progress("pictures", number + 1, len(_HeldFamily.family.members))
        yield _thumb(_HeldFamily.family, number)
    yield Done(None)


def _opened(family: Any, path: str) -> OpenedFamily:
    directions, deviations = family.directions()
    scores = (
        ((family.codes - family.codes.mean(dim=0)) @ directions[:2].T / deviations[:2].clamp(min=1e-9)).cpu().numpy()
    )
    places = np.zeros((len(scores), 2))
    places[:, : scores.shape[1]] = scores
    return OpenedFamily(path, family.method.name, tuple(family.names), places, len(directions))


def _thumb(family: Any, number: int) -> Thumb:
    return Thumb(number, _picture(_surface(family.field(family.names[number]), COARSE), (0.0, 0.0), THUMB))


def _surface(field: Any, resolution: int) -> Mesh | None:
    """The surface in the family's frame, as it is met on the grid's edges; None where there is none."""
    from shapefield.driving import finish
    from shapefield.surface import extract

    try:
        return finish(extract(field.value, resolution, refine=False, chunk=field.frozen.chunk)).mesh
    except NoSurfaceError:
        return None


def _picture(mesh: Mesh | None, turn: tuple[float, float], pixels: int) -> np.ndarray:
    """(pixels, pixels, 4) uint8 of a mesh in the family's frame, nothing around it."""
    from shapefield.mesh.thumbnail import thumbnail

    picture = np.zeros((pixels, pixels, 4), np.uint8)
    if mesh is None:
        return picture
    (a, b), (c, d) = (np.cos(turn), np.sin(turn))
    about_z = np.array([[a, -c, 0], [c, a, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, b, -d], [0, d, b]])
    seen = thumbnail(replace(mesh, vertices=mesh.vertices @ (about_x @ about_z).T, normals=None), pixels, UNIT)
    picture[..., :3], picture[..., 3] = seen, np.where((seen == 255).all(axis=2), 0, 255)
    picture[picture[..., 3] == 0] = 0
    return picture


def _field(look: ShapeQuestion) -> Any:
    """The field that is looked at. Raises UsageError where nothing is open."""
    import torch

    family = _HeldFamily.family
    if family is None or (look.weights is None and _HeldFamily.completed is None):
        raise UsageError("family: expected one that is open, got none: open a .family first")
    if look.weights is None:
        start, code = _HeldFamily.completed, _HeldFamily.completed.code
    else:
        start = family.field(family.names[int(look.weights.argmax())])
        code = torch.from_numpy(look.weights).to(family.codes) @ family.codes
    directions, deviations = family.directions()
    moves = torch.tensor(look.shifts).to(family.codes)
    moved = (moves * deviations[: len(moves)]) @ directions[: len(moves)]
    code = code.clone()
    code[: len(moved)] += moved
    return replace(start, code=code, keep=start.keep and not any(look.shifts))


def answer(look: ShapeQuestion) -> Generator[Any, None, None]:
    """The surface of what is looked at, as a picture."""
    try:
        field = _field(look)
    except UsageError:
        return
    yield None
    what = (None if look.weights is None else look.weights.tobytes(), look.shifts, look.resolution)
    if _HeldFamily.mesh is None or _HeldFamily.mesh[0] != what:
        _HeldFamily.mesh = what, _surface(field, look.resolution)
    mesh, _HeldFamily.shown = _HeldFamily.mesh[1], field
    yield None
    told = "its code has no surface" if mesh is None else f"{len(mesh.faces):,} faces at {look.resolution}³"
    yield CodedSurface(look.number, _picture(mesh, look.turn, look.pixels), told)


def complete(path: str) -> Job:
    """What the family makes of a partial mesh or cloud; the measured part stands in its place."""
    from shapefield.families.completion import complete as completion
    from shapefield.families.partial import partial_of

    if _HeldFamily.family is None:
        raise UsageError("family: expected one that is open, got none: open a .family first")
    yield Stage("complete")
    found = yield from completion(_HeldFamily.family, partial_of(path), keep=True)
    _HeldFamily.completed, _HeldFamily.mesh = found, None
    away = "" if found.error is None else f", {found.error:.3g} {found.unit or 'units'} off its points on average"
    yield Done(Completed(path, f"{Path(path).name} is completed{away}."))


def save(path: str) -> Job:
    """The surface that was shown last, in input units; the dialog has asked about replacing."""
    from shapefield.mesh.writing import write

    if _HeldFamily.shown is None:
        raise UsageError("surface: expected one that is shown, got none: open a .family first")
    yield Stage("surface", f"{EXPORTED}³")
    mesh = yield from _HeldFamily.shown.surface(EXPORTED)
    for line in write(mesh, path, True):
        yield Notice(line)
    yield Done(path)


def train(folder: str, output: str, budget: float) -> Job:
    """A family of the meshes in a folder, its members' pictures on the way; Done with the file."""
    from shapefield.families.config import FamilyConfig
    from shapefield.families.pipeline import FamilyJob, FamilyRun

    run = FamilyRun(FamilyJob([folder], Path(output), force=True), FamilyConfig(budget=budget))
    events, command, live = run.events(), None, _live(run)
    try:
        while True:
            event = events.send(command)
            if isinstance(event, Done):
                yield Done(output)
                return
            command = yield event
            if isinstance(event, Progress) and event.stage == "training":
                yield from next(live)
    except InterruptedRun as stop:
        events.throw(stop)
    finally:
        events.close()


def _live(run: Any) -> Generator[list[Any], None, None]:
    """Each time what there is to see of a family that is trained: now and then its map and a member's picture."""
    due, number = 0.0, 0
    while True:
        begun = perf_counter()
        if begun < due or run.trainer is None:
            yield []
            continue
        with run.trainer.shown():
            family = run.present()
            found = [_opened(family, ""), _thumb(family, number % len(family.members))]
        number += 1
        due = perf_counter() + (perf_counter() - begun) / LIVE_SHARE
        yield found


def warm() -> Job:
    """Import what a family needs, so that it opens at once."""
    yield Done(warmed("shapefield.families.family"))


JOBS = {"open": open_family, "complete": complete, "save": save, "train": train, "warm": warm}


def main(commands: Connection, events: Connection) -> None:
    """A process with these jobs."""
    engine.main(commands, events, JOBS, answer)
