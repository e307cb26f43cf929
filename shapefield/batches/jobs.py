"""What can be done with each mesh: a command of the program, what it can be told, and what it writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shapefield.config import DEEPSDF, OCCUPANCY, GateConfig, LayoutConfig, SamplingConfig, SolidConfig, option, to_argv
from shapefield.errors import UsageError, one_of
from shapefield.mending.config import NAMES as REPAIR_NAMES
from shapefield.mending.config import RepairConfig, mending_config
from shapefield.mesh.writing import kept_suffix
from shapefield.methods import DEFAULT, plugins
from shapefield.settings import FIT_NAMES, built, fit_config, names, parsed
from shapefield.settings import STAGES as FIT_STAGES

Outputs = dict[str, str]
"""Flag → the path that it names, from the output folder."""


DATASET, ALONE = "meshes", "all"
"""What DeepSDF's folders call the data set, and the class of inputs that lie in no folder."""
BESIDE = "+"
"""Before the name of an output that the command's line does not name: it lies beside one that it names."""
REPORT = f"{BESIDE}report"
SWITCHES = ("floor", "full", *(
    entry.name for stage in (*FIT_STAGES.values(), RepairConfig) for entry in dataclasses.fields(stage)
    if entry.default is False
))  # fmt: skip
"""Settings that are given by their flag alone."""


@dataclass(frozen=True)
class _Switch:
    on: bool = option(False, "")


@dataclass(frozen=True)
class JobKind:
    """A job.

    flags   : settings that the command has flags for; a fit has others too, those of its method
    check   : raises UsageError for settings that do not fit
    outputs : stem, input's path, suffix asked for, settings → what is written
    worst   : the figure by which one result is worse than another; "" for none
    reports : whether what it writes is its report;  keeps : whether its report can be kept beside what it writes
    """

    name: str
    flags: Sequence[str]
    check: Callable[[dict[str, Any]], Any]
    outputs: Callable[[str, str, str | None, Mapping[str, Any]], Outputs]
    worst: str = ""
    reports: bool = False
    keeps: bool = False

    def settled(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Settings with texts of a list as the command's line has them. Raises UsageError where they do not fit."""
        found: dict[str, Any] = {}
        for name, value in settings.items():
            if self.name != "fit" and name not in self.flags:
                raise one_of(f"setting of {self.name}", self.flags, name)
            if name in SWITCHES and isinstance(value, str):
                value = parsed(_Switch, "on", value)
            elif name == "crop" and isinstance(value, str):
                value = value.replace(",", " ").split()
            if value is not None:
                found[name] = value
        self.check(dict(found))
        return found

    def words(self, settings: Mapping[str, Any]) -> list[str]:
        """Settled settings as words of the command's line; a switch that is off is left out."""
        own = [name for name in settings if name not in self.flags]
        given = to_argv({name: value for name, value in settings.items() if value is not False}, own)
        if self.name == "fit":
            method = str(settings.get("method", DEFAULT))
            given += [word for told in plugins.files_of("shape", method) for word in ("--plugin", told)]
        return given


def job(name: str) -> JobKind:
    """The job of that name. Raises UsageError with those that there are."""
    if name not in JOBS:
        raise one_of("job", JOBS, name)
    return JOBS[name]


def _checked_sample(settings: dict[str, Any]) -> None:
    built(LayoutConfig, {name: value for name, value in settings.items() if name == "layout"})
    fit_config(**{name: value for name, value in settings.items() if name != "layout"})


def _checked_info(settings: dict[str, Any]) -> None:
    built(SolidConfig, {name: value for name, value in settings.items() if name != "full"})


def _checked_eval(settings: dict[str, Any]) -> None:
    fit_config(**{name: value for name, value in settings.items() if name != "floor"})


def _fitted(stem: str, path: str, suffix: str | None, settings: Mapping[str, Any]) -> Outputs:
    return {"output": f"{stem}.{suffix or 'ply'}", "field": f"{stem}.field"}


def _repaired(stem: str, path: str, suffix: str | None, settings: Mapping[str, Any]) -> Outputs:
    return {"output": f"{stem}.{suffix}" if suffix else f"{stem}{kept_suffix(Path(path).name)}"}


def _sampled(stem: str, path: str, suffix: str | None, settings: Mapping[str, Any]) -> Outputs:
    from shapefield.layouts import SAMPLES, beside

    layout, (group, instance) = str(settings.get("layout")), group_of(stem)
    if layout not in (DEEPSDF, OCCUPANCY):
        return {"output": f"{stem}.npz"}
    path = f"{SAMPLES}/{DATASET}/{group}/{instance}.npz" if layout == DEEPSDF else f"{group}/{instance}/points.npz"
    twin = beside(layout, path)
    assert twin is not None
    return {"output": path, f"{BESIDE}twin": twin.as_posix()}


def group_of(stem: str) -> tuple[str, str]:
    """The class of a training set that an input belongs to, its first folder, and its instance's name there."""
    first, slash, rest = stem.partition("/")
    return (first, rest) if slash else (ALONE, stem)


def _told(stem: str, path: str, suffix: str | None, settings: Mapping[str, Any]) -> Outputs:
    return {"report": f"{stem}.json"}


SAMPLE_NAMES = [*(name for kind in (SamplingConfig, SolidConfig, LayoutConfig) for name in names(kind)), "seed"]
JOBS = {
    kind.name: kind
    for kind in (
        JobKind("fit", FIT_NAMES, lambda settings: fit_config(**settings), _fitted, "mean_error", keeps=True),
        JobKind("repair", REPAIR_NAMES, lambda settings: mending_config(**settings), _repaired, "lost", keeps=True),
        JobKind("sample", SAMPLE_NAMES, _checked_sample, _sampled),
        JobKind("info", ("unit", "full"), _checked_info, _told, reports=True),
        JobKind(
            "eval", ("seed", "floor", "unit", *names(GateConfig)), _checked_eval, _told, "mean_error", reports=True
        ),
    )
}

FIGURES: dict[str, tuple[str, ...]] = {
    "verdict": ("verdict",),
    "ready": ("ready",),
    "mode": ("mode",),
    "mean_error": ("quality", "mean"),
    "iou": ("quality", "iou"),
    "lost": ("preservation", "lost"),
    "added": ("preservation", "added"),
    "closed": ("surface", "closed"),
    "manifold": ("surface", "manifold"),
    "vertices": ("surface", "vertices"),
    "faces": ("surface", "faces"),
    "volume": ("sizes", "after", "volume"),
    "samples": ("samples",),
}
"""Figure of a record → where it stands in the command's report; lengths in R."""
BARE = ("closed", "manifold", "vertices", "faces", "volume")
"""Figures that the report of info has at its top."""


def figures(report: Mapping[str, Any]) -> dict[str, Any]:
    """What a record keeps of a report: single values."""
    found = {}
    for name, way in FIGURES.items():
        value: Any = report
        for step in way:
            value = value.get(step) if isinstance(value, Mapping) else None
        value = report.get(name) if value is None and name in BARE else value
        if isinstance(value, bool | int | float | str):
            found[name] = value
    return found


def require_reference(kind: JobKind, reference: str | None) -> None:
    """Raise UsageError where eval has nothing to measure against, and where another job has something."""
    if (kind.name == "eval") != (reference is not None):
        raise UsageError(
            "reference: expected --reference FOLDER beside --job eval, got none: name the true meshes"
            if reference is None
            else f"reference: expected --job eval beside it, got {kind.name}: leave one out"
        )
