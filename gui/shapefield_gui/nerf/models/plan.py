"""What a training will be: model, budget, picture size and whatever else was set; as a config, and as a command."""

from __future__ import annotations

import dataclasses
import shlex
from dataclasses import dataclass
from typing import Any

from shapefield.config import ExtractionConfig, to_argv
from shapefield.methods import method
from shapefield.nerf.config import NerfConfig
from shapefield_gui.models.choices import Choices


@dataclass(frozen=True, slots=True)
class Preset:
    """budget in seconds"""

    title: str
    budget: float
    hint: str


PRESETS = (
    Preset("Quick", 10.0, "a first look"),
    Preset("Normal", 60.0, "the default"),
    Preset("Fine", 300.0, "for keeping"),
)

ELSEWHERE = {"model", "budget", "downscale", "preview_every"}
"""Settings that have a control of their own, or none."""
PREVIEW_EVERY = 1.0
"""Least seconds between held-out views in the window; the engine gives them at most a tenth of the time."""


class TrainPlan(Choices):
    """The choices for the next training. Listeners are called after every change."""

    def __init__(self) -> None:
        super().__init__()
        self.model, self.budget = "grid", PRESETS[1].budget
        self.downscale: float | None = None

    def set(self, **values: Any) -> None:
        """Set model, budget or downscale. A new model forgets the options of the old one."""
        if values.get("model", self.model) != self.model:
            self.changed = {k: v for k, v in self.changed.items() if k in _RUN}
        for key, value in values.items():
            setattr(self, key, value)
        self.tell()

    @property
    def preset(self) -> Preset | None:
        return next((p for p in PRESETS if p.budget == self.budget), None)

    @property
    def groups(self) -> list[tuple[str, type[Any]]]:
        """Advanced: title and dataclass of each group."""
        return [("Model", method(self.model, "radiance").options), ("Training", NerfConfig)]

    def leave_out(self, group: type[Any]) -> set[str]:
        """Options of a group without a control there: one that both have belongs to the training."""
        return ELSEWHERE if group is NerfConfig else ELSEWHERE | _RUN

    def default(self, group: type[Any], name: str) -> Any:
        """What holds where nothing was set: the model's own value where the training says None."""
        value = next(f.default for f in dataclasses.fields(group) if f.name == name)
        own = {f.name: f.default for f in dataclasses.fields(method(self.model, "radiance").options)}
        return own.get(name) if value is None else value

    def config(self) -> tuple[NerfConfig, dict[str, Any]]:
        """The run's config and the model's options. Raises UsageError where values do not go together."""
        own = {k: v for k, v in self.changed.items() if k in _RUN}
        options = {k: v for k, v in self.changed.items() if k not in _RUN}
        method(self.model, "radiance").options(**options)
        budget = None if "steps" in own else self.budget
        config = NerfConfig(
            model=self.model, budget=budget, downscale=self.downscale, preview_every=PREVIEW_EVERY, **own
        )
        return config, options

    def settings(self) -> dict[str, Any]:
        """Everything that was chosen, as plain JSON."""
        return {"model": self.model, "budget": self.budget, "downscale": self.downscale, **self.changed}

    def restore(self, settings: dict[str, Any]) -> None:
        """Take `settings()` back."""
        left = dict(settings)
        self.set(**{k: left.pop(k) for k in ("model", "budget", "downscale") if k in left})
        self.changed = left
        self.tell()

    def command(self, source: str, run: str = "RUN") -> str:
        """The `shapefield nerf train` line that does the same."""
        words = ["shapefield", "nerf", "train", source, "-o", run]
        words += ["--model", self.model] if self.model != "grid" else []
        words += [] if "steps" in self.changed else ["--budget", f"{self.budget:g}s"]
        words += ["--downscale", f"{self.downscale:g}"] if self.downscale is not None else []
        own = {f.name for f in dataclasses.fields(method(self.model, "radiance").options)} - _RUN
        return shlex.join(words + to_argv(self.changed, own))


_RUN = {f.name for f in dataclasses.fields(NerfConfig)}


def export_command(run: str, path: str, config: ExtractionConfig, points: int | None) -> str:
    """The `shapefield nerf export` line for what the Mesh panel has set."""
    words = ["shapefield", "nerf", "export", run, "-o", path, "--resolution", str(config.resolution)]
    words += to_argv({name: value for name, value in config.differing.items() if name != "resolution"})
    words += ["--points", "--count", str(points)] if points is not None else []
    return shlex.join(words)
