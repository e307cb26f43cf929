"""`shapefield nerf export`."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path

from shapefield.cli.hints import source, target
from shapefield.cli.nerf.saying import common
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.outputs import require_free
from shapefield.cli.voice import voice
from shapefield.config import ExtractionConfig, SolidConfig
from shapefield.errors import UsageError
from shapefield.settings import built, names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("run", metavar="RUN|SPLATS", type=source, help="folder of a run, or a file of Gaussian splats")
    parser.add_argument(
        "-o", "--output", metavar="OUT", required=True, type=target, help="file to write: .ply .glb .obj …"
    )
    add_flags(parser, ExtractionConfig, "the surface")
    parser.add_argument("--points", action="store_true", help="a point cloud (.ply) instead of a mesh")
    parser.add_argument("--count", type=int, default=200_000, help="points of the cloud (default 200000)")
    add_flags(parser, SolidConfig, "the scene", only=("unit",))
    common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    own = settings_of(arguments, names(ExtractionConfig))
    config = built(ExtractionConfig, own)
    unit = built(SolidConfig, settings_of(arguments, ["unit"])).unit
    from shapefield.cli.progress import follow
    from shapefield.mesh.writing import check_suffix
    from shapefield.splats.reading import kind_of
    from shapefield.storage.files import lock

    of_splats = kind_of(arguments.run) is not None
    if arguments.points and of_splats:
        raise UsageError("points: expected a run, got splats: export their mesh, then shapefield sample it")
    if arguments.points and Path(arguments.output).suffix.lower() != ".ply":
        raise UsageError(f"{arguments.output}: expected a .ply file for points: change the suffix")
    check_suffix(arguments.output)
    require_free([arguments.output], arguments, arguments.run)
    with lock(arguments.output):
        made = follow((_splats if of_splats else _job)(arguments, config, unit), arguments.quiet)
    report = {"output": str(arguments.output), "vertices": len(made.vertices), "faces": len(made.faces)}
    text = f"{arguments.output}: {len(made.vertices):,} vertices, {len(made.faces):,} faces"
    voice.report(report, [text])
    return 0


def _job(arguments: argparse.Namespace, config: ExtractionConfig, unit: str | None) -> Generator:
    from shapefield.events import Done, Notice, Stage
    from shapefield.mesh.writing import write
    from shapefield.nerf import export
    from shapefield.nerf.cloud import write_cloud
    from shapefield.nerf.result import load

    yield Stage("load")
    result = load(arguments.run)
    yield Stage("surface", f"{config.resolution}³")
    if arguments.points:
        made = (yield from export.points(result, config, arguments.count)).labelled(unit)
        write_cloud(made, Path(arguments.output), arguments.run)
    else:
        made = (yield from export.mesh(result, config)).labelled(unit)
        for notice in write(made, arguments.output, arguments.force, arguments.run):
            yield Notice(notice)
    yield Done(made)


def _splats(arguments: argparse.Namespace, config: ExtractionConfig, unit: str | None) -> Generator:
    from shapefield.events import Done, Notice, Stage
    from shapefield.mesh.writing import write
    from shapefield.splats.meshing import mesh
    from shapefield.splats.reading import read

    yield Stage("load")
    splats = read(arguments.run)
    for notice in splats.notices:
        yield Notice(notice)
    yield Stage("surface", f"{config.resolution}³")
    made = (yield from mesh(splats, config)).labelled(unit)
    for notice in write(made, arguments.output, arguments.force, arguments.run):
        yield Notice(notice)
    yield Done(made)
