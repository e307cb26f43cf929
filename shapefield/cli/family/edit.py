"""`shapefield family edit`."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from shapefield.cli.family.output import add_common, one
from shapefield.errors import UsageError

if TYPE_CHECKING:
    from shapefield.families.codedfield import CodedField


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    add_common(parser, "OUT")
    parser.add_argument("name", metavar="NAME", help="the member to move")
    text = "how many of the family's deviations along a principal direction, from 0: --axis 0=+1.5"
    parser.add_argument("--axis", action="append", required=True, metavar="K=X", help=text)


def run(arguments: argparse.Namespace) -> int:
    """Move and write."""
    moves = dict(map(_move, arguments.axis))
    return one(arguments, _field(arguments.family, arguments.name, moves), arguments.family)


def _field(path: str, name: str, moves: dict[int, float]) -> Generator[Any, Any, CodedField]:
    from shapefield.families.family import Family

    yield from ()
    return Family.load(path).edited(name, moves)


def _move(text: str) -> tuple[int, float]:
    axis, equals, value = text.partition("=")
    try:
        if not equals or abs(float(value)) > 100:
            raise ValueError(text)
        return int(axis), float(value)
    except ValueError:
        raise UsageError(f"--axis: expected a direction and a move as 0=+1.5, got {text!r}") from None
