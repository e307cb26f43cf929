"""`shapefield nerf render`."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path

from shapefield.cli.hints import source, target
from shapefield.cli.nerf.saying import common
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.voice import voice
from shapefield.errors import UsageError
from shapefield.nerf.config import RenderConfig
from shapefield.settings import built, names


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("run", metavar="RUN|SPLATS", type=source, help="folder of a run, or a file of Gaussian splats")
    parser.add_argument("-o", "--output", metavar="DIR", required=True, type=target, help="folder for the pictures")
    add_flags(parser, RenderConfig, "the views")
    parser.add_argument("--video", metavar="OUT.mp4", type=target, help="all views as a video: .mp4, .webm or .gif")
    common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    from shapefield.cli.progress import follow
    from shapefield.splats.reading import kind_of

    own = settings_of(arguments, names(RenderConfig))
    config = built(RenderConfig, own)
    if config.path is not None and config.split is not None:
        raise UsageError("split, path: expected one of the two, got both: leave one out")
    if kind_of(arguments.run):
        if config.split is not None:
            raise UsageError("split: expected none for splats, which have no views of their own: use --path")
        job = _splats(arguments, config)
    else:
        job = _job(arguments, config)
    written = follow(job, arguments.quiet)
    voice.report({"files": [str(p) for p in written]}, [f"{len(written)} files in {arguments.output}"])
    return 0


def _job(arguments: argparse.Namespace, config: RenderConfig) -> Generator:
    from shapefield.events import Done, Stage
    from shapefield.nerf import datasets, paths
    from shapefield.nerf.cameras import resized
    from shapefield.nerf.output import render_to
    from shapefield.nerf.result import load

    yield Stage("load")
    result = load(arguments.run)
    scene = datasets.read(result.source)
    split = config.split or "test"
    if config.path is None:
        views = scene.split(split)
        cameras, given = [v.camera for v in views], [v.name for v in views]
    else:
        make = paths.orbit if config.path == "orbit" else paths.spiral
        around = result.similarity.center if config.path == "orbit" or result.bounded else None
        cameras = [v.camera for v in scene.train]
        cameras = make(cameras, paths.meeting_point(cameras) if around is None else around, config.frames)
        given = None
    if not cameras:
        raise UsageError(f"split: expected views in {split}, got none: choose another split")
    if given is not None and len(set(given)) < len(given):
        given = None
    sized = []
    for camera in cameras:
        width = config.width or max(1, round(camera.width / result.downscale))
        sized.append(resized(camera, width, max(1, round(width * camera.height / camera.width))))
    video = Path(arguments.video) if arguments.video else None
    written = yield from render_to(
        result, sized, Path(arguments.output), given, config.depth, video, config.fps, arguments.force, arguments.run
    )
    yield Done(written)


def _splats(arguments: argparse.Namespace, config: RenderConfig) -> Generator:
    from functools import partial

    from shapefield.events import Done, Notice, Stage
    from shapefield.nerf import paths
    from shapefield.nerf.output import draw_to
    from shapefield.splats.reading import read
    from shapefield.splats.rendering import parts
    from shapefield.splats.viewpoints import ring

    yield Stage("load")
    splats = read(arguments.run)
    for notice in splats.notices:
        yield Notice(notice)
    make = paths.spiral if config.path == "spiral" else paths.orbit
    cameras = make(ring(splats, config.width), splats.center, config.frames)
    video = Path(arguments.video) if arguments.video else None
    draw, folder = partial(parts, splats), Path(arguments.output)
    written = yield from draw_to(
        draw, cameras, folder, None, config.depth, video, config.fps, arguments.force, arguments.run
    )
    yield Done(written)
