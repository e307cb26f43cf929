"""Flags made from the config dataclasses, and flat settings made from parsed flags."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from shapefield.config import flag_of, to_argv
from shapefield.lengths import Length
from shapefield.methods import plugins
from shapefield.settings import assignments

METAVARS = {"s": "SECONDS", "R": "RADII", "B": "BYTES"}
"""How a value is called in a help text, by its unit."""


def add_flags(
    parser: argparse.ArgumentParser,
    kind: type[Any],
    title: str,
    only: tuple[str, ...] | None = None,
    defaults: Mapping[str, Any] | None = None,
) -> None:
    """A flag for every field of the dataclass `kind`: `--max-steps` for max_steps, with its help, unit and choices.

    title : what the help calls them together;  defaults : those that differ from the dataclass's, by name
    Values stay strings; `settings.fit_config` parses and checks them, so that every way in has the same errors.
    """
    group = parser.add_argument_group(title)
    hints = get_type_hints(kind)
    for entry in dataclasses.fields(kind):
        if only is not None and entry.name not in only:
            continue
        flag = flag_of(entry.name)
        hint, meta = hints[entry.name], entry.metadata
        kinds = [k for k in (get_args(hint) if isinstance(hint, UnionType) else (hint,)) if k is not NoneType]
        default = (defaults or {}).get(entry.name, entry.default)
        text = meta["help"].replace("%", "%%")
        if default is not None and default is not False:
            text += f" (default {default})"
        given = {"dest": entry.name, "help": text, "default": (defaults or {}).get(entry.name)}
        if kinds == [bool]:
            action = argparse.BooleanOptionalAction if entry.default else "store_true"
            made = group.add_argument(flag, action=action, **given)
        elif meta["choices"]:
            made = group.add_argument(flag, metavar="|".join(meta["choices"]), **given)
        elif entry.name == "crop":
            made = group.add_argument(flag, nargs=6, metavar=("X0", "Y0", "Z0", "X1", "Y1", "Z1"), **given)
        else:
            plain = (
                "LENGTH" if Length in kinds else "N" if int in kinds else "X" if float in kinds else entry.name.upper()
            )
            made = group.add_argument(flag, metavar=METAVARS.get(meta["unit"], plain), **given)
        vars(made)["schema"] = kind


class _Plugin(argparse.Action):
    """Takes a plug-in up as soon as it is read."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        plugins.add_file(values)


def add_plugin(parser: argparse.ArgumentParser) -> None:
    """`--plugin`, for the commands that take a method."""
    parser.add_argument(
        "--plugin",
        action=_Plugin,
        metavar="PATH.py:NAME",
        help="a method of your own: NAME of that file, as --method name",
    )


def settings_of(arguments: argparse.Namespace, names: list[str]) -> dict[str, Any]:
    """Flat settings by precedence: `--set` < flags."""
    given = {name: getattr(arguments, name, None) for name in names}
    assigned = assignments(getattr(arguments, "set", None) or [])
    return assigned | {name: value for name, value in given.items() if value not in (None, [])}


def again(arguments: argparse.Namespace, command: str, positional: tuple[str, ...]) -> str:
    """The line that started this run of `command`: its arguments as they were parsed or a file set them, no --resume.

    positional : the names of those that are no flags, in order
    """
    line = ["shapefield", command, *(getattr(arguments, name) for name in positional)]
    for name, value in vars(arguments).items():
        if value is None or value is False or name in positional or name in ("resume", "config", "print_config"):
            continue
        # a list is of a flag that was given several times
        for one in value if isinstance(value, list) else [value]:
            line += to_argv({name: one})
    return shlex.join(line)
