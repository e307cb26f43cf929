"""`shapefield completion bash|zsh`: a script that completes this program's words, made from its parsers."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shapefield.cli.terminal import tell_as_it_is
from shapefield.errors import one_of
from shapefield.methods import METHODS

SHELLS = ("bash", "zsh")
METHOD_FLAGS = ("--method", "--methods")
FILES = ("OUT", "DIR", "RUN", "DATA", "STEM", "FIELD", "REPORT", "F.", "M")
"""How the name of a value begins that is a file or a folder."""


@dataclass
class CommandPlace:
    """What can be typed after a command, or a command and its action.

    words   : the actions;  options : flag → its help;  values : flag → the words that may follow, or None for a file,
    for those that take a value
    """

    words: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[str] | None] = field(default_factory=dict)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The shell."""
    parser.add_argument("shell", metavar="|".join(SHELLS), help="bash: eval \"$(shapefield completion bash)\" in "
                        "~/.bashrc; zsh: save it as _shapefield in a folder of $fpath")  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    if arguments.shell not in SHELLS:
        raise one_of("shell", SHELLS, arguments.shell)
    tell_as_it_is(script(arguments.shell))
    return 0


def script(shell: str) -> str:
    """The script for "bash" or "zsh"."""
    places = gathered()
    steps = [f'"{" ".join(name.rpartition(" ")[::2])}"' for name in places if name]
    make = _bash if shell == "bash" else _zsh
    return make(places, " | ".join(steps))


def gathered() -> dict[str, CommandPlace]:
    """Every place by its words: "" for the program itself, "fit", "nerf train" …"""
    from shapefield.cli.main import COMMANDS, SPOKEN_BEFORE, parser_of

    top = CommandPlace({**COMMANDS, "help": "the options of a command"}, dict.fromkeys(["--help", "--version"], ""))
    top.options |= dict.fromkeys(SPOKEN_BEFORE, "")
    places = {"": top, "help": CommandPlace(dict(COMMANDS))}
    for command in COMMANDS:
        places |= _places(command, parser_of(command, [])[0])
    places["completion"].words = dict.fromkeys(SHELLS, "")
    return places


def _places(name: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, CommandPlace]]:
    """The place of a parser, and those of its actions."""
    place = CommandPlace()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for word, below in action.choices.items():
                place.words[word] = told.get(word, "")
                yield from _places(f"{name} {word}", below)
        for option in action.option_strings:
            place.options[option] = (action.help or "").replace("%%", "%")
            if action.nargs != 0:
                place.values[option] = _values(option, action.metavar)
    yield name, place


def _values(option: str, metavar: str | tuple[str, ...] | None) -> list[str] | None:
    """The words that may follow a flag; [] where nobody can know them, None for a file."""
    if option in METHOD_FLAGS:
        return list(METHODS)
    if isinstance(metavar, str) and "|" in metavar:
        return metavar.split("|")
    return None if isinstance(metavar, str) and metavar.startswith(FILES) else []


def _quoted(words: Iterable[str]) -> str:
    return shlex.quote(" ".join(words))


def _patterns(name: str, flags: Iterable[str]) -> str:
    return " | ".join(f'"{name} {flag}"' for flag in flags)


def _by_values(place: CommandPlace) -> Iterator[tuple[tuple[str, ...] | None, list[str]]]:
    """The values of flags, each with the flags that take them."""
    found: dict[tuple[str, ...] | None, list[str]] = {}
    for flag, values in place.values.items():
        found.setdefault(None if values is None else tuple(values), []).append(flag)
    yield from found.items()


def _bash(places: dict[str, CommandPlace], steps: str) -> str:
    values, options, words = [], [], []
    for name, place in places.items():
        for given, flags in _by_values(place):
            then = "return" if given is None else f"_shapefield_words {_quoted(given)}; return"
            values.append(f"        {_patterns(name, flags)}) {then} ;;")
        options.append(f'        "{name}") _shapefield_words {_quoted(place.options)} ;;')
        if place.words:
            words.append(f'        "{name}") _shapefield_words {_quoted(place.words)} ;;')
    return BASH.format(steps=steps, values="\n".join(values), options="\n".join(options), words="\n".join(words))


def _zsh(places: dict[str, CommandPlace], steps: str) -> str:
    values, options, words = [], [], []
    for name, place in places.items():
        for given, flags in _by_values(place):
            offered = " ".join(map(shlex.quote, given or ()))
            then = "_files" if given is None else f"compadd -- {offered}" if given else ":"
            values.append(f"        {_patterns(name, flags)}) {then}; return ;;")
        options.append(f'        "{name}") offered=({_described(place.options)}) ;;')
        if place.words:
            words.append(f'        "{name}") offered=({_described(place.words)}) ;;')
    return ZSH.format(steps=steps, values="\n".join(values), options="\n".join(options), words="\n".join(words))


def _described(words: dict[str, str]) -> str:
    """Words for zsh's `_describe`: each with its help after a colon."""
    return " ".join(shlex.quote(f"{word}:{text.replace(':', ' -')}" if text else word) for word, text in words.items())


BASH = """# bash completion of shapefield: eval "$(shapefield completion bash)"
_shapefield_words() {{
    compopt +o default 2>/dev/null
    COMPREPLY=($(compgen -W "$1" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
_shapefield() {{
    local place="" word
    COMPREPLY=()
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case "$place $word" in
        {steps}) place="${{place:+$place }}$word" ;;
        esac
    done
    case "$place ${{COMP_WORDS[COMP_CWORD-1]}}" in
{values}
    esac
    if [[ ${{COMP_WORDS[COMP_CWORD]}} == -* ]]; then
        case "$place" in
{options}
        esac
        return
    fi
    case "$place" in
{words}
    esac
}}
complete -o default -F _shapefield shapefield
"""

ZSH = """#compdef shapefield
# zsh completion of shapefield: shapefield completion zsh > FOLDER_OF_FPATH/_shapefield
_shapefield() {{
    local place="" word
    local -a offered
    for word in "${{(@)words[2,CURRENT-1]}}"; do
        case "$place $word" in
        {steps}) place="${{place:+$place }}$word" ;;
        esac
    done
    case "$place ${{words[CURRENT-1]}}" in
{values}
    esac
    if [[ $PREFIX == -* ]]; then
        case "$place" in
{options}
        esac
        _describe option offered
        return
    fi
    case "$place" in
{words}
    *) _files; return ;;
    esac
    _describe command offered
    [[ $place == demo || $place == "" ]] && _files
}}
if [[ $funcstack[1] == _shapefield ]]; then
    _shapefield "$@"
else
    compdef _shapefield shapefield
fi
"""
