"""`shapefield COMMAND …`: finds the command's room, runs it, and turns what went wrong into a line and an exit code."""

from __future__ import annotations

import argparse
import errno
import importlib
import importlib.util
import os
import re
import signal
import sys
from typing import Any, NoReturn

from shapefield.cli.signals import attention
from shapefield.cli.terminal import complain, open_streams, tell
from shapefield.errors import OutputError, ResourceError, ShapefieldError, UsageError, did_you_mean, one_of
from shapefield.machine.interpreters import guard_children
from shapefield.machine.memory import is_shortage, shortage_line
from shapefield.machine.threads import wait_briefly

COMMANDS = {
    "fit": "turn a mesh into a neural field, and back into a closed mesh with a report",
    "extract": "take a mesh out of a .field, at any resolution",
    "eval": "measure a mesh against a reference",
    "info": "the mesh doctor: what is in a file, what is wrong with it, and what will be done",
    "sample": "write signed samples of a mesh as .npz",
    "methods": "the methods, and when to use each",
    "nerf": "posed pictures to new views and a mesh",
    "compare": "fit with several methods and compare them on your own data",
    "image": "fit, enlarge, inpaint and compress pictures with fields",
    "demo": "the demonstrations this field is taught with",
    "gui": "open the desktop program",
    "doctor": "devices, libraries and versions, and how to install what is missing",
}


class Parser(argparse.ArgumentParser):
    """argparse, with the errors of this program: one line, exit code 2; options are given by their whole name."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        self._negative_number_matcher = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")  # argparse lacks -1e-3

    def print_help(self, file: Any = None) -> None:
        """As argparse does, but a full disk is not passed over."""
        (file or sys.stdout).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's own words and the nearest known option or command."""
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message:
            known = [o for action in self._actions for o in action.option_strings]
            word = unknown.split()[0]
            name = word.split("=")[0]
            message = f"{word}: no such option"
            if "--set" in known and _of_methods(name.removeprefix("--")):
                message += f" (an option of methods is given as --set {name[2:]}=VALUE)"
            else:
                message += did_you_mean(name, known)
        elif match := re.fullmatch(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)", message):
            place, word, listed = match.groups()
            message = str(one_of(place, [name.strip("' ") for name in listed.split(",")], word))
        raise UsageError(f"{message}: see {self.prog} --help")


def _of_methods(name: str) -> bool:
    """Whether a method has an option of that name."""
    from shapefield.methods import METHODS
    from shapefield.settings import names

    return any(name in names(m.options) for m in METHODS.values())


def parser() -> Parser:
    """The parser of `shapefield` itself: only the commands; each room adds its own options when it is entered."""
    top = Parser(prog="shapefield", description="Meshes to neural fields and back, measured exactly.", add_help=True)
    top.add_argument("--version", action="store_true", help="print the version and leave")
    top.add_argument("command", nargs="?", metavar="COMMAND", help="one of the commands below")
    width = max(map(len, COMMANDS))
    listed = "\n".join(f"  {name:{width}}  {text}" for name, text in COMMANDS.items() if _exists(name))
    top.formatter_class = argparse.RawDescriptionHelpFormatter
    top.epilog = f"commands:\n{listed}\n\nshapefield COMMAND --help tells the options of a command."
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
    try:
        with attention.listening():
            try:
                code = _run(words)
            except SystemExit as end:  # argparse, after --help
                code = int(end.code or 0)
            sys.stdout.flush()
            return code
    except ShapefieldError as error:
        complain(f"shapefield: {error}")
        return error.exit_code
    except KeyboardInterrupt as stop:
        complain("shapefield: interrupted")
        return 128 + getattr(stop, "number", signal.SIGINT)
    except BrokenPipeError:  # the reader of our output went away: nothing to say and nobody to say it to
        _drop_output()
        return 0
    except Exception as error:
        if is_shortage(error):
            complain(f"shapefield: {shortage_line(error)}")
            return ResourceError.exit_code
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO, errno.EFBIG) and not error.filename:
            complain(f"shapefield: standard output: expected room to write, got {(error.strerror or '').lower()}")
            _drop_output()
            return OutputError.exit_code
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
    if words and not words[0].startswith("-"):
        command, rest = words[0], words[1:]
        if command not in COMMANDS or not _exists(command):
            hint = did_you_mean(command, COMMANDS)
            raise UsageError(f"expected one of {', '.join(COMMANDS)}, got {command!r}{hint}")
        room = importlib.import_module(_room(command))
        own = Parser(prog=f"shapefield {command}", description=COMMANDS[command][:1].upper() + COMMANDS[command][1:])
        room.add_arguments(own)
        arguments = own.parse_args(rest)
        _require_a_folder()
        return room.run(arguments)
    options = parser().parse_args(words)
    if options.version:
        from shapefield import __version__

        tell([f"shapefield {__version__}"])
        return 0
    parser().print_help()
    return 0


def entry() -> NoReturn:
    """The console script."""
    guard_children()
    sys.exit(main())
