"""`shapefield compare MESH… | FOLDER | PICTURE`: the methods on one's own data, as a report."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from typing import Any

from shapefield.cli.hints import source, target
from shapefield.cli.options import add_flags, add_plugin, settings_of
from shapefield.cli.outputs import add_force, add_out_dir, place, require_free
from shapefield.cli.parser import Parser
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.errors import InterruptedRun
from shapefield.events import Event
from shapefield.lab.comparison.plan import CompareConfig, ComparisonPlan, as_text, plan, settings_from
from shapefield.machine.memory import require_libraries
from shapefield.settings import built, names


def add_arguments(parser: Parser) -> None:
    """The inputs, the methods, and what CompareConfig holds."""
    parser.add_argument(
        "inputs", metavar="INPUT", nargs="*", type=source, help="meshes, pictures, sample:camera, or folders of them"
    )
    parser.add_argument("--methods", nargs="+", metavar="M", help="methods to compare (default all)")
    add_plugin(parser)
    add_flags(parser, CompareConfig, "the comparison")
    text = "report to write (default report.html); results.csv, table.tex and compare.toml come beside it"
    parser.add_argument("-o", "--output", metavar="REPORT.html", type=target, help=text)
    add_out_dir(parser)
    add_force(parser)
    add_voice(parser, "every fit's figures")
    parser.resolve = lambda arguments: _plan(arguments).settings()


def run(arguments: argparse.Namespace) -> int:
    """Fit, write, tell."""
    wanted = _plan(arguments)
    require_libraries()
    from shapefield.cli.progress import follow
    from shapefield.lab.comparison.running import Comparison
    from shapefield.lab.comparison.writing import places, write
    from shapefield.storage.files import lock

    for given in wanted.inputs:
        if as_text(given.path) != given.path:
            voice.note(f"{given.path}: compare.toml cannot hold that name: give the file again to repeat it")
    report = place(arguments, arguments.output, "report.html")
    found, where = Comparison(wanted), places(report)
    require_free(where, arguments, wanted.paths)

    def whole() -> Generator[Event, Any, None]:
        """The fits, and then the files, of those that are done too where a signal ends the others."""
        try:
            yield from found.run()
        except InterruptedRun as stop:
            if not found.rows:
                raise
            write(found, report, arguments.force, wanted.paths)
            done = f"interrupted after {len(found.rows)} of {len(wanted.cases)} fits, which are in {report}"
            raise InterruptedRun(done, stop.exit_code - 128) from None
        write(found, report, arguments.force, wanted.paths)

    with lock(*where):
        follow(whole(), arguments.quiet, saving=None)
    files = [str(place) for place in where]
    told = {"rows": [r.as_dict() for r in found.rows], "files": files}
    voice.report(told, [*_lines(found), f"written: {', '.join(files)}"])
    return 0 if any(not r.failed for r in found.rows) else 1


def _plan(arguments: argparse.Namespace) -> ComparisonPlan:
    inputs, methods, own = settings_from(settings_of(arguments, ["inputs", "methods", *names(CompareConfig)]))
    return plan(inputs, methods, built(CompareConfig, own))


def _lines(found: Any) -> list[str]:
    from shapefield.lab.comparison.formatting import spread
    from shapefield.lab.comparison.guide import guide
    from shapefield.lab.comparison.plan import BUDGET, PARAMETERS
    from shapefield.lab.comparison.rows import QUALITY, Figure, lines

    out = []
    for given in found.plan.inputs:
        shown = [*QUALITY[given.kind], Figure("bytes", "file", -1, "B"), Figure("seconds", "training", -1, "s")]
        for table in (BUDGET, PARAMETERS):
            rows = lines(found.rows, given.name, table)
            if not rows:
                continue
            size = f", at most {found.plan.config.parameters:,} parameters" if table == PARAMETERS else ""
            out.append(f"{given.name}{size}")
            out.append("  " + "method".ljust(11) + "".join(f.title.rjust(22) for f in shown))
            for row in rows:
                cells = "".join(spread(row.spreads.get(f.name), f).rjust(22) for f in shown)
                out.append("  " + row.method.ljust(11) + (cells if row.spreads else row.failed))
        out += [f"  {advice}" for advice in guide(found.rows, given.name)] + [""]
    return out
