"""What is compared: the settings, the inputs, and the list of fits that follows from them. Knows no torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapefield.config import Checked, option
from shapefield.errors import InputError, UsageError
from shapefield.lab.pictures import SAMPLE, sample_path
from shapefield.lab.pictures import SUFFIXES as PICTURE_SUFFIXES
from shapefield.lab.recipes import fits_pictures
from shapefield.mesh.sniffing import FORMATS
from shapefield.methods import METHODS, load_plugins, method
from shapefield.settings import PRESETS, to_toml
from shapefield.storage.mark import MARK

MESH_SUFFIXES = tuple(f".{suffix}" for suffix in FORMATS)
MESH, PICTURE = "mesh", "picture"
BUDGET, PARAMETERS = "budget", "parameters"
"""The two tables: every method as it is at the same budget, and every method at the same count of parameters."""
SECONDS = 20.0


@dataclass(frozen=True)
class CompareConfig(Checked):
    """How the methods are compared."""

    steps: int | None = option(None, "optimiser steps of every fit; excludes --budget", low=1, high=10_000_000)
    budget: float | None = option(None, "seconds of every fit; default 20", unit="s", low=0.1)
    seeds: int = option(
        3, "fits of every method, from different seeds: their mean and deviation are told", low=1, high=99
    )
    parameters: int = option(
        132_000,
        "parameters of every network in the second table, at equal size; 0 leaves it out",
        low=0,
        high=100_000_000,
    )
    preset: str = option("auto", "sizes of the networks for meshes", choices=PRESETS)
    resolution: int = option(256, "cells along the box's edge of the surfaces that are measured", low=8, high=2048)
    device: str = option("auto", "auto, cpu, cuda, mps, or any torch device string")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.steps is not None and self.budget is not None:
            raise UsageError("steps, budget: expected one of the two, got both: leave one out")

    @property
    def seconds(self) -> float | None:
        """The budget of a fit; None where steps are set."""
        return None if self.steps is not None else self.budget or SECONDS


@dataclass(frozen=True)
class Input:
    """A mesh or a picture to compare on; name is what the report calls it."""

    path: str
    kind: str
    name: str


@dataclass(frozen=True)
class Case:
    """One fit.  table : BUDGET or PARAMETERS"""

    input: Input
    table: str
    method: str
    seed: int
    config: CompareConfig


@dataclass(frozen=True)
class ComparisonPlan:
    """Everything that a comparison does; `toml` repeats it."""

    inputs: tuple[Input, ...]
    methods: tuple[str, ...]
    config: CompareConfig

    @property
    def paths(self) -> list[str]:
        """The inputs' files."""
        return [source.path for source in self.inputs]

    @property
    def cases(self) -> list[Case]:
        """The fits, input by input, table by table, method by method, seed by seed."""
        tables = (BUDGET, PARAMETERS) if self.config.parameters else (BUDGET,)
        return [
            Case(source, table, name, seed, self.config)
            for source in self.inputs
            for table in tables
            for name in self.methods
            if suits(name, source.kind) and (table == BUDGET or method(name).can.sizes)
            for seed in range(self.config.seeds)
        ]

    def toml(self, mark: str = MARK) -> str:
        """The settings as TOML, for `shapefield compare --config`."""
        given = {name: value for name, value in self.settings().items() if value is not None}
        head = f"# {mark}: shapefield compare --config THIS -o report.html repeats the comparison\n"
        return head + to_toml(given, {})

    def settings(self) -> dict[str, Any]:
        """Every setting by name, as `settings_from` takes them."""
        named = {"inputs": [as_text(i.path) for i in self.inputs], "methods": list(self.methods)}
        return named | dataclasses.asdict(self.config)


def suits(name: str, kind: str) -> bool:
    """Whether a method can be fitted to that kind of input."""
    return kind == MESH or fits_pictures(method(name))


def plan(
    paths: Sequence[str], methods: Sequence[str] = ("all",), config: CompareConfig | None = None
) -> ComparisonPlan:
    """The comparison of methods on files and folders. InputError, UsageError name what does not fit."""
    inputs = tuple(dict.fromkeys(found for path in paths for found in _inputs(path)))
    if not inputs:
        raise UsageError("inputs: expected meshes, pictures or a folder of them, got none: name one")
    words = [word.strip() for text in methods for word in text.split(",") if word.strip()]
    if words in ([], ["all"]):
        load_plugins()
        words = list(METHODS)
    chosen = [method(word, said="methods").name for word in words]
    for source in inputs:
        if not any(suits(name, source.kind) for name in chosen):
            fitting = ", ".join(n for n in METHODS if suits(n, source.kind))
            raise UsageError(f"methods: expected one for pictures ({fitting}), got {', '.join(chosen)}")
    return ComparisonPlan(_renamed(inputs), tuple(dict.fromkeys(chosen)), config or CompareConfig())


def _inputs(path: str) -> list[Input]:
    place = Path(path)
    if path.startswith(SAMPLE):
        sample_path(path)
        return [Input(path, PICTURE, path.removeprefix(SAMPLE))]
    if place.is_dir():
        inside = sorted(p for p in place.iterdir() if p.suffix.lower() in (*MESH_SUFFIXES, *PICTURE_SUFFIXES))
        ours = [p for p in inside if ".shapefield." not in p.name]
        if not ours:
            raise InputError(f"{path}: expected a folder with meshes or pictures, got none inside: name a file")
        return [Input(str(p), _kind(p), p.name) for p in ours]
    if not place.exists():
        raise InputError(f"{path}: expected a mesh, a picture or a folder, got no such file: check the name")
    return [Input(path, _kind(place), place.name)]


def _kind(path: Path) -> str:
    return PICTURE if path.suffix.lower() in PICTURE_SUFFIXES else MESH


def _renamed(inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    """Inputs of one name are told apart by their whole paths."""
    names = [i.name for i in inputs]
    return tuple(dataclasses.replace(i, name=i.path) if names.count(i.name) > 1 else i for i in inputs)


def settings_from(tree: dict[str, Any]) -> tuple[list[str], list[str], dict[str, Any]]:
    """Inputs, methods and CompareConfig's values in a TOML file's flat mapping. UsageError for another name."""
    own = [f.name for f in dataclasses.fields(CompareConfig)]
    for name in tree:
        if name not in (*own, "inputs", "methods"):
            raise UsageError(f"{name}: expected one of inputs, methods, {', '.join(own)}, got {name!r}")
    lists = []
    for name in ("inputs", "methods"):
        values = tree.get(name, [])
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise UsageError(f"{name}: expected a list of texts, got {values!r}")
        lists.append(list(values))
    return lists[0], lists[1], {k: v for k, v in tree.items() if k in own}


def as_text(path: str) -> str:
    """A path whose bytes are no text, with escapes for those: it can be shown, and no longer opened."""
    return path.encode("utf-8", "backslashreplace").decode()
