"""`shapefield family reconstruct`."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shapefield.cli.family.output import add_common, one

if TYPE_CHECKING:
    from shapefield.families.codedfield import CodedField


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    add_common(parser, "OUT")
    parser.add_argument("shape", metavar="NAME|MESH", help="a member's name, or a mesh that the family has not seen")


def run(arguments: argparse.Namespace) -> int:
    """Reconstruct and write."""
    unseen = [arguments.shape] if Path(arguments.shape).exists() else []
    return one(arguments, _field(arguments.family, arguments.shape), [arguments.family, *unseen])


def _field(path: str, shape: str) -> Generator[Any, Any, CodedField]:
    """The member's field, or that of a code which is fitted to the mesh."""
    from shapefield.errors import UsageError
    from shapefield.families.family import Family

    family = Family.load(path)
    if shape in family.names:
        return family.field(shape)
    if not Path(shape).exists():
        try:
            family.index(shape)
        except UsageError as error:
            raise UsageError(str(error).replace("a member's name", "a member's name or a mesh file")) from None
    return (yield from family.fitted(shape))
