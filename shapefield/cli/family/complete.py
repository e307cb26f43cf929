"""`shapefield family complete`."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.cli.family.output import add_common, one
from shapefield.cli.hints import source, target
from shapefield.cli.outputs import require_free
from shapefield.errors import UsageError
from shapefield.families.measured import WIDTH

if TYPE_CHECKING:
    from shapefield.families.codedfield import CodedField
    from shapefield.mesh.model import Mesh


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    add_common(parser, "OUT")
    text = "a partial mesh, or a cloud of points: PLY without faces, NPY, XYZ, PTS, CSV, with normals or without"
    parser.add_argument("partial", metavar="PARTIAL", type=source, help=text)
    text = "where the scan was taken from: between the camera and the points nothing is"
    parser.add_argument("--free-space", metavar="X,Y,Z", help=text)
    text = "let the surface go through the measured points, blended over --width into what the family invents"
    parser.add_argument("--keep-measured", action="store_true", help=text)
    text = f"of that blend, in bounding radii of the whole (default {WIDTH:g})"
    parser.add_argument("--width", type=float, default=WIDTH, metavar="X", help=text)
    text = "write how far each vertex is invented, 0 measured to 1 invented, (n,) float32"
    parser.add_argument("--marks", metavar="FILE.npy", type=target, help=text)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of everything random (default 0)")


def run(arguments: argparse.Namespace) -> int:
    """Complete and write."""
    inputs = [arguments.family, arguments.partial]
    camera = None if arguments.free_space is None else _camera(arguments.free_space)
    marks = None if arguments.marks is None else Path(arguments.marks)
    if marks is not None:
        if marks.suffix.lower() != ".npy":
            raise UsageError(f"{marks}: expected a name that ends in .npy: add that to the name")
        require_free([marks], arguments, inputs)

    def finished(mesh: Mesh, field: CodedField) -> tuple[Mesh, dict[str, Any], list[str]]:
        from shapefield.families.completion import marked
        from shapefield.storage.arrays import write_npy

        made, invented, share = marked(mesh, field)
        if marks is not None:
            write_npy(marks, invented, inputs)
        measured = field.measured
        assert measured is not None
        width = measured.width / field.pose.scale
        told = {"invented": share, "points": len(measured.points), "width": width, "kept": field.keep}
        lines = [f"  invented           {100 * share:.0f} % of the surface lies where nothing was measured"]
        if field.keep:
            lines.append(f"  measured           kept, blended over {width:.3g} {field.unit or 'units'}")
        return made, told | ({"marks": str(marks)} if marks is not None else {}), lines

    return one(arguments, _field(arguments, camera), inputs, finished)


def _field(arguments: argparse.Namespace, camera: tuple[float, ...] | None) -> Generator[Any, Any, CodedField]:
    import numpy as np

    from shapefield.families.completion import complete
    from shapefield.families.family import Family
    from shapefield.families.partial import partial_of

    partial = partial_of(arguments.partial, arguments.seed)
    family = Family.load(arguments.family)
    place = None if camera is None else np.array(camera)
    return (yield from complete(family, partial, place, arguments.keep_measured, arguments.width, seed=arguments.seed))


def _camera(text: str) -> tuple[float, ...]:
    try:
        found = tuple(float(word) for word in text.split(","))
    except ValueError:
        found = ()
    if len(found) != 3 or not all(abs(value) < float("inf") for value in found):
        raise UsageError(f"--free-space: expected the camera's place as X,Y,Z in the scan's units, got {text!r}")
    return found
