"""What the Lab tab has chosen and found. No Qt.

A subject is an experiment of `shapefield.lab.experiments`, a picture fitted by a method, or a comparison of all
methods on one's own meshes and pictures.
"""

from __future__ import annotations

import dataclasses
import math
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from shapefield.config import to_argv
from shapefield.errors import ShapefieldError
from shapefield.lab.board import Board
from shapefield.lab.comparison.plan import CompareConfig, plan, suits
from shapefield.lab.experiments import EXPERIMENTS, Experiment
from shapefield.lab.recipes import picture_method
from shapefield.methods import METHODS

PICTURE, COMPARE = "picture", "compare"
SAMPLE = "sample:camera"
STEPS = 1000
_WIDE = 50.0
"""A range whose ends are this many times apart is walked in equal ratios."""


@dataclass(frozen=True, slots=True)
class Control:
    """A number that a slider sets. low, high : the ends;  whole : only whole numbers;  ratios : equal ratios a step"""

    name: str
    help: str
    unit: str
    low: float
    high: float
    default: float
    whole: bool

    @property
    def ratios(self) -> bool:
        return self.low > 0 and self.high / self.low >= _WIDE

    def at(self, share: float) -> float:
        """The value at a share 0..1 of the way, to three digits."""
        if self.ratios:
            value = self.low * (self.high / self.low) ** share
        else:
            value = self.low + (self.high - self.low) * share
        return round(value) if self.whole else float(f"{value:.3g}")

    def share(self, value: float) -> float:
        """Where a value lies, 0..1."""
        if self.ratios:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class OwnDemo:
    """A demonstration in a file of one's own, as `shapefield.lab.ownfile` reads it. see : what to look for"""

    path: str
    title: str
    see: str
    controls: tuple[Control, ...]


REPORT = "report.html"
_TITLES = {PICTURE: "A picture of your own", COMPARE: "The methods on your own data"}
_SEE = {
    PICTURE: "The picture as the network has it so far: its error falls and its PSNR rises as it learns.",
    COMPARE: "Every method gets the same seconds or steps; the curves say how soon each is how good. The report has "
    "the tables and a guide.",
}
BUDGET, STEPS_EACH = "budget", "steps"
_LIMITS = {
    BUDGET: Control(BUDGET, "seconds of every fit", "s", 1, 120, 10, True),
    STEPS_EACH: Control(STEPS_EACH, "optimiser steps of every fit", "", 10, 5000, 300, True),
}
_SEEDS = Control("seeds", "fits of every method, from different seeds", "", 1, 5, 1, True)


@dataclass
class ComparisonChoices:
    """What is compared beside the numbers of the sliders.

    inputs : files;  methods : names, those that suit no input are passed over
    limit  : BUDGET or STEPS_EACH, what is the same for all;  preset : sizes of the networks for meshes
    """

    inputs: tuple[str, ...] = (SAMPLE,)
    methods: tuple[str, ...] = field(default_factory=lambda: tuple(METHODS))
    limit: str = BUDGET
    preset: str = CompareConfig.preset

    @property
    def kinds(self) -> set[str]:
        """MESH, PICTURE or both; none while the files cannot be found."""
        try:
            return {source.kind for source in plan(self.inputs).inputs}
        except ShapefieldError:
            return set()

    @property
    def suiting(self) -> list[str]:
        """Methods that fit at least one input."""
        kinds = self.kinds
        return [name for name in METHODS if not kinds or any(suits(name, kind) for kind in kinds)]

    @property
    def chosen(self) -> list[str]:
        """The methods that will run."""
        return [name for name in self.suiting if name in self.methods]

    def flags(self) -> list[str]:
        """What differs from `shapefield compare` without flags."""
        words = [] if self.chosen == self.suiting else ["--methods", *self.chosen]
        return words + ([] if self.preset == CompareConfig.preset else ["--preset", self.preset])


def controls_of(kind: type[Any], defaults: Any) -> list[Control]:
    """A Control for every number of an option dataclass that has a lowest and a highest value, but for the seed."""
    hints, found = get_type_hints(kind), []
    for entry in dataclasses.fields(kind):
        low, high, default = entry.metadata.get("low"), entry.metadata.get("high"), getattr(defaults, entry.name)
        number = isinstance(default, int | float) and not isinstance(default, bool)
        if entry.name == "seed" or low is None or high is None or not number:
            continue
        text = str(entry.metadata["help"])
        whole = hints[entry.name] is int
        found.append(Control(entry.name, text, entry.metadata.get("unit", ""), low, high, default, whole))
    return found


@dataclass
class Bench:
    """The subject, what was set for each, and the boards of the present run and of the one before.

    changed : values that differ from the defaults, by subject (for pictures by method) and name
    demos   : demonstrations of one's own, by their path, which is their subject
    """

    subject: str = next(iter(EXPERIMENTS))
    method: str = "siren"
    picture: str = SAMPLE
    comparison: ComparisonChoices = field(default_factory=ComparisonChoices)
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    demos: dict[str, OwnDemo] = field(default_factory=dict)
    board: Board = field(default_factory=Board)
    ghost: Board = field(default_factory=Board)

    @property
    def _key(self) -> str:
        return f"{PICTURE} {self.method}" if self.subject == PICTURE else self.subject

    @property
    def own(self) -> dict[str, Any]:
        """What is changed for the present subject."""
        return self.changed.setdefault(self._key, {})

    @property
    def title(self) -> str:
        return _TITLES.get(self.subject) or self._demo.title

    @property
    def see(self) -> str:
        """One sentence on what to look for."""
        return _SEE.get(self.subject) or self._demo.see

    @property
    def _demo(self) -> OwnDemo | Experiment:
        """The subject, where that is a demonstration."""
        return self.demos.get(self.subject) or EXPERIMENTS[self.subject]

    @property
    def data(self) -> str:
        """The files that the subject is about; "" for an experiment."""
        if self.subject == COMPARE:
            return ", ".join(Path(p).name for p in self.comparison.inputs)
        return self.picture if self.subject == PICTURE else ""

    @property
    def stem(self) -> str:
        """What a file of this subject is called, without its suffix."""
        return Path(self.picture.removeprefix("sample:") if self.subject == PICTURE else self.subject).stem

    def controls(self) -> list[Control]:
        """What can be set for the present subject, the defaults in it."""
        if self.subject == COMPARE:
            return [_LIMITS[self.comparison.limit], _SEEDS]
        if self.subject != PICTURE:
            demo = self._demo
            return list(demo.controls) if isinstance(demo, OwnDemo) else controls_of(demo.options, demo.options())
        entry, settings, _ = picture_method(self.method, {})
        steps = Control("steps", "optimiser steps", "", 50, 20_000, STEPS, True)
        shown = {"omega", "sigma", "frequencies", "levels", "width", "depth", "table", "finest"}
        return [steps, *(c for c in map(_tamed, controls_of(entry.options, settings)) if c.name in shown)]

    def value(self, control: Control) -> float:
        return self.own.get(control.name, control.default)

    def set(self, control: Control, value: float) -> bool:
        """Take a value; whether it differs from the one before."""
        if value == self.value(control):
            return False
        self.own.pop(control.name, None)
        if value != control.default:
            self.own[control.name] = value
        return True

    def begin(self, same: bool) -> None:
        """A run starts: the board before becomes the ghost if it is of the same subject, else there is none."""
        self.ghost = self.board if same else Board()
        self.board = Board()

    def job(self) -> tuple[str, dict[str, Any]]:
        """The engine's job, and its arguments."""
        if self.subject == COMPARE:
            settings = {c.name: self.value(c) for c in self.controls()} | {"preset": self.comparison.preset}
            return COMPARE, {
                "inputs": self.comparison.inputs,
                "methods": tuple(self.comparison.chosen),
                "settings": settings,
            }
        if self.subject != PICTURE:
            return "own" if self.subject in self.demos else "experiment", {
                "name": self.subject,
                "values": dict(self.own),
            }
        options = dict(self.own)
        steps = options.pop("steps", STEPS)
        return PICTURE, {"source": self.picture, "method": self.method, "steps": steps, "options": options}

    def command(self) -> str:
        """The command line that does the same."""
        if self.subject == COMPARE:
            own = to_argv({c.name: _plain(self.value(c)) for c in self.controls()} | {"parameters": 0})
            words = ["compare", *self.comparison.inputs, *self.comparison.flags(), *own, "-o", REPORT]
        elif self.subject != PICTURE:
            words = ["demo", self.subject, *to_argv({name: _plain(value) for name, value in self.own.items()})]
        else:
            options = {"steps": STEPS} | {name: _plain(value) for name, value in self.own.items()}
            of_method = options.keys() - {"steps"}
            words = ["image", "fit", self.picture, "--method", self.method, *to_argv(options, of_method)]
        return shlex.join(["shapefield", *words])


_SENSIBLE = {"width": (16, 256), "depth": (1, 8), "omega": (1.0, 120.0), "sigma": (0.1, 60.0), "table": (8, 18),
             "frequencies": (1, 512), "finest": (16, 1024)}  # fmt: skip


def _tamed(control: Control) -> Control:
    """The part of a range that a picture on a CPU can use."""
    low, high = _SENSIBLE.get(control.name, (control.low, control.high))
    return dataclasses.replace(control, low=max(low, control.low), high=min(high, control.high))


def _plain(value: float) -> float:
    """To the digits that a slider shows."""
    return value if isinstance(value, int) else float(f"{value:g}")
