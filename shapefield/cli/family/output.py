"""What the actions that write surfaces share: their flags, and one surface or a folder of them."""

from __future__ import annotations

import argparse
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import ExtractionConfig
from shapefield.errors import OutputError
from shapefield.settings import built

if TYPE_CHECKING:
    from shapefield.families.family import CodedField

RESOLUTION = 128


def add_common(parser: argparse.ArgumentParser, output: str, text: str) -> None:
    """The family, the output, the resolution, and how a command speaks."""
    parser.add_argument("family", metavar="FAMILY", type=source, help="a .family file")
    parser.add_argument("-o", "--output", metavar=output, required=True, type=target, help=text)
    add_flags(parser, ExtractionConfig, "the surface", ("resolution",), {"resolution": RESOLUTION})
    parser.add_argument("--force", action="store_true", help="replace files that are not ours")
    add_voice(parser)


def resolution_of(arguments: argparse.Namespace) -> int:
    """Cells along the box's edge."""
    return built(ExtractionConfig, settings_of(arguments, ["resolution"])).resolution


def one(arguments: argparse.Namespace, fitted: Generator[Any, Any, CodedField]) -> int:
    """Write the surface of the field that the job makes."""
    from shapefield.cli.progress import follow
    from shapefield.mesh.writing import check_suffix
    from shapefield.storage.files import check_replaceable, lock

    place, resolution = Path(arguments.output), resolution_of(arguments)
    check_suffix(place)
    check_replaceable(place, arguments.force)
    with lock(place):
        field, mesh = follow(_written(fitted, place, resolution, arguments.force), arguments.quiet)
    report = {"file": str(place), "vertices": len(mesh.vertices), "faces": len(mesh.faces), "unit": mesh.unit}
    lines = [f"written: {place}, {len(mesh.faces):,} faces"]
    if field.error is not None:
        report["code_error"] = field.error
        lines.append(f"  code fitted to     {field.error:.3g} {field.unit or 'units'} of its samples, on average")
    voice.report(report, lines)
    return 0


def _written(job: Generator[Any, Any, CodedField], place: Path, resolution: int, force: bool) -> Generator:
    from shapefield.events import Done, Notice, Stage
    from shapefield.mesh.writing import write

    yield Stage("code")
    field = yield from job
    yield Stage("surface", f"{resolution}³")
    mesh = yield from field.surface(resolution)
    for line in write(mesh, place, force):
        yield Notice(line)
    yield Done((field, mesh))


def several(arguments: argparse.Namespace, fields: Sequence[CodedField], stem: str) -> int:
    """Write the surfaces of the fields into the folder, numbered; a field without a surface is told."""
    from shapefield.cli.progress import follow
    from shapefield.storage.files import check_replaceable, lock

    folder, resolution = Path(arguments.output), resolution_of(arguments)
    places = [folder / f"{stem}_{number:02d}.ply" for number in range(len(fields))]
    for place in places:
        check_replaceable(place, arguments.force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}): choose another folder") from error
    with lock(folder):
        written = follow(_all_written(fields, places, resolution, arguments.force), arguments.quiet)
    voice.report({"files": [str(p) for p in written]}, [f"{len(written)} surfaces in {folder}"])
    return 0


def _all_written(fields: Sequence[CodedField], places: Sequence[Path], resolution: int, force: bool) -> Generator:
    from shapefield.errors import NoSurfaceError
    from shapefield.events import Done, Notice, Progress, Stage
    from shapefield.mesh.writing import write

    yield Stage("surface", f"{len(fields)} at {resolution}³")
    written = []
    for number, (field, place) in enumerate(zip(fields, places, strict=True)):
        try:
            mesh = yield from field.surface(resolution)
        except NoSurfaceError:
            yield Notice(f"{place.name}: its code has no surface: left out")
            continue
        write(mesh, place, force)
        written.append(place)
        yield Progress("surface", number + 1, len(fields))
    yield Done(written)
