"""`shapefield nerf train`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from shapefield.cli.hints import source, target
from shapefield.cli.nerf.saying import common, figures
from shapefield.cli.options import add_flags, add_plugin, settings_of
from shapefield.cli.parser import Parser
from shapefield.cli.voice import voice
from shapefield.methods import method
from shapefield.nerf.config import NerfConfig, resolved
from shapefield.settings import names, with_options


def add_arguments(parser: Parser) -> None:
    """The action's options."""
    parser.add_argument(
        "data", metavar="DATA", type=source, help="folder or json: Blender, Instant-NGP, nerfstudio, LLFF, COLMAP"
    )
    parser.add_argument("-o", "--output", metavar="RUN", required=True, type=target, help="folder to write")
    add_flags(parser, NerfConfig, "training")
    add_plugin(parser)
    parser.add_argument("--set", action="append", metavar="key=value", help="any option of the model, such as fine=160")
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run")
    common(parser)
    parser.resolve = _resolved


def run(arguments: argparse.Namespace) -> int:
    """Do it; the exit code."""
    config, options = _settings(settings_of(arguments, names(NerfConfig)))
    from shapefield.cli.progress import follow
    from shapefield.nerf.pipeline import NerfJob, SceneRun

    job = NerfJob(
        Path(arguments.data), Path(arguments.output), options, arguments.force, arguments.resume, started=voice.started
    )
    run = SceneRun(job, config)
    result = follow(run.events(), arguments.quiet, run.farewell)
    report = {"run": result.run, "heldout": result.report, "output": str(arguments.output)}
    lines = [f"{config.model}: {result.run['steps_done']} steps in {result.run['training_seconds']:.1f} s"]
    voice.report(report, [*lines, *figures(result.report), f"  written            {arguments.output}"])
    return 0


def _resolved(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every setting as the training takes it; what the pictures decide stays "auto" or unset."""
    config, options = _settings(settings_of(arguments, names(NerfConfig)))
    from shapefield.machine.devices import choose

    return resolved(config, options, choose(config.device))


def _settings(settings: dict[str, Any]) -> tuple[NerfConfig, dict[str, Any]]:
    """Flat settings → the run's config and the model's own options, checked."""
    return with_options(NerfConfig, settings, lambda config: method(config.model, "radiance"))
