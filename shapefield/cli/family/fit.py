"""`shapefield family fit`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.outputs import add_force
from shapefield.cli.parser import Parser
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.config import to_argv
from shapefield.errors import UsageError
from shapefield.families.config import FamilyConfig
from shapefield.methods import FamilyOptions, method
from shapefield.methods.options import STARTED
from shapefield.settings import names, with_options

OF_MODELS = ("code", "method")
"""Options of some models that have a flag of their own."""


def add_arguments(parser: Parser) -> None:
    """The action's options."""
    parser.add_argument("given", metavar="FOLDER|FILE", nargs="+", type=source, help="meshes, and folders of them")
    parser.add_argument("-o", "--output", metavar="OUT.family", required=True, type=target, help="file to write")
    add_flags(parser, FamilyConfig, "training")
    add_flags(parser, FamilyOptions, "the model", only=("code",))
    text = f"with --model reptile or maml: the shape method that fits start with, one of {', '.join(STARTED)}"
    parser.add_argument("--method", metavar="M", help=text)
    parser.add_argument("--set", action="append", metavar="key=value", help="any option of the model, as width=128")
    parser.add_argument("--resume", action="store_true", help="continue an interrupted run")
    add_force(parser)
    add_voice(parser)
    parser.resolve = _resolved


def run(arguments: argparse.Namespace) -> int:
    """Train, write, report; one of several processes where torchrun started it."""
    config, options = _settings(settings_of(arguments, [*names(FamilyConfig), *OF_MODELS]))
    from shapefield.cli.progress import follow
    from shapefield.families.pipeline import FamilyJob, FamilyRun
    from shapefield.training.peers import joined

    output = Path(arguments.output)
    if output.suffix != ".family":
        raise UsageError(f"{output}: expected a name that ends in .family: add that to the name")
    command = _command(arguments, config, options)
    with joined() as peers:
        given, resume, force = arguments.given, arguments.resume, arguments.force
        job = FamilyJob(given, output, options, command, resume, force, voice.started, peers=peers)
        run = FamilyRun(job, config)
        family = follow(run.events(), arguments.quiet or not peers.first, run.farewell)
    if not peers.first:
        return 0
    report = {"members": family.names, "held": [m.name for m in family.held], "run": family.run, **family.report}
    report |= {"bytes": output.stat().st_size, "file": str(output)}
    voice.report(report, _lines(report, family.run))
    return 0


def _lines(report: dict[str, Any], run: dict[str, Any]) -> list[str]:
    from shapefield.cli.tables import size

    found = report["residual"]
    return [
        f"{report['file']}: {len(report['members'])} members, {len(report['held'])} held out",
        f"  residual           {found['mean']:.2e} R on members' surfaces, {found['worst']:.2e} R the worst one's",
        f"  training           {run['steps_done']:,} steps in {run['seconds']:.1f} s",
        f"  file               {size(report['bytes'])}",
    ]


def _command(arguments: argparse.Namespace, config: FamilyConfig, options: dict[str, Any]) -> str:
    """The line that started this run, without --resume."""
    import shlex

    words = ["shapefield", "family", "fit", *map(str, arguments.given), "-o", str(arguments.output)]
    words += [*to_argv(config.differing), *to_argv(options, options)]
    return shlex.join(words + (["--force"] if arguments.force else []))


def _resolved(arguments: argparse.Namespace) -> dict[str, Any]:
    """Every setting as the training takes it."""
    config, options = _settings(settings_of(arguments, [*names(FamilyConfig), *OF_MODELS]))
    from shapefield.families.config import resolved
    from shapefield.machine.devices import choose

    return resolved(config, options, choose(config.device))


def _settings(settings: dict[str, Any]) -> tuple[FamilyConfig, dict[str, Any]]:
    """Flat settings → the run's config and the model's own options, checked."""
    settings = {name: _share(value) if name == "holdout" else value for name, value in settings.items()}
    return with_options(FamilyConfig, settings, lambda config: method(config.model, "family"))


def _share(value: Any) -> Any:
    """ "10%" → 0.1; anything else as it is."""
    if isinstance(value, str) and value.endswith("%"):
        try:
            return float(value[:-1]) / 100
        except ValueError:
            raise UsageError(f"holdout: expected a share like 0.1 or 10%, got {value!r}") from None
    return value
