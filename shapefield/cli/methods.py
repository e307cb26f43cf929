"""`shapefield methods`: a table of what each method is and when to use it."""

from __future__ import annotations

import argparse

from shapefield.cli.options import add_plugin
from shapefield.cli.terminal import tell_as_it_is, tell_json
from shapefield.cli.voice import add_flags as add_voice
from shapefield.methods import KINDS, of_kind, plugins
from shapefield.methods.method import RegistryEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of methods."""
    parser.add_argument("--kind", default="shape", metavar="|".join(KINDS), help="which methods (default shape)")
    add_plugin(parser)
    add_voice(parser, "the table")


def run(arguments: argparse.Namespace) -> int:
    """Print the table; what plug-ins bring is listed and not imported."""
    known = of_kind(arguments.kind)
    foreign = {n: plugins.origin(arguments.kind, n) for n in plugins.names(arguments.kind) if n not in known}
    if arguments.json:
        plain = [{"name": name, "kind": arguments.kind, "source": source} for name, source in foreign.items()]
        tell_json([*(_as_json(entry) for entry in known.values()), *plain])
        return 0
    if arguments.quiet:
        return 0
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("method", "what it is", "when to use it", "source"):
        table.add_column(heading, overflow="fold")
    for entry in known.values():
        table.add_row(f"[bold]{entry.name}[/]", entry.summary, entry.when, entry.source)
    for name, source in foreign.items():
        table.add_row(f"[bold]{escape(name)}[/]", "a plug-in", "", escape(source))
    console = Console()
    with console.capture() as told:  # rich would end the process where the reader goes away
        console.print(table)
    tell_as_it_is(told.get())
    return 0


def _as_json(entry: RegistryEntry) -> dict[str, object]:
    """What a program may want to know of a method: what it is, and what it can do."""
    can = entry.can
    return {
        "name": entry.name,
        "kind": entry.kind,
        "summary": entry.summary,
        "when": entry.when,
        "source": entry.source,
        "dimensions": list(can.dimensions),
        "condition": can.condition,
        "prior": can.prior.told if can.prior is not None else None,
        "detail": can.detail is not None,
        "colour": can.colour,
        "unbounded": can.unbounded,
    }
