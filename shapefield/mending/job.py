"""A repair as one stream of events: path → Mesh → Solid → its own triangles, or a sampled surface → files → report."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

from shapefield.driving import retold
from shapefield.errors import UsageError
from shapefield.events import Done, Event, Notice, Stage
from shapefield.fitting.forecasting import require_distances
from shapefield.fitting.job import Clock
from shapefield.fitting.precompile import compiling_ahead
from shapefield.mending.config import MendingConfig
from shapefield.mending.keeping import kept, left_open, require_kept
from shapefield.mending.marks import marked
from shapefield.mending.remeshing import Remeshed, cells_for_parts, remeshed
from shapefield.mending.repaired import Repaired
from shapefield.mending.reporting import measured
from shapefield.mending.verdict import guess_of_unit
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read
from shapefield.mesh.writing import write
from shapefield.solid import Solid, solidify
from shapefield.solid.model import FaceOrigin, Kind


def repairing(
    source: str | Path | Mesh,
    config: MendingConfig,
    output: Path | None = None,
    marks: Path | None = None,
    force: bool = False,
    started: float | None = None,
) -> Generator[Event, Any, None]:
    """Mend a mesh, write it and its marks where that is asked for, and last yield Done with a Repaired.

    started : `time.perf_counter()` when the process began, which the report's seconds count from
    Raises UsageError for settings that do not fit the mesh, InputError for a mesh that is none, has no inside, or
    cannot be kept as asked, OutputError.
    """
    with compiling_ahead("repair"):
        yield from _repairing(source, config, output, marks, force, Clock(started))


def _repairing(
    source: str | Path | Mesh,
    config: MendingConfig,
    output: Path | None,
    marks: Path | None,
    force: bool,
    clock: Clock,
) -> Generator[Event, Any, None]:
    yield Stage("load")
    mesh = scaled(source if isinstance(source, Mesh) else read(source), config)
    for line in mesh.notices:
        yield Notice(line)
    config = config.in_input_units(mesh.extent)
    clock.leave("load")
    yield Stage("distances")
    solid = yield from _understood(mesh, config)
    clock.leave("distances")
    sampled: Remeshed | None = None
    if config.remesh:
        yield Stage("surface")
        sampled = yield from remeshed(solid, config)
    result = kept(solid, config.extraction.largest) if sampled is None else sampled.mesh
    clock.leave("surface")
    origin = None if isinstance(source, Mesh) else source
    for made, place in ((result, output), (marked(solid) if marks is not None else None, marks)):
        for line in write(made, place, force, origin) if made is not None and place is not None else ():
            yield Notice(line)
    clock.leave("writing")
    yield Stage("report")
    report = yield from measured(result, solid, config, sampled, clock)
    if mesh.unit is None and config.repair.scale == 1.0:
        yield Notice(guess_of_unit(report["sizes"]["before"]["extents"]))
    yield Done(Repaired(result, solid.record, report, solid))


def scaled(mesh: Mesh, config: MendingConfig) -> Mesh:
    """The mesh times the factor that is asked for, its lengths labelled: what the file says, or `--unit` after that."""
    factor, unit = config.repair.scale, config.solid.unit
    if factor == 1.0:
        return mesh.labelled(unit)
    return replace(mesh, vertices=mesh.vertices * factor, unit=unit or mesh.unit)


def _understood(mesh: Mesh, config: MendingConfig) -> Generator[Event, Any, Solid]:
    """The solid that the mesh means, and what of it could not be made of its own triangles."""
    require_distances(len(mesh.faces))
    choices = config.solid.choices()
    if config.repair.keep_open:
        choices["taken_as"] = "solid"
    cells = cells_for_parts(config, mesh)
    solid = yield from _untold(solidify(mesh, **choices, resolution=cells, sampled=config.remesh))
    if config.repair.mode == "keep":
        require_kept(solid)
    if config.repair.keep_open:
        solid = left_open(solid)
    if not config.remesh:
        for line in _sampled_parts(solid):
            yield Notice(line)
    return solid


def _untold(steps: Generator[Event, None, Solid]) -> Generator[Event, Any, Solid]:
    """Making a solid, without the line that sums its repairs up: the report tells them one by one."""

    def told(event: Event) -> Event | None:
        return None if isinstance(event, Notice) and event.message.startswith("repaired: ") else event

    return (yield from retold(steps, told))


def _sampled_parts(solid: Solid) -> list[str]:
    """A line for what could not be kept: where it is, and why."""
    length = f" {solid.mesh.unit}" if solid.mesh.unit else ""
    said = []
    for one in solid.record:
        if one.kind == Kind.GRID:
            place = ", ".join(f"{value:.4g}" for value in one.place)
            also = f", and {one.more:,} smaller ones" if one.more else ""
            said.append(f"sampled on a grid: the part at {place}, {one.size:.4g}{length} across{also}: {solid.reason}")
    if (solid.origin.made == FaceOrigin.THICKENED).any():
        said.append("the sides of a sheet that was given a thickness are sampled on a grid, for it has only one")
    return said


def check_names(output: Path, marks: Path | None) -> None:
    """Raise UsageError for one name for both, and for marks in a format without colours."""
    if marks is None:
        return
    if marks.resolve() == output.resolve():
        raise UsageError(f"{marks}: expected two names, got one for the mesh and its marks: change one")
    if marks.suffix.lower() == ".stl":
        raise UsageError(f"{marks}: expected a format with colours, got STL: name a .ply, .obj, .glb, .off or .3mf")
