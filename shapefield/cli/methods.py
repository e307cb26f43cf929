"""`shapefield methods`: a table of what each method is and when to use it."""

from __future__ import annotations

import argparse

from shapefield.cli.terminal import tell_as_it_is, tell_json
from shapefield.cli.voice import add_flags as add_voice
from shapefield.methods import METHODS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of methods."""
    add_voice(parser, "the table")


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    if arguments.quiet and not arguments.json:
        return 0
    if arguments.json:
        keep = ("name", "summary", "when", "source", "kind", "aid")
        tell_json([{k: getattr(m, k) for k in keep} for m in METHODS.values()])
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("method", "what it is", "when to use it", "source"):
        table.add_column(heading, overflow="fold")
    for entry in METHODS.values():
        table.add_row(f"[bold]{entry.name}[/]", entry.summary, entry.when, entry.source)
    console = Console()
    with console.capture() as told:  # rich would end the process where the reader goes away
        console.print(table)
    tell_as_it_is(told.get())
    return 0
