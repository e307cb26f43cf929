"""What can be set, stage by stage: frozen dataclasses that know their own help, unit and range.

The command line's flags and the window's controls are both made from these fields, so they cannot drift apart.
A value of None means "the method's own" or "not wanted", as the help says.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self, get_type_hints

from shapefield.errors import UsageError, one_of
from shapefield.lengths import METRES, Extent, Length, number

_BEYOND = 1e300
"""Integers have no end in Python: from here on they are no number that any option means."""
FINEST = 2048
"""Cells along the box's edge at the most."""


def option(
    default: Any,
    help: str,
    *,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A dataclass field that carries its own help, unit, range and permitted values as metadata."""
    metadata = {"help": help, "unit": unit, "low": low, "high": high, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Checked:
    """Base of the config dataclasses: on construction every value is held against its field's type and range."""

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for entry in dataclasses.fields(self):
            object.__setattr__(self, entry.name, plain(getattr(self, entry.name)))
            check(entry.name, getattr(self, entry.name), entry.metadata, hints[entry.name])

    @property
    def differing(self) -> dict[str, Any]:
        """What is not its default, by name."""
        values = {entry.name: getattr(self, entry.name) for entry in dataclasses.fields(self)}
        return {
            entry.name: values[entry.name] for entry in dataclasses.fields(self) if values[entry.name] != entry.default
        }

    def in_input_units(self, extent: Callable[[], Extent]) -> Self:
        """This with every Length as a number in the mesh's own units. Raises UsageError where it has no such.

        extent : of the mesh; asked for only where there is a Length
        """
        found: dict[str, Any] = {}
        for entry in dataclasses.fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, Length):
                found[entry.name] = value.of(extent(), entry.name)
            elif isinstance(value, tuple) and any(isinstance(v, Length) for v in value):
                found[entry.name] = tuple(v.of(extent(), entry.name) if isinstance(v, Length) else v for v in value)
        return dataclasses.replace(self, **found) if found else self


def plain(value: Any) -> Any:
    """A number of NumPy's as Python's own, within a list or tuple too; anything else as it is."""
    if isinstance(value, tuple | list):
        return type(value)(map(plain, value))
    numpys = type(value).__module__ == "numpy" and not getattr(value, "ndim", 1)
    return value.item() if numpys else value


def flag_of(name: str) -> str:
    """The flag of a field: `--min-part` for min_part, and `--as` for as_, which Python keeps for itself."""
    return f"--{name.rstrip('_').replace('_', '-')}"


def to_argv(settings: Mapping[str, Any], own: Collection[str] = ()) -> list[str]:
    """Settings by name as words of a command line, the inverse of what flags are parsed into.

    own : those that belong to a method, which are given by --set; None among the values is left out
    """
    words: list[str] = []
    for name, value in settings.items():
        if value is None:
            continue
        if name in own:
            words += ["--set", f"{name}={spoken(value)}"]
        elif isinstance(value, bool):
            words.append(flag_of(name) if value else flag_of(f"no_{name}"))
        else:
            words += [flag_of(name), *(map(spoken, value) if isinstance(value, tuple | list) else [spoken(value)])]
    return words


def spoken(value: Any) -> str:
    """As it is read again: to the last bit, and whole numbers without a point."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)


def check(name: str, value: Any, metadata: Any, hint: Any) -> None:
    """Raise UsageError unless `value` fits the type hint and the metadata's range and choices."""
    if value is None and type(None) in getattr(hint, "__args__", ()):
        return
    kinds = [k for k in (getattr(hint, "__args__", None) or (hint,)) if k is not type(None)]
    plain = [k for k in kinds if k in (int, float, str, bool, Length)]
    if plain:
        fits = any(_fits(value, kind) for kind in plain)
        if not fits:
            raise UsageError(f"{name}: expected {' or '.join(k.__name__ for k in plain)}, got {value!r}")
    choices = metadata.get("choices")
    if choices and value not in choices:
        raise one_of(name, choices, value)
    low, high = metadata.get("low"), metadata.get("high")
    value = value.value if isinstance(value, Length) else value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not (-float("inf") < value < float("inf")):
            raise UsageError(f"{name}: expected a finite number, got {value!r}")
        if not -_BEYOND < value < _BEYOND:
            raise UsageError(f"{name}: expected a number, got one beyond 1e300")
        if low is not None and value < low:
            raise UsageError(f"{name}: expected at least {low:g}, got {value:g}")
        if high is not None and value > high:
            raise UsageError(f"{name}: expected at most {high:g}, got {value:g}")


def _fits(value: Any, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


@dataclass(frozen=True)
class SamplingConfig(Checked):
    """How the mesh is turned into training samples."""

    samples: int | None = option(
        None, "training samples in all; default: 300 000, more for a budget over 12 s", low=1_000, high=200_000_000
    )
    mix: str | None = option(
        None,
        "shares of surface : near : uniform points; instant-ngp is 4 : 3 : 1, balanced 1 : 5 : 2, deepsdf 94 % near "
        "at two scales; default: the method's own",
        choices=("instant-ngp", "balanced", "deepsdf"),
    )


NPZ, DEEPSDF, OCCUPANCY = "npz", "deepsdf", "occupancy"


@dataclass(frozen=True)
class LayoutConfig(Checked):
    """How samples lie in their files."""

    layout: str = option(
        NPZ,
        "npz: our own; deepsdf: pos and neg, (n, 4); occupancy: points.npz with packed bits, pointcloud.npz beside it",
        choices=(NPZ, DEEPSDF, OCCUPANCY),
    )


def affordable_samples(budget: float | None) -> int:
    """Training samples that suit a budget in seconds: 25 000 a second, at least 300 000 and at most 2 million.

    Measured on a 70 000-face scan, 60 s, 512³: 300 000 samples end at a mean error of 1.06e-4, 1.5 million at 6.2e-5.
    """
    return round(min(max(300_000, 25_000 * (budget or 0.0)), 2_000_000))


@dataclass(frozen=True)
class TrainingConfig(Checked):
    """How a field is trained, whatever it is trained on."""

    steps: int | None = option(None, "optimiser steps; excludes --budget", low=1, high=100_000_000)
    horizon: int | None = option(
        None, "steps that the schedules are laid out for, where only --steps of them are done", low=1, high=1 << 40
    )
    budget: float | None = option(
        None, "seconds from process start to the file written; default: 20", unit="s", low=0.1
    )
    batch: int | None = option(None, "points a step; default: the method's own", low=16, high=1 << 22)
    rate: float | None = option(None, "learning rate; default: the method's own", low=1e-8, high=10.0)
    schedule: str | None = option(
        None, "how the rate decays; default: the method's own", choices=("cosine", "exponential", "constant")
    )
    eikonal: float | None = option(
        None, "weight of E[(|grad f| - 1)^2]; default: the method's own", low=0.0, high=100.0
    )
    clamp: float | None = option(None, "clamp of the distances in bounding radii, 0 for none", unit="R", low=0.0)
    ema: float | None = option(None, "decay of the weights' moving average, 0 for none", low=0.0, high=0.99999)
    early_stop: float | None = option(
        None, "stop when this share of the steps has brought no better loss; 0 for never", low=0.0, high=1.0
    )
    amp: bool = option(False, "mixed precision (bfloat16) on CUDA; no quicker where measured")
    init: str | None = option(
        None, "a .family that `family fit --model reptile` made: its weights are the first, its method is taken"
    )
    seed: int = option(0, "seed of everything random", low=0, high=2**63 - 1)
    device: str = option("auto", "auto, cpu, cuda, mps, or any torch device string")
    checkpoint_every: float = option(10.0, "seconds of work between checkpoints, 0 for none", unit="s", low=0.0)


@dataclass(frozen=True)
class ExtractionConfig(Checked):
    """How the surface is taken out of the field."""

    resolution: int = option(256, "cells along the box's edge", low=8, high=FINEST)
    level: float | Length = option(0.0, "level offset: a length for distances, logits for occupancy")
    faces: int | None = option(None, "simplify to at most this many faces", low=4)
    largest: bool = option(False, "keep only the largest component")
    crop: tuple[float | Length, ...] | None = option(
        None, "crop box: x0 y0 z0 x1 y1 z1, each in input units or with mm, cm, m, in"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.crop is None:
            return
        if len(self.crop) != 6:
            raise UsageError(f"crop: expected six numbers x0 y0 z0 x1 y1 z1, got {len(self.crop)}")
        for axis, low, high in zip("xyz", self.crop[:3], self.crop[3:], strict=True):
            if isinstance(low, Length) or isinstance(high, Length):
                self._check_position(low, high)
            elif not -float("inf") < low < high < float("inf"):
                raise UsageError(f"crop: expected {axis}0 below {axis}1, got {low:g} and {high:g}: lowest corner first")

    @property
    def offset(self) -> float:
        """`level` as a number, once `in_input_units` has made it one."""
        return number(self.level)

    @staticmethod
    def _check_position(*coordinates: float | Length) -> None:
        """R and % are shares of a size; where the shape stands in its file they say nothing of."""
        for one in coordinates:
            if isinstance(one, Length) and one.measure in ("R", "%"):
                raise UsageError(f"crop: expected positions in input units or with mm, cm, m, in, got {one}")


@dataclass(frozen=True)
class EngineConfig(Checked):
    """What takes the surface out of a field."""

    engine: str = option(
        "shapefield",
        "our own sparse marching cubes, or scikit-image's on the whole grid: a reference, slower and larger",
        choices=("shapefield", "scikit-image"),
    )


@dataclass(frozen=True)
class SolidConfig(Checked):
    """What counts as inside, and what the file itself does not say."""

    thicken: float | Length | None = option(
        None,
        "thickness given to an input without an inside; 0 refuses such input; default: chosen",
        low=0.0,
    )
    as_: str = option(
        "auto",
        "what open parts are: solid closes them, sheet gives them a thickness, auto decides for each and tells",
        choices=("auto", "solid", "sheet"),
    )
    min_part: float | Length | None = option(
        None,
        "leave out parts of a smaller extent, and no others; default: small loose bits that are open",
        low=0.0,
    )
    fill_cavities: bool = option(False, "remove cavities inside the solid")
    unit: str | None = option(None, "label of the lengths in a file that carries none", choices=tuple(METRES))

    @property
    def thickness(self) -> float | None:
        """`thicken` as a number, once `in_input_units` has made it one."""
        return None if self.thicken is None else number(self.thicken)

    @property
    def smallest(self) -> float | None:
        """`min_part` as a number, once `in_input_units` has made it one."""
        return None if self.min_part is None else number(self.min_part)

    def choices(self) -> dict[str, Any]:
        """What is set here, as arguments of `solid.solidify`; lengths in input units."""
        return {
            "thicken": self.thickness,
            "fill_cavities": self.fill_cavities,
            "taken_as": self.as_,
            "min_part": self.smallest,
        }


@dataclass(frozen=True)
class GateConfig(Checked):
    """What a report must keep to: the files are written all the same, and the exit code is 7 where it does not."""

    max_error: float | Length | None = option(None, "largest mean error that passes", low=0.0)
    max_lost: float | None = option(
        None, "largest share of the input's visible surface that may be lost, 0 to 1", low=0.0, high=1.0
    )
    max_invented: float | None = option(
        None, "largest share of the result's surface that the input need not have, 0 to 1", low=0.0, high=1.0
    )

    @property
    def error(self) -> float | None:
        """`max_error` as a number, once `in_input_units` has made it one."""
        return None if self.max_error is None else number(self.max_error)


@dataclass(frozen=True)
class FitConfig:
    """Everything about one fit but its files: a method, its options by name, and a config for every stage.

    preset : "cpu", "paper", "compact" (a small file, its weights rounded), or "auto": cpu on a CPU, paper elsewhere
    """

    method: str = "hybrid"
    preset: str = "auto"
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    solid: SolidConfig = SolidConfig()
    sampling: SamplingConfig = SamplingConfig()
    training: TrainingConfig = TrainingConfig()
    extraction: ExtractionConfig = ExtractionConfig()
    gates: GateConfig = GateConfig()
    floor: bool = False

    def in_input_units(self, extent: Callable[[], Extent]) -> FitConfig:
        """This with every Length as a number in the mesh's own units; see `Checked.in_input_units`."""
        stages = {name: getattr(self, name).in_input_units(extent) for name in ("solid", "extraction", "gates")}
        return dataclasses.replace(self, **stages)
