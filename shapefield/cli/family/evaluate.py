"""`shapefield family eval`."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path
from typing import Any

from shapefield.cli.family.output import RESOLUTION
from shapefield.cli.hints import source
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import ExtractionConfig
from shapefield.settings import built


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("family", metavar="FAMILY", type=source, help="a .family file")
    text = "a folder with the members' files, where they are no longer where they were"
    parser.add_argument("--data", action="append", default=None, metavar="DIR", type=source, help=text)
    add_flags(parser, ExtractionConfig, "the surface", ("resolution",), {"resolution": RESOLUTION})
    add_voice(parser)


def run(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    from shapefield.cli.progress import follow

    resolution = built(ExtractionConfig, settings_of(arguments, ["resolution"])).resolution
    folders = [Path(folder) for folder in arguments.data or []]
    found = follow(_job(arguments.family, folders, resolution), arguments.quiet)
    voice.report(found, table(arguments.family, found))
    return 0


def _job(path: str, folders: list[Path], resolution: int) -> Generator[Any, Any, None]:
    from shapefield.events import Done, Stage
    from shapefield.families.evaluation import evaluate
    from shapefield.families.family import Family

    yield Stage("load")
    yield Done((yield from evaluate(Family.load(path), folders, resolution)))


def table(name: str, found: dict[str, Any]) -> list[str]:
    """Mean and worst over the shapes of a row, in R."""
    lines = [f"{name}: errors of surfaces at {found['resolution']}³, in R, mean / worst over the shapes of a row"]
    for row, title in (("members", "members"), ("unseen", "unseen, code fitted")):
        if row in found:
            shapes = found[row]["shapes"]
            lines.append(f"  {title:20} {found[row]['mean']:.2e} / {found[row]['worst']:.2e}   {len(shapes)} shapes")
    for row, title in (("seen", "half seen: seen half"), ("unseen", "half seen: the other")):
        if "completion" in found:
            half = found["completion"][row]
            lines.append(f"  {title:20} {half['mean']:.2e} / {half['worst']:.2e}   {len(half['shapes'])} shapes")
    frames = found["interpolation"]["frames"]
    for pair in found["interpolation"]["pairs"]:
        volumes = "within" if pair["volumes_within"] else "not within"
        told = f"{pair['one_body']} of {frames} frames of one body, volumes {volumes} 10 % of the ends'"
        lines.append(f"  {' to '.join(pair['ends']):20} {told}")
    return lines
