"""`shapefield nerf poses|train|render|eval|export|dataset`: pictures to new views and a mesh; a room each."""

from __future__ import annotations

import argparse

from shapefield.cli.nerf import dataset, evaluate, export, poses, render, train
from shapefield.machine.memory import require_libraries

ACTIONS = {
    "poses": (poses, "find the cameras of a folder of photographs, or of a video"),
    "train": (train, "train a radiance field on posed pictures"),
    "render": (render, "render held-out views or a camera path, to pictures and a video"),
    "eval": (evaluate, "PSNR, SSIM and depth error on held-out views"),
    "export": (export, "a coloured mesh or point cloud in the dataset's own frame"),
    "dataset": (dataset, "render a scene with known truth from a mesh"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The six actions and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, (room, text) in ACTIONS.items():
        room.add_arguments(actions.add_parser(name, help=text, description=text))


def run(arguments: argparse.Namespace) -> int:
    """Do the chosen action."""
    require_libraries()
    return ACTIONS[arguments.action][0].run(arguments)
