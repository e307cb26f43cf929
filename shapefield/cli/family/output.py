"""What the actions that write surfaces share: their flags, and one surface or a folder of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.outputs import add_force, made_folder, require_free
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import ExtractionConfig
from shapefield.settings import built
from shapefield.storage.mark import Inputs

if TYPE_CHECKING:
    from shapefield.families.codedfield import CodedField
    from shapefield.mesh.model import Mesh

RESOLUTION = 128


def add_common(parser: argparse.ArgumentParser, output: str) -> None:
    """The family, a mesh OUT or a folder DIR to write, the resolution, and how a command speaks."""
    parser.add_argument("family", metavar="FAMILY", type=source, help="a .family file")
    names, text = (("--output",), "mesh to write, in the shape's own units")
    if output == "DIR":
        names, text = ("--out-dir", "--output"), "folder for the surfaces, made if it is not there"
    parser.add_argument("-o", *names, dest="output", metavar=output, required=True, type=target, help=text)
    add_flags(parser, ExtractionConfig, "the surface", ("resolution",), {"resolution": RESOLUTION})
    add_force(parser)
    add_voice(parser)


def resolution_of(arguments: argparse.Namespace) -> int:
    """Cells along the box's edge."""
    return built(ExtractionConfig, settings_of(arguments, ["resolution"])).resolution


Finished = Callable[["Mesh", "CodedField"], tuple["Mesh", dict[str, Any], list[str]]]
"""A surface and its field → the surface as it is written, entries for the report, and lines for people."""


def one(
    arguments: argparse.Namespace,
    fitted: Generator[Any, Any, CodedField],
    inputs: Inputs,
    finished: Finished | None = None,
) -> int:
    """Write the surface of the field that the job makes from the inputs."""
    from shapefield.cli.progress import follow
    from shapefield.mesh.writing import check_suffix
    from shapefield.storage.files import lock

    place, resolution = Path(arguments.output), resolution_of(arguments)
    check_suffix(place)
    require_free([place], arguments, inputs)
    with lock(place):
        job = _written(fitted, place, resolution, arguments.force, inputs, finished or _as_it_is)
        field, mesh, told, more = follow(job, arguments.quiet)
    report = {"file": str(place), "vertices": len(mesh.vertices), "faces": len(mesh.faces), "unit": mesh.unit}
    lines = [f"written: {place}, {len(mesh.faces):,} faces"]
    if field.error is not None:
        report["code_error"] = field.error
        lines.append(f"  code fitted to     {field.error:.3g} {field.unit or 'units'} of its samples, on average")
    voice.report(report | told, lines + more)
    return 0


def _as_it_is(mesh: Mesh, field: CodedField) -> tuple[Mesh, dict[str, Any], list[str]]:
    return mesh, {}, []


def _written(
    job: Generator[Any, Any, CodedField],
    place: Path,
    resolution: int,
    force: bool,
    inputs: Inputs,
    finished: Finished,
) -> Generator:
    from shapefield.events import Done, Notice, Stage
    from shapefield.mesh.writing import write

    yield Stage("code")
    field = yield from job
    yield Stage("surface", f"{resolution}³")
    mesh, told, lines = finished((yield from field.surface(resolution)), field)
    for line in write(mesh, place, force, inputs):
        yield Notice(line)
    yield Done((field, mesh, told, lines))


Shown = Callable[[Sequence[Path | None]], Path]
"""The surfaces' files, None for a field without one → the file of the pictures that were made of them."""


def several(
    arguments: argparse.Namespace, fields: Sequence[CodedField], names: Sequence[str], shown: Shown | None = None
) -> int:
    """Write the surfaces of the fields into the folder by their names; a field without a surface is told."""
    from shapefield.cli.progress import follow
    from shapefield.storage.files import lock

    folder, resolution = made_folder(arguments.output), resolution_of(arguments)
    places = [folder / f"{name}.ply" for name in names]
    require_free(places, arguments, arguments.family)
    with lock(folder):
        found = follow(_all_written(fields, places, resolution, arguments), arguments.quiet)
        pictures = None if shown is None or not any(found) else shown(found)
    written = [place for place in found if place is not None]
    report: dict[str, Any] = {"files": [str(place) for place in written]}
    lines = [f"{len(written)} surfaces in {folder}"]
    if pictures is not None:
        report["pictures"] = str(pictures)
        lines.append(f"  pictures           {pictures}")
    voice.report(report, lines)
    return 0


def _all_written(
    fields: Sequence[CodedField], places: Sequence[Path], resolution: int, arguments: argparse.Namespace
) -> Generator:
    from shapefield.errors import NoSurfaceError
    from shapefield.events import Done, Notice, Progress, Stage
    from shapefield.mesh.writing import write

    yield Stage("surface", f"{len(fields)} at {resolution}³")
    written: list[Path | None] = []
    for number, (field, place) in enumerate(zip(fields, places, strict=True)):
        try:
            mesh = yield from field.surface(resolution)
        except NoSurfaceError:
            yield Notice(f"{place.name}: its code has no surface: left out")
            written.append(None)
            continue
        write(mesh, place, arguments.force, arguments.family)
        written.append(place)
        yield Progress("surface", number + 1, len(fields))
    yield Done(written)
