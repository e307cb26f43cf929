"""`shapefield COMMAND …`: finds the command's room, runs it, and turns what went wrong into a line and an exit code."""

from __future__ import annotations

import argparse
import errno
import importlib
import importlib.util
import os
import signal
import sys
from types import ModuleType
from typing import NoReturn

from shapefield.cli import configuring, hints
from shapefield.cli.parser import Parser
from shapefield.cli.signals import attention
from shapefield.cli.terminal import open_streams, tell, tell_as_it_is
from shapefield.cli.voice import log, voice
from shapefield.errors import OutputError, ResourceError, ShapefieldError, UsageError
from shapefield.machine.interpreters import guard_children
from shapefield.machine.memory import is_shortage, shortage_line
from shapefield.machine.threads import wait_briefly

COMMANDS = {
    "fit": "turn a mesh into a neural field, and back into a closed mesh with a report",
    "repair": "the closed mesh that a file means, without training: its own triangles kept, or a new surface",
    "extract": "take a mesh out of a .field, at any resolution",
    "eval": "measure a mesh against a reference",
    "info": "the mesh doctor: what is in a file, what is wrong with it, and what will be done",
    "sample": "write signed samples of a mesh as .npz",
    "batch": "one job over thousands of meshes: nothing done twice, every failure with its reason",
    "methods": "the methods, and when to use each",
    "nerf": "posed pictures to new views and a mesh",
    "family": "one network for many shapes: train, reconstruct unseen ones, interpolate, sample",
    "compare": "fit with several methods and compare them on your own data",
    "image": "fit, enlarge, inpaint and compress pictures with fields",
    "demo": "the demonstrations this field is taught with",
    "gui": "open the desktop program",
    "doctor": "devices, libraries and versions, and how to install what is missing",
    "completion": "a script that makes bash or zsh complete this program's words",
}
SPOKEN_BEFORE = ("-q", "--quiet", "-v", "--verbose", "--json")
"""Flags that may also stand before the command."""


def parser() -> Parser:
    """The parser of `shapefield` itself: only the commands; each room adds its own options when it is entered."""
    top = Parser(prog="shapefield", description="Meshes to neural fields and back, measured exactly.", add_help=True)
    top.add_argument("-V", "--version", action="store_true", help="print the version and leave")
    top.add_argument("command", nargs="?", metavar="COMMAND", help="one of the commands below")
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {text}" for name, text in COMMANDS.items() if _exists(name))
    top.formatter_class = argparse.RawDescriptionHelpFormatter
    top.epilog = f"commands:\n{listed}\n\nshapefield help COMMAND tells the options of a command."
    return top


def _room(command: str) -> str:
    return f"shapefield.cli.{ {'eval': 'evaluate'}.get(command, command) }"


def _exists(command: str) -> bool:
    return importlib.util.find_spec(_room(command)) is not None


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the process's exit code and lets only our own bugs through as tracebacks."""
    words = sys.argv[1:] if arguments is None else arguments
    wait_briefly()
    open_streams()
    with voice.speaking(words):
        return _guarded(words)


def _guarded(words: list[str]) -> int:
    """`_run`, with a line and an exit code for whatever goes wrong."""
    try:
        with attention.listening():
            try:
                code = _run(words)
            except SystemExit as end:  # argparse, after --help
                code = int(end.code or 0)
            sys.stdout.flush()
            return code
    except ShapefieldError as error:
        voice.error(str(error), error.exit_code)
        return error.exit_code
    except KeyboardInterrupt as stop:
        code = 128 + getattr(stop, "number", signal.SIGINT)
        voice.error("interrupted", code)
        return code
    except BrokenPipeError:  # the reader of our output went away: nothing to say and nobody to say it to
        _drop_output()
        return 0
    except Exception as error:
        if is_shortage(error):
            voice.error(shortage_line(error), ResourceError.exit_code)
            return ResourceError.exit_code
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO, errno.EFBIG) and not error.filename:
            reason = (error.strerror or "").lower()
            voice.error(f"standard output: expected room to write, got {reason}", OutputError.exit_code)
            _drop_output()
            return OutputError.exit_code
        log.info("a bug of shapefield's", exc_info=True)
        raise


def _drop_output() -> None:
    """What is left in the buffer goes nowhere, so that the interpreter does not stumble over it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _require_a_folder() -> None:
    """Raise UsageError where the working directory has been deleted: libraries end the process over that."""
    try:
        os.getcwd()
    except OSError:
        raise UsageError("expected a working directory, got one that was deleted: cd to another folder") from None


def _run(words: list[str]) -> int:
    words = _command_first(words)
    if words and not words[0].startswith("-"):
        command, rest = words[0], words[1:]
        own, room = parser_of(command, rest)
        told = configuring.Configured(own, rest)
        _require_a_folder()
        voice.obey(told.arguments)
        log.debug("shapefield %s", " ".join(words))
        with told.telling():
            if getattr(told.arguments, "print_config", False):
                tell_as_it_is(told.printed())
                return 0
            return room.run(told.arguments)
    options = parser().parse_args(words)
    if options.version:
        from shapefield import __version__

        tell([f"shapefield {__version__}"])
        return 0
    parser().print_help()
    return 0


def _command_first(words: list[str]) -> list[str]:
    """The words with the command in front: `-q fit` is `fit -q`, and `help fit` is `fit --help`."""
    before = 0
    while before < len(words) and words[before] in SPOKEN_BEFORE:
        before += 1
    words = words[before:] + words[:before] if before < len(words) else ["--help"] * bool(words)
    if words and words[0] == "help":
        return [*(w for w in words[1:] if not w.startswith("-")), "--help"]
    return words


def parser_of(command: str, words: list[str]) -> tuple[Parser, ModuleType]:
    """The parser of a command with those words, and the module whose `run` does it.

    Raises UsageError for a command that does not exist.
    """
    if command not in COMMANDS or not _exists(command):
        raise UsageError(hints.for_command(command, [*COMMANDS, "help"]))
    room = importlib.import_module(_room(command))
    own = Parser(words, prog=f"shapefield {command}", description=COMMANDS[command][:1].upper() + COMMANDS[command][1:])
    room.add_arguments(own)
    configuring.add_flags(own)
    return own, room


def entry() -> NoReturn:
    """The console script."""
    guard_children()
    sys.exit(main())
