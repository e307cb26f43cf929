"""`shapefield family interpolate`."""

from __future__ import annotations

import argparse

from shapefield.cli.family.output import add_common, several


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    add_common(parser, "DIR")
    parser.add_argument("first", metavar="A", help="the member to begin with")
    parser.add_argument("last", metavar="B", help="the member to end with")
    parser.add_argument("--frames", type=int, default=9, metavar="N", help="surfaces, ends included (default 9)")


def run(arguments: argparse.Namespace) -> int:
    """Interpolate and write."""
    from shapefield.families.family import Family

    family = Family.load(arguments.family)
    return several(arguments, family.interpolate(arguments.first, arguments.last, arguments.frames), "frame")
