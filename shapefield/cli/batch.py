"""`shapefield batch INPUT… -o OUT --job J`: one job over thousands of meshes; `shapefield batch merge OUT`."""

from __future__ import annotations

import argparse
import importlib
import math
from collections.abc import Generator
from pathlib import Path
from typing import Any

from shapefield.batches.config import BatchConfig
from shapefield.batches.jobs import JOBS, job
from shapefield.cli import terminal
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.outputs import add_force
from shapefield.cli.parser import Parser
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.errors import UsageError
from shapefield.events import counted
from shapefield.machine.memory import require_libraries
from shapefield.settings import built, names

MERGE = "merge"
SHOWN = 20
"""Lines of a plan, and of failures, that a terminal shows."""


def add_arguments(parser: Parser) -> None:
    """The options of batch, and those of the job that the words name."""
    if parser.words[:1] == [MERGE]:
        parser.add_argument("action", metavar=MERGE, help="one manifest of all in the folder")
        parser.add_argument("output", metavar="OUT", help="the folder that batch -o named")
        parser.add_argument("--html", action="store_true", help="write OUT/index.html as well")
        add_force(parser)
        add_voice(parser)
        return
    text = "meshes, folders, patterns, lists (.txt .csv .jsonl), - for a list on standard input; or merge OUT"
    parser.add_argument("inputs", metavar="INPUT", nargs="+", help=text)
    parser.add_argument("-o", "--output", metavar="OUT", required=True, help="folder or address to write into")
    parser.add_argument("--job", metavar="|".join(JOBS), default="fit", help="what is done with each (default fit)")
    add_flags(parser, BatchConfig, "the batch")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    add_voice(parser, "every record, and last the totals, a line each;")
    chosen = job(_chosen(parser.words))
    room = importlib.import_module(f"shapefield.cli.{ {'eval': 'evaluate'}.get(chosen.name, chosen.name) }")
    room.add_options(parser)
    parser.set_defaults(chosen=chosen.name)


def _chosen(words: list[str]) -> str:
    """The job that the words name, before they are parsed."""
    for before, word in zip(["", *words], words, strict=False):
        if word.startswith("--job="):
            return word.partition("=")[2]
        if before == "--job":
            return word
    return "fit"


def run(arguments: argparse.Namespace) -> int:
    """Plan, do, tell; 1 where not all is done."""
    if getattr(arguments, "action", "") == MERGE:
        return _merge(arguments.output, arguments.html, arguments.force)
    from shapefield.batches.plan import plan
    from shapefield.cli.progress import follow

    config = built(BatchConfig, settings_of(argparse.Namespace(**_own(arguments)), names(BatchConfig)))
    kind = job(arguments.job)
    if kind.name != arguments.chosen:
        raise UsageError(f"job: expected --job {kind.name} on the line, got it in a file alone: add it")
    wanted = _job_settings(arguments)
    found = plan(arguments.inputs, arguments.output, kind.name, wanted, config)
    if arguments.dry_run:
        return _tell_plan(found)
    require_libraries()
    summary = follow(_spoken(found), arguments.quiet, saving=None, patience=math.inf)
    totals = {"counts": summary.counts, "inputs": found.count, "manifest": found.told_manifest}
    if voice.json:
        terminal.tell_json({"totals": totals | {"notices": []}})
        voice.reported = True
    else:
        voice.report(totals, _lines(found, summary))
    return 0 if summary.good else 1


def _own(arguments: argparse.Namespace) -> dict[str, Any]:
    """What was given of the batch itself; --set is the job's."""
    return {name: value for name, value in vars(arguments).items() if name in names(BatchConfig)}


def _job_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """Flat settings of the job, by the precedence that its own command has."""
    given = settings_of(arguments, [*job(arguments.job).flags])
    return {name: value for name, value in given.items() if value is not False}


def _spoken(found: Any) -> Generator[Any, Any, None]:
    """The events; with --json every record is a line on stdout as soon as it is in the manifest."""
    from shapefield.batches.running import Recorded, batching

    events, thrown = batching(found), None
    while True:
        try:
            event = next(events) if thrown is None else events.throw(thrown)
        except StopIteration:
            return
        thrown = None
        if voice.json and isinstance(event, Recorded):
            terminal.tell_json(event.record.as_dict())
        try:
            yield event
        except Exception as stop:  # a signal, which is the batch's to answer
            thrown = stop


def _tell_plan(found: Any) -> int:
    told = {"tasks": [{"name": task.name, "command": task.command} for task in found.tasks]}
    told |= {"inputs": found.count, "kept": len(found.kept), "skipped": [task.name for task, _ in found.skipped]}
    lines = [f"{counted(found.count, 'mesh', 'meshes')}: {len(found.tasks):,} to do, {len(found.kept):,} done already"]
    lines += [f"  {task.command}" for task in found.tasks[:SHOWN]]
    lines += [f"  and {len(found.tasks) - SHOWN:,} more"] * (len(found.tasks) > SHOWN)
    voice.report(told, lines)
    return 0


def _lines(found: Any, summary: Any) -> list[str]:
    """Totals, then those that are not done or have a flaw, then where it is written."""
    lines = [f"{counted(found.count, 'mesh', 'meshes')}: {summary.told(found.kind)}"]
    bad = sorted((record for record in summary.records.values() if record.against), key=lambda one: not one.line)
    lines += [f"  {record.name}: {record.told}" for record in bad[:SHOWN]]
    lines += [f"  and {len(bad) - SHOWN:,} more" for _ in range(len(bad) > SHOWN)]
    return [*lines, f"  written            {found.told_manifest}"]


def _merge(out: str, html: bool, force: bool) -> int:
    from shapefield.batches.locations import is_remote
    from shapefield.batches.manifest import NAME, manifests, merge
    from shapefield.batches.mirror import Mirror
    from shapefield.batches.running import write_beside

    mirror = Mirror(out) if is_remote(out) else None
    folder = mirror.folder if mirror is not None else Path(out)
    if mirror is not None:
        mirror.fetch()
    shards = [path.name for path in manifests(folder) if path.name != NAME]
    found = merge(folder)
    write_beside(folder, html, force)
    if mirror is not None:
        mirror.put_all(folder / NAME)
        mirror.drop(shards)
    place = f"{out.rstrip('/')}/{NAME}"
    voice.report(
        {"records": len(found), "manifest": place},
        [f"written: {place}, {counted(len(found), 'record')}"],
    )
    return 0
