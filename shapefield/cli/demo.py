"""`shapefield demo NAME|FILE.py|all`: experiments on a terminal, and each as a picture; 7 for a missed promise."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from pathlib import Path
from typing import Any

from shapefield.cli.hints import target
from shapefield.cli.options import add_flags, settings_of
from shapefield.cli.outputs import add_force, made_folder, require_free
from shapefield.cli.parser import Parser
from shapefield.cli.terminal import tell, tell_as_it_is
from shapefield.cli.voice import add_flags as add_voice
from shapefield.cli.voice import voice
from shapefield.errors import GateMissed
from shapefield.lab.board import Board, Fact
from shapefield.lab.experiments import EXPERIMENTS, Experiment
from shapefield.lab.ownfile import own_experiment
from shapefield.machine.memory import require_libraries
from shapefield.settings import built, names
from shapefield.storage.files import lock


def add_arguments(parser: Parser) -> None:
    """One sub-command a demonstration, with the flags of its own options; and `all`, or the user's own file."""
    found = parser.add_subparsers(dest="name", metavar="NAME|FILE.py", required=True)
    given = next((word for word in parser.words if not word.startswith("-")), "")
    own = {given: own_experiment(given)} if given.endswith(".py") else {}
    parser.set_defaults(experiments=EXPERIMENTS | own)
    for name, entry in (EXPERIMENTS | own).items():
        one = found.add_parser(name, help=entry.title, description=f"{entry.title}. {entry.see}")
        add_flags(one, entry.options, "what can be set")
        one.add_argument("--code", action="store_true", help="print the demonstration's one file, and leave")
        _add_output(one)
    every = found.add_parser("all", help="every demonstration, one after the other", description="All of them.")
    _add_output(every)


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--out-dir",
        "--output",
        metavar="DIR",
        default=".",
        type=target,
        help="where NAME.png goes (default: the working directory)",
    )
    add_force(parser)
    add_voice(parser, "what was found, of each demonstration")


def run(arguments: argparse.Namespace) -> int:
    """Run the demonstration, or all of them."""
    chosen = list(EXPERIMENTS.values()) if arguments.name == "all" else [arguments.experiments[arguments.name]]
    if getattr(arguments, "code", False):
        tell_as_it_is(chosen[0].code())
        return 0
    options = [_options(entry, arguments) for entry in chosen]
    require_libraries()
    folder = made_folder(arguments.out_dir)
    places = [folder / f"{entry.name}.png" for entry in chosen]
    for entry, place in zip(chosen, places, strict=True):
        require_free([place], arguments, entry.path)
    with lock(*places):
        each = zip(chosen, options, places, strict=True)
        missed = [name for entry, own, place in each for name in _show(entry, own, place, arguments)]
    if missed:
        raise GateMissed(f"expected what the demonstrations promise, missed {', '.join(missed)}")
    return 0


def _options(entry: Experiment, arguments: argparse.Namespace) -> Any:
    flat = settings_of(arguments, names(entry.options)) if arguments.name != "all" else {}
    return built(entry.options, flat)


def _show(entry: Experiment, options: Any, place: Path, arguments: argparse.Namespace) -> list[str]:
    """Run one, draw it, tell what was found; returns the promises that it missed."""
    from shapefield.cli.progress import follow
    from shapefield.lab.drawing import write_board

    words = not (arguments.quiet or arguments.json)
    if words:
        tell([entry.title, f"  {entry.see}"])
    board = Board()

    def drawn(events: Generator[Any, Any, None]) -> Generator[Any, Any, None]:
        """Keep what is shown; the first picture is on disk as soon as there is one."""
        written = False
        for event in events:
            yield event
            if board.take(event) and not written and board.plots and board.images:
                write_board(board, entry.title, entry.see, place, arguments.force, entry.path)
                written = True

    follow(drawn(entry.run(options)), arguments.quiet)
    write_board(board, entry.title, entry.see, place, arguments.force, entry.path)
    facts = {fact.name: fact.value for fact in board.facts.values()}
    missed = [fact.name for fact in board.facts.values() if fact.kept is False]
    report = {"demo": entry.name, "facts": facts, "missed": missed, "file": str(place)}
    voice.report(report, [*map(_line, board.facts.values()), f"  {'written':30} {place}", ""])
    return [f"{entry.name}: {name}" for name in missed]


def _line(fact: Fact) -> str:
    return f"  {fact.name:30} {fact.text}"
