"""`shapefield nerf poses`."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path

from shapefield.cli.hints import source, target
from shapefield.cli.nerf.saying import common
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.voice import voice
from shapefield.nerf.photos.config import PosesConfig
from shapefield.settings import built, names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("photos", metavar="PHOTOS", type=source, help="a folder of photographs, or a video")
    parser.add_argument("-o", "--output", metavar="SCENE", required=True, type=target, help="folder to write")
    add_flags(parser, PosesConfig, "the cameras")
    common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    config = built(PosesConfig, settings_of(arguments, names(PosesConfig)))
    from shapefield.cli.progress import follow
    from shapefield.nerf.photos.posing import lines

    report = follow(_job(arguments, config), arguments.quiet)
    voice.report(
        report | {"output": str(arguments.output)}, [*lines(report), f"  written            {arguments.output}"]
    )
    return 0


def _job(arguments: argparse.Namespace, config: PosesConfig) -> Generator:
    from shapefield.events import Done
    from shapefield.nerf.photos.posing import pose

    report = yield from pose(Path(arguments.photos), Path(arguments.output), config, arguments.force)
    yield Done(report)
