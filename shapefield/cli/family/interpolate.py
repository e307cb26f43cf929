"""`shapefield family interpolate`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shapefield.cli.family.output import add_common, several
from shapefield.cli.hints import target
from shapefield.cli.outputs import require_free
from shapefield.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

    from shapefield.families.codedfield import CodedField
    from shapefield.families.family import Family

SIDE = 320
"""Pixels of a picture's edge in a video."""
SHEET = 160
"""Pixels of one surface on the sheet of a grid."""
SHEET_NAME = "grid.png"
RATE = 12.0
"""Pictures a second of a video."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    add_common(parser, "DIR")
    parser.add_argument("first", metavar="A", help="the member to begin with")
    parser.add_argument("last", metavar="B", help="the member to end with")
    parser.add_argument("--frames", type=int, default=9, metavar="N", help="surfaces, ends included (default 9)")
    text = "also between these two, below A and B: N x N surfaces, and all on one sheet, grid.png"
    parser.add_argument("--grid", nargs=2, metavar=("C", "D"), help=text)
    text = "also a film of the surfaces, there and back: .mp4, .webm or .gif"
    parser.add_argument("--video", metavar="FILE", type=target, help=text)


def run(arguments: argparse.Namespace) -> int:
    """Interpolate and write."""
    from shapefield.families.family import Family

    family, frames, video = Family.load(arguments.family), arguments.frames, arguments.video
    if arguments.grid is not None and video is not None:
        raise UsageError("grid, video: expected one of the two, got both: leave one out")
    if arguments.grid is not None:
        return _grid(arguments, family)
    fields = family.interpolate(arguments.first, arguments.last, frames)
    names = [f"frame_{k:02d}" for k in range(frames)]
    if video is None:
        return several(arguments, fields, names)
    from shapefield.storage.film import SUFFIXES

    if Path(video).suffix.lower() not in SUFFIXES:
        raise UsageError(f"{video}: expected a suffix out of {', '.join(SUFFIXES)}: add one to the name")
    require_free([video], arguments, arguments.family)
    return several(arguments, fields, names, lambda written: _film(fields, written, arguments))


def _grid(arguments: argparse.Namespace, family: Family) -> int:
    frames = arguments.frames
    rows = family.grid((arguments.first, arguments.last, *arguments.grid), frames)
    fields = [field for row in rows for field in row]
    names = [f"grid_{k // frames:02d}_{k % frames:02d}" for k in range(len(fields))]
    require_free([Path(arguments.output) / SHEET_NAME], arguments, arguments.family)
    return several(arguments, fields, names, lambda written: _sheet(fields, written, arguments))


def _pictures(fields: Sequence[CodedField], written: Sequence[Path | None], side: int) -> list[np.ndarray]:
    """(side, side, 3) of every surface in the one frame of the family; white where a code has none."""
    import numpy as np

    from shapefield.mesh.reading import read
    from shapefield.mesh.thumbnail import thumbnail

    empty = np.full((side, side, 3), 255, np.uint8)
    return [
        empty if place is None else thumbnail(read(place), side, field.pose.similarity)
        for field, place in zip(fields, written, strict=True)
    ]


def _film(fields: Sequence[CodedField], written: Sequence[Path | None], arguments: argparse.Namespace) -> Path:
    from shapefield.storage.film import filming

    pictures = _pictures(fields, written, SIDE)
    with filming(arguments.video, RATE, arguments.force, arguments.family) as add:
        for picture in [*pictures, *pictures[-2:0:-1]]:
            add(picture)
    return Path(arguments.video)


def _sheet(fields: Sequence[CodedField], written: Sequence[Path | None], arguments: argparse.Namespace) -> Path:
    import numpy as np
    from PIL import Image

    from shapefield.storage.png import write_png

    place, frames = Path(arguments.output) / SHEET_NAME, arguments.frames
    pictures = np.array(_pictures(fields, written, SHEET)).reshape(frames, frames, SHEET, SHEET, 3)
    sheet = pictures.transpose(0, 2, 1, 3, 4).reshape(frames * SHEET, frames * SHEET, 3)
    write_png(Image.fromarray(sheet), place, arguments.force, arguments.family)
    return place
