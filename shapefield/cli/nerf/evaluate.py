"""`shapefield nerf eval`."""

from __future__ import annotations

import argparse
from collections.abc import Generator

from shapefield.cli.hints import source
from shapefield.cli.nerf.saying import common, figures
from shapefield.cli.voice import voice
from shapefield.errors import UsageError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The action's options."""
    parser.add_argument("run", metavar="RUN", type=source, help="folder of a trained run")
    parser.add_argument("--split", default="test", help="train, val or test (default test)")
    parser.add_argument("--data", metavar="DATA", type=source, help="the dataset, where it has moved")
    common(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    from shapefield.cli.progress import follow

    report = follow(_job(arguments), arguments.quiet)
    voice.report(report, figures(report, every=True))
    return 0


def _job(arguments: argparse.Namespace) -> Generator:
    from shapefield.events import Done, Stage
    from shapefield.nerf import datasets
    from shapefield.nerf.datasets.masks import understood
    from shapefield.nerf.evaluation import evaluate
    from shapefield.nerf.result import load

    yield Stage("load")
    result = load(arguments.run)
    scene, _ = understood(datasets.read(arguments.data or result.source), result.config.masks)
    views = scene.split(arguments.split)
    if not views:
        raise UsageError(f"split: expected views in {arguments.split}, got none: choose another split")
    yield Stage("report", f"{len(views)} views")
    report = yield from evaluate(result, scene, views)
    yield Done(report)
