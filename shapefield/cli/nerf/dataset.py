"""`shapefield nerf dataset`."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Generator
from pathlib import Path

from shapefield.cli.hints import source, target
from shapefield.cli.nerf.saying import common
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.voice import voice
from shapefield.nerf.synthetic_config import DatasetConfig
from shapefield.settings import built, names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("mesh", metavar="MESH", type=source, help="OBJ, PLY, STL, OFF, GLB, GLTF or 3MF")
    parser.add_argument("-o", "--output", metavar="DIR", required=True, type=target, help="folder to write")
    add_flags(parser, DatasetConfig, "the scene")
    common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    own = settings_of(arguments, names(DatasetConfig))
    config = built(DatasetConfig, own)
    from shapefield.cli.progress import follow

    follow(_job(arguments, config), arguments.quiet)
    report = {"output": str(arguments.output)} | dataclasses.asdict(config)
    voice.report(report, [f"{arguments.output}: {config.views} training views of {config.size}x{config.size}"])
    return 0


def _job(arguments: argparse.Namespace, config: DatasetConfig) -> Generator:
    from shapefield.events import Done, Notice, Stage
    from shapefield.mesh.reading import read
    from shapefield.nerf import photographs, synthetic

    yield Stage("load")
    mesh = read(arguments.mesh)
    for line in mesh.notices:
        yield Notice(line)
    make = photographs.make if config.photo else synthetic.make
    folder = yield from make(mesh, Path(arguments.output), config, arguments.force, arguments.mesh)
    yield Done(folder)
