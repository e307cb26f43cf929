"""`shapefield extract FIELD -o OUT`: a mesh out of a field, at any resolution."""

from __future__ import annotations

import argparse
from pathlib import Path

from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.terminal import tell
from shapefield.config import ExtractionConfig
from shapefield.machine.memory import require_libraries
from shapefield.methods.options import BaconOptions
from shapefield.settings import built, names, parsed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of extract."""
    parser.add_argument("field", metavar="FIELD", help="a .field file")
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="mesh to write")
    add_flags(parser, ExtractionConfig, "the surface")
    add_flags(parser, BaconOptions, "a field of bacon", only=("detail",))
    parser.add_argument("--force", action="store_true", help="replace a file that is not ours")
    parser.add_argument("--quiet", action="store_true", help="no progress and no notes")


def run(arguments: argparse.Namespace) -> int:
    """Extract and write."""
    given = settings_of(arguments, names(ExtractionConfig))
    config = built(ExtractionConfig, given)
    detail = None if arguments.detail is None else parsed(BaconOptions, "detail", arguments.detail)
    require_libraries()
    from shapefield.mesh.writing import check_suffix
    from shapefield.storage.files import check_replaceable, lock

    output = Path(arguments.output)
    check_suffix(output)
    check_replaceable(output, arguments.force)
    with lock(output):
        from shapefield.cli.progress import follow

        mesh = follow(_job(Path(arguments.field), output, config, detail, arguments.force), arguments.quiet)
    if not arguments.quiet:
        tell([f"written: {output}, {len(mesh.faces):,} faces"])
    return 0


def _job(source: Path, output: Path, config: ExtractionConfig, detail: int | None, force: bool):
    from shapefield.events import Done, Notice, Stage
    from shapefield.mesh.writing import write
    from shapefield.result import Result

    yield Stage("load")
    result = Result.load(source)
    if detail is not None:
        result = result.at_detail(detail)
    yield Stage("surface", f"{config.resolution}³")
    mesh = yield from result.surface(config)
    for notice in write(mesh, output, force):
        yield Notice(notice)
    yield Done(mesh)
