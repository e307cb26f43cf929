"""`--config F.toml` and `--print-config`, which every command with settings has: made from its parser's options.

Precedence: defaults < the file < `--set` < flags. What `--print-config` prints is itself a file for `--config`.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from shapefield.cli.hints import source, target
from shapefield.cli.parser import Parser
from shapefield.config import spoken
from shapefield.errors import UsageError, did_you_mean
from shapefield.settings import assignments, built, from_toml, to_toml, told_by

NO_SETTINGS = ("help", "config", "print_config", "set", "force", "resume", "plugin", "code", "dry_run", "file")
SPOKEN = ("json", "quiet", "verbose", "log_file")
"""How a command speaks: asked anew of every run, as its files are."""
ENDS = ("steps", "budget")
"""Two ways to say when a training ends: whichever a command line names replaces the file's."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    """The two flags, for this parser, or for those of its actions, where there are settings."""
    for leaf in _leaves(parser):
        if not settings(leaf):
            continue
        group = leaf.add_argument_group("settings from a file")
        group.add_argument("--config", metavar="F.toml", help="settings from a file; flags win over it")
        text = "print the settings that this run would have, as a file for --config, and leave"
        group.add_argument("--print-config", action="store_true", help=text)


def _leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    below = _actions(parser)
    if below is None:
        yield parser
    else:
        for one in dict.fromkeys(below.choices.values()):
            yield from _leaves(one)


def _actions(parser: argparse.ArgumentParser) -> argparse._SubParsersAction | None:
    return next((a for a in parser._actions if isinstance(a, argparse._SubParsersAction)), None)


def settings(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """The options of a command that a file can hold, by name: no files, and nothing that must be given anyway."""
    found = {}
    for action in parser._actions:
        many = not action.option_strings and action.nargs == "*"  # inputs that a file can name as well
        own = action.option_strings and not action.required and action.type not in (source, target)
        if (many or own) and action.dest not in (*NO_SETTINGS, *SPOKEN):
            found[action.dest] = action
    return found


class Configured:
    """A command line that was read, with the settings of its file below its flags."""

    def __init__(self, parser: Parser, words: list[str]) -> None:
        """Raises UsageError for words that do not fit, InputError for a file that is no TOML."""
        self.arguments = parser.parse_args(words)
        self.parser = parser
        while (below := _actions(self.parser)) is not None:
            self.parser = below.choices[getattr(self.arguments, below.dest)]
        self.file: str | None = getattr(self.arguments, "config", None)
        self.names: set[str] = set()
        """The settings that came from the file."""
        if self.file is not None:
            told = from_toml(self.file)
            with told_by(self.file, told):
                self._take(told)
                self.arguments = parser.parse_args(words)

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """Within, an error about a setting of the file names the file."""
        with told_by(self.file, self.names) if self.file is not None else contextlib.nullcontext():
            yield

    def _take(self, told: Mapping[str, Any]) -> None:
        """The file's settings become the parser's defaults, those of a method's own the first of `--set`."""
        known, assigned = settings(self.parser), assignments(getattr(self.arguments, "set", None) or [])
        ended = any(getattr(self.arguments, end, None) is not None or end in assigned for end in ENDS)
        of_method = []
        for name, value in told.items():
            place = f"{name}_" if f"{name}_" in known else name
            flagged = place in known and getattr(self.arguments, place) != known[place].default
            if flagged or place in assigned or (place in ENDS and ended):
                continue
            self.names.add(name)
            if place in known:
                self.parser.set_defaults(**{place: _default(known[place], name, value)})
            elif "set" not in vars(self.arguments):
                hint = did_you_mean(name, known) or f": {self.parser.prog} has {', '.join(known)}"
                raise UsageError(f"{name}: expected a known setting, got {name!r}{hint}")
            elif isinstance(value, list):
                raise UsageError(f"{name}: expected a number, text or true/false, got a list")
            else:
                of_method.append(f"{name}={spoken(value)}")
        if of_method:
            self.parser.set_defaults(set=of_method)

    def printed(self) -> str:
        """What the run resolves to, as TOML. Raises UsageError for what does not fit."""
        known = settings(self.parser)
        values = {name: _value(name, action, getattr(self.arguments, name)) for name, action in known.items()}
        values |= self.parser.resolve(self.arguments)
        notes = {name: (action.help or "").replace("%%", "%") for name, action in known.items()}
        return to_toml(values, notes)


def _default(action: argparse.Action, name: str, value: Any) -> Any:
    """A file's value as the default of a flag: what a flag parses is text, and is parsed by it."""
    if action.nargs == 0 and not isinstance(value, bool):
        raise UsageError(f"{name}: expected true or false, got {value!r}")
    return str(value) if action.type is not None and not isinstance(value, list) else value


def _value(name: str, action: argparse.Action, value: Any) -> Any:
    """The value of a flag, checked, or its default, by the config dataclass that the flag was made from."""
    kind = vars(action).get("schema")
    return value if kind is None else getattr(built(kind, {} if value in (None, []) else {name: value}), name)
