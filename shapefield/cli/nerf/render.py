"""`shapefield nerf render`."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path

from shapefield.cli.nerf.saying import common, say
from shapefield.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("run", metavar="RUN", help="folder of a trained run")
    parser.add_argument("-o", "--output", metavar="DIR", required=True, help="folder for the pictures")
    parser.add_argument("--split", help="train, val or test views (default test)")
    parser.add_argument("--path", metavar="orbit|spiral", help="a camera path instead of a split")
    parser.add_argument("--frames", type=int, default=60, help="frames of the path (default 60)")
    parser.add_argument("--width", type=int, help="pixels across (default: the training pictures')")
    parser.add_argument("--depth", action="store_true", help="depth maps too, as PNG and .npy")
    parser.add_argument("--video", metavar="OUT.mp4", help="all views as a video: .mp4, .webm or .gif")
    parser.add_argument("--fps", type=int, default=24, help="frames a second (default 24)")
    common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    from shapefield.cli.progress import follow

    if arguments.path is not None and arguments.split is not None:
        raise UsageError("split, path: expected one of the two, got both: leave one out")
    if arguments.path not in (None, "orbit", "spiral"):
        raise UsageError(f"path: expected orbit or spiral, got {arguments.path!r}")
    written = follow(_job(arguments), arguments.quiet)
    say(arguments, {"files": [str(p) for p in written]}, [f"{len(written)} files in {arguments.output}"])
    return 0


def _job(arguments: argparse.Namespace) -> Generator:
    from shapefield.events import Done, Stage
    from shapefield.nerf import datasets, paths
    from shapefield.nerf.cameras import resized
    from shapefield.nerf.output import render_to
    from shapefield.nerf.result import load

    yield Stage("load")
    result = load(arguments.run)
    scene = datasets.read(result.source)
    if arguments.path is None:
        views = scene.split(arguments.split or "test")
        cameras, given = [v.camera for v in views], [v.name for v in views]
    else:
        make = paths.orbit if arguments.path == "orbit" else paths.spiral
        around = result.similarity.center if arguments.path == "orbit" or result.bounded else None
        cameras = [v.camera for v in scene.train]
        cameras = make(cameras, paths.meeting_point(cameras) if around is None else around, arguments.frames)
        given = None
    if not cameras:
        raise UsageError(f"split: expected views in {arguments.split or 'test'}, got none: choose another split")
    if given is not None and len(set(given)) < len(given):
        given = None
    sized = []
    for camera in cameras:
        width = arguments.width or max(1, round(camera.width / result.downscale))
        sized.append(resized(camera, width, max(1, round(width * camera.height / camera.width))))
    video = Path(arguments.video) if arguments.video else None
    written = yield from render_to(
        result, sized, Path(arguments.output), given, arguments.depth, video, arguments.fps, arguments.force
    )
    yield Done(written)
