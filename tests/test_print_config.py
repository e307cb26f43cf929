"""`--print-config` prints what a run would take, and that is itself a file for `--config`: on every command."""

import argparse
from collections.abc import Iterator

import pytest

from shapefield.cli import configuring
from shapefield.cli.main import COMMANDS, main, parser_of
from shapefield.fitting.resolved import resolved
from shapefield.methods import METHODS
from shapefield.settings import fit_config, from_toml, names

GIVEN = {
    "MESH": "a.obj", "MESH|FIELD": "a.obj", "REFERENCE": "b.obj", "FIELD": "a.field", "DATA": "posed", "RUN": "run",
    "PICTURE": "sample:camera", "FAMILY": "a.family", "NAME|MESH": "a.obj", "NAME": "a", "A": "a", "B": "b",
    "FOLDER|FILE": "a.obj", "INPUT": "sample:camera", "SPEC": "a.toml",
}  # fmt: skip
"""What stands for each positional argument; nothing of it is opened, but compare's."""
REQUIRED = {"output": "out.npz", "mask": "m.png", "bytes": "2000", "axis": "0=1"}
OTHER = {
    "method": "siren", "methods": ["siren"], "kind": "radiance", "model": {"nerf": "classic", "family": "reptile"},
    "device": "cpu", "split": "val", "as_": "sheet", "crop": ["0", "0", "0", "1", "1", "1"], "path": "orbit",
    "job": "fit", "memory_each": "500M", "shard": "2/3", "reference": "true.ply", "address": "auto", "copy_to": "s3://a/b",
}  # fmt: skip
"""Values away from their defaults, of settings whose type alone does not give one."""
ALONE = {"horizon", "budget", "keep_open", "mode", "voxel", "preset", "eikonal", "like", "look", "up", "init"}
"""Settings that exclude others, or need them; left out of the line that sets everything at once."""


def leaves(command: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    def below(name: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
        found = configuring._actions(parser)
        if found is None:
            yield name, parser
        for word, one in {} if found is None else found.choices.items():
            yield from below(f"{name} {word}", one)

    yield from below(command, parser_of(command, [])[0])


ALL = {name: parser for command in COMMANDS for name, parser in leaves(command)}
WITH_SETTINGS = {name: parser for name, parser in ALL.items() if configuring.settings(parser)}


def line(name: str) -> list[str]:
    """The shortest command line that is complete."""
    words = name.split()
    for action in ALL[name]._actions:
        if action.option_strings and action.required:
            words += [action.option_strings[-1], REQUIRED[action.dest] if name != "family fit" else "out.family"]
        elif not action.option_strings and action.nargs in (None, "+", "*"):
            words.append(GIVEN.get(str(action.metavar), "a.obj"))
    return words


def number(name: str, action: argparse.Action) -> str:
    """One that the setting may have, and that is not its default."""
    kind = vars(action).get("schema")
    rule = kind.__dataclass_fields__[name] if kind else None
    low, high = (rule.metadata[end] for end in ("low", "high")) if rule else (None, None)
    fits = [n for n in (40, 2, 0.75, 0.5, 5000, 3, 0.1) if (low is None or n >= low) and (high is None or n <= high)]
    fits = [n for n in fits if n != (rule.default if rule else action.default)]
    whole = action.metavar == "N" or action.type is int
    return next(str(n) for n in fits if not whole or isinstance(n, int))


def changed(name: str) -> list[str]:
    """Flags that set as much as goes together, each away from its default."""
    words: list[str] = []
    for setting, action in configuring.settings(ALL[name]).items():
        if not action.option_strings or setting in ALONE or (name == "nerf render" and setting == "path"):
            continue
        other = OTHER.get(setting)
        other = other.get(name.split()[0], "deepsdf") if isinstance(other, dict) else other
        if action.nargs == 0:
            words.append(action.option_strings[-1])
        elif other is None and isinstance(action.nargs, int):
            words += [action.option_strings[-1], *"abcdefgh"[: action.nargs]]
        elif isinstance(other, list):
            words += [action.option_strings[-1], *other]
        elif other is not None:
            words += [action.option_strings[-1], other]
        elif isinstance(action.metavar, str) and "|" in action.metavar:
            words += [action.option_strings[-1], action.metavar.split("|")[-1]]
        else:
            words += [action.option_strings[-1], number(setting, action)]
    return words


@pytest.mark.parametrize("name", WITH_SETTINGS)
def test_what_is_printed_is_a_config_that_prints_the_same(name, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = []
    for flags in ([], changed(name)):
        assert main([*line(name), *flags, "--print-config"]) == 0, capsys.readouterr().err
        text = capsys.readouterr().out
        (tmp_path / "told.toml").write_text(text)
        assert main([*line(name), "--config", "told.toml", "--print-config"]) == 0, capsys.readouterr().err
        assert capsys.readouterr().out == text
        printed.append(from_toml(tmp_path / "told.toml"))
    assert printed[0] != printed[1], "the flags are seen"
    assert [p.name for p in tmp_path.iterdir()] == ["told.toml"], "nothing is run"


def test_every_command_with_settings_has_it() -> None:
    without = set(ALL) - set(WITH_SETTINGS)
    assert without == {"gui", "doctor", "completion", "family info", "demo all", "family edit"} & without
    assert {"fit", "repair", "extract", "eval", "sample", "compare", "nerf train", "image fit"} <= set(WITH_SETTINGS)


def test_a_file_stands_below_flags_and_above_defaults(tmp_path, capsys) -> None:
    file = tmp_path / "a.toml"
    file.write_text('method = "siren"\nomega = 25\n[extraction]\nresolution = 64\n[training]\nbudget = "2m"\n')
    fit = ["fit", "a.obj", "--config", str(file), "--print-config"]

    def told(*words: str) -> dict:
        assert main([*fit, *words]) == 0
        (tmp_path / "told.toml").write_text(capsys.readouterr().out)
        return from_toml(tmp_path / "told.toml")

    found = told()
    assert (found["omega"], found["resolution"], found["budget"], found["seed"]) == (25.0, 64, 120.0, 0)
    found = told("--set", "omega=5", "--set", "resolution=32", "--steps", "9")
    assert (found["omega"], found["resolution"], found["steps"]) == (5.0, 32, 9)
    assert "budget" not in found, "the line's end of the training replaces the file's"
    assert told("--resolution", "16", "--set", "resolution=32")["resolution"] == 16


@pytest.mark.parametrize(
    ("command", "text", "said"),
    [
        ("fit a.obj", "omgea = 2", "a.toml: omgea: expected a known option, got 'omgea' (did you mean omega?)"),
        ("extract a.field -o b.ply", "resolutoin = 9", "a.toml: resolutoin: expected a known setting"),
        ("extract a.field -o b.ply", "resolution = 9.5", "a.toml: resolution: expected int, got 9.5"),
        ("eval a.obj b.obj", "seed = 'x'", "a.toml: --seed: expected a whole number"),
        ("eval a.obj b.obj", "floor = 3", "a.toml: floor: expected true or false, got 3"),
        ("fit a.obj", "steps = 3\nbudget = 3", "a.toml: steps, budget: expected one of the two"),
    ],
)
def test_an_error_of_the_file_is_one_line_that_names_it(tmp_path, capsys, monkeypatch, command, text, said) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.toml").write_text(text)
    assert main([*command.split(), "--config", "a.toml", "--print-config"]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


@pytest.mark.parametrize("name", METHODS)
def test_a_fit_resolves_what_is_unset_and_nothing_of_what_is_set(name) -> None:
    own = METHODS[name]
    bare = resolved(fit_config(method=name), "cpu")
    assert resolved(bare, "cpu") == bare, "what is resolved stays"
    assert set(bare.options) == set(names(own.options)) and bare.training.rate is not None
    rate = 0.5 * own.recipe.rate
    assert resolved(fit_config(method=name, rate=rate), "cpu").training.rate == rate
    assert resolved(fit_config(method=name), "cuda").preset == "paper"
