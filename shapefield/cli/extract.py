"""`shapefield extract FIELD -o OUT`: a mesh out of a field, at any resolution."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path
from typing import Any

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_flags, add_plugin, settings_of
from shapefield.cli.outputs import add_force, require_free
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import EngineConfig, ExtractionConfig, SolidConfig
from shapefield.events import Event
from shapefield.machine.memory import require_libraries
from shapefield.methods.options import BaconOptions
from shapefield.settings import built, names, parsed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of extract."""
    parser.add_argument("field", metavar="FIELD", type=source, help="a .field file")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, type=target, help="mesh to write")
    add_plugin(parser)
    add_flags(parser, ExtractionConfig, "the surface")
    add_flags(parser, SolidConfig, "the field", only=("unit",))
    add_flags(parser, EngineConfig, "the engine")
    add_flags(parser, BaconOptions, "a field of bacon", only=("detail",))
    add_force(parser)
    add_voice(parser)


def run(arguments: argparse.Namespace) -> int:
    """Extract and write."""
    given = settings_of(arguments, names(ExtractionConfig))
    config = built(ExtractionConfig, given)
    unit = built(SolidConfig, settings_of(arguments, ["unit"])).unit
    engine = built(EngineConfig, settings_of(arguments, names(EngineConfig))).engine
    detail = None if arguments.detail is None else parsed(BaconOptions, "detail", arguments.detail)
    require_libraries()
    from shapefield.mesh.writing import check_suffix
    from shapefield.storage.files import lock

    output = Path(arguments.output)
    check_suffix(output)
    require_free([output], arguments, arguments.field)
    with lock(output):
        from shapefield.cli.progress import follow

        job = _job(Path(arguments.field), output, config, engine, detail, unit, arguments.force)
        mesh = follow(job, arguments.quiet)
    report = {"file": str(output), "vertices": len(mesh.vertices), "faces": len(mesh.faces), "unit": mesh.unit}
    voice.report(report, [f"written: {output}, {len(mesh.faces):,} faces"])
    return 0


def _job(
    field: Path, output: Path, config: ExtractionConfig, engine: str, detail: int | None, unit: str | None, force: bool
) -> Generator[Event, Any, None]:
    from shapefield.events import Done, Notice, Stage
    from shapefield.mesh.writing import write
    from shapefield.result import Result

    yield Stage("load")
    result = Result.load(field)
    result.unit = result.unit or unit
    if detail is not None:
        result = result.at_detail(detail)
    yield Stage("surface", f"{config.resolution}³")
    mesh = yield from result.surface(config, engine)
    for notice in write(mesh, output, force, field):
        yield Notice(notice)
    yield Done(mesh)
