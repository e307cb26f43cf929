"""`shapefield family ACTION`: one network for many shapes; a file for each action."""

from __future__ import annotations

import argparse

from shapefield.cli.family import complete, edit, evaluate, fit, info, interpolate, reconstruct, sample
from shapefield.machine.memory import require_libraries

ACTIONS = {
    "fit": (fit, "train one network on a folder of meshes"),
    "info": (info, "members, codes, errors and bytes of a .family"),
    "reconstruct": (reconstruct, "the surface of a member, or of an unseen mesh by a code that is fitted to it"),
    "complete": (complete, "a partial scan or mesh made whole by what the family knows"),
    "interpolate": (interpolate, "the surfaces between two members"),
    "sample": (sample, "surfaces of random codes"),
    "edit": (edit, "a member moved along the family's principal directions"),
    "eval": (evaluate, "measure members, held-out shapes and interpolations"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, (room, text) in ACTIONS.items():
        room.add_arguments(actions.add_parser(name, help=text, description=text))


def run(arguments: argparse.Namespace) -> int:
    """Do the chosen action."""
    require_libraries()
    return ACTIONS[arguments.action][0].run(arguments)
