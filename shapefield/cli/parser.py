"""argparse with the errors of this program: one line that says what to type, exit code 2."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from shapefield.cli import hints
from shapefield.errors import UsageError, one_of
from shapefield.lengths import METRES
from shapefield.settings import KINDS


class Parser(argparse.ArgumentParser):
    """argparse, with the errors of this program: one line, exit code 2; options are given by their whole name."""

    def __init__(self, words: list[str] | None = None, **settings: Any) -> None:
        """words : what will be parsed, for a command whose options depend on it."""
        self.words = words or []
        self.resolve: Callable[[argparse.Namespace], dict[str, Any]] = lambda arguments: {}
        """For --print-config: settings by name that the run takes otherwise than they stand in the arguments."""
        super().__init__(allow_abbrev=False, **settings)
        number = r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"  # argparse lacks -1e-3, and lengths such as -0.5mm
        self._negative_number_matcher = re.compile(rf"{number}({'|'.join(METRES)}|R|%)?$")

    def print_help(self, file: Any = None) -> None:
        """As argparse does, but a full disk is not passed over."""
        (file or sys.stdout).write(self.format_help())

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's own words, or with what to type instead."""
        unknown = message.removeprefix("unrecognized arguments: ")
        if unknown != message and (chosen := self._chosen()) is not None:
            chosen.error(message)
        elif unknown != message:
            message = self._unknown(unknown.split()[0])
        elif match := re.fullmatch(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)", message):
            place, word, listed = match.groups()
            message = str(one_of(place, [name.strip("' ") for name in listed.split(",")], word))
        elif match := re.fullmatch(r"argument (\S+): invalid (\w+) value: (.*)", message):
            place, kind, word = match.groups()
            message = f"{place}: expected {KINDS.get(kind, kind)}, got {word}"
        elif match := re.fullmatch(r"argument (\S+): expected one argument", message):
            message = f"{match[1]}: expected a value after it, got none"
        elif match := re.fullmatch(r"the following arguments are required: (.*)", message):
            message = f"expected {match[1]}, got none"
        raise UsageError(f"{message}: see {self.prog} --help")

    def _chosen(self) -> Parser | None:
        """The parser of the action that the words name, for a command that has actions."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return next((action.choices[word] for word in self.words if word in action.choices), None)
        return None

    def _unknown(self, word: str) -> str:
        known = [option for action in self._actions for option in action.option_strings]
        if not word.startswith("-"):
            places = " ".join(str(a.metavar or a.dest) for a in self._actions if not a.option_strings)
            several = " (run it once for each file)" if places else ""
            return f"expected {places or 'no file'} and no more, got {word!r} as well{several}"
        name = word.split("=")[0]
        if "--set" in known and _of_methods(name.removeprefix("--")):
            return f"{word}: no such option (an option of methods is given as --set {name[2:]}=VALUE)"
        return f"{word}: no such option{hints.for_option(name, known)}"


def _of_methods(name: str) -> bool:
    """Whether a method has an option of that name."""
    from shapefield.methods import METHODS
    from shapefield.settings import names

    return any(name in names(m.options) for m in METHODS.values())
