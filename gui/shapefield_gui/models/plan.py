"""What a fit will be: method, quality, budget and whatever else was set; as a config, and as a command line."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapefield.config import ExtractionConfig, FitConfig, SamplingConfig, SolidConfig, TrainingConfig, to_argv
from shapefield.methods import DEFAULT, Method, method
from shapefield.settings import fit_config
from shapefield_gui.models.choices import Choices


@dataclass(frozen=True, slots=True)
class Quality:
    """A preset. budget in seconds, resolution in cells along the box's edge."""

    name: str
    title: str
    budget: float
    resolution: int
    hint: str


QUALITIES = (
    Quality("draft", "Draft", 8.0, 128, "a first look"),
    Quality("normal", "Normal", 20.0, 256, "the default"),
    Quality("fine", "Fine", 60.0, 384, "small details"),
    Quality("finest", "Finest", 180.0, 512, "for keeping"),
)

ELSEWHERE = {"budget", "resolution", "level", "faces", "largest", "crop"}
"""Settings that have a control of their own, so the Advanced section leaves them out."""


class FitChoices(Choices):
    """The choices for the next fit. Listeners are called after every change."""

    def __init__(self) -> None:
        super().__init__()
        self.method = DEFAULT
        self.budget = QUALITIES[1].budget
        self.resolution = QUALITIES[1].resolution

    def set(self, **values: Any) -> None:
        """Set method, budget or resolution. A new method forgets the options of the old one's network."""
        name = values.get("method", self.method)
        if name != self.method:
            self.changed = {k: v for k, v in self.changed.items() if k in _STAGE_NAMES or k == "preset"}
        for key, value in values.items():
            setattr(self, key, value)
        self.tell()

    def choose(self, quality: Quality) -> None:
        self.set(budget=quality.budget, resolution=quality.resolution)

    @property
    def quality(self) -> Quality | None:
        """The preset that the budget and the resolution are, or None for values of one's own."""
        return next((q for q in QUALITIES if (q.budget, q.resolution) == (self.budget, self.resolution)), None)

    @property
    def groups(self) -> list[tuple[str, type[Any]]]:
        """Advanced: title and dataclass of each group."""
        return [
            ("Network", method(self.method).options),
            ("Training", TrainingConfig),
            ("Samples", SamplingConfig),
            ("Input", SolidConfig),
        ]

    def default(self, group: type[Any], name: str) -> Any:
        """What holds where nothing was set: the method's own value where the config says None."""
        value = next(f.default for f in dataclasses.fields(group) if f.name == name)
        return getattr(method(self.method).recipe, name, None) if value is None else value

    def leave_out(self, group: type[Any]) -> set[str]:
        """Settings with a control of their own."""
        return ELSEWHERE

    @property
    def solid(self) -> dict[str, Any]:
        """What is set of the input: what open parts are, thickness, smallest part, cavities, unit."""
        return solid_settings(self.changed)

    @property
    def settings(self) -> dict[str, Any]:
        """Flat, as `fit_config` takes them."""
        time = {} if "steps" in self.changed else {"budget": self.budget}
        return {"method": self.method, "resolution": self.resolution, **time, **self.changed}

    def config(self) -> FitConfig:
        """Raises UsageError where values do not go together."""
        return fit_config(**self.settings)

    def command(self, path: str, surface: ExtractionConfig | None = None) -> str:
        """The `shapefield fit` line that does the same. surface : how the surface is taken out, if not as planned"""
        words = ["shapefield", "fit", path]
        words += ["--method", self.method] if self.method != DEFAULT else []
        if "steps" not in self.changed:
            words += ["--budget", f"{self.budget:g}s"]
        words += to_argv((surface or ExtractionConfig(resolution=self.resolution)).differing)
        own = {f.name for f in dataclasses.fields(method(self.method).options)}
        return shlex.join(words + to_argv(self.changed, own))

    @property
    def chosen(self) -> Method:
        return method(self.method)


_STAGE_NAMES = {f.name for c in (TrainingConfig, SamplingConfig, SolidConfig) for f in dataclasses.fields(c)}


def solid_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Those of a fit's flat settings that say what the input means."""
    own = {f.name for f in dataclasses.fields(SolidConfig)}
    return {name: value for name, value in settings.items() if name in own}


def extract_command(field: str, mesh: str, config: ExtractionConfig) -> str:
    """The `shapefield extract` line for what the Surface panel has set."""
    return shlex.join(["shapefield", "extract", field, "-o", mesh, *to_argv(config.differing)])


def stem(path: str) -> str:
    return Path(path).stem
