"""`shapefield family sample`."""

from __future__ import annotations

import argparse

from shapefield.cli.family.output import add_common, several


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    add_common(parser, "DIR")
    parser.add_argument("-n", "--count", type=int, default=16, metavar="N", help="how many (default 16)")
    parser.add_argument("--like", metavar="NAME", help="around this member instead of the family's mean")
    parser.add_argument("--spread", type=float, default=1.0, metavar="X", help="share of the family's own spread (1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the random codes (default 0)")


def run(arguments: argparse.Namespace) -> int:
    """Draw codes and write their surfaces."""
    from shapefield.families.family import Family

    family = Family.load(arguments.family)
    fields = family.sample(arguments.count, arguments.like, arguments.spread, arguments.seed)
    return several(arguments, fields, [field.name for field in fields])
