"""What can be set of a repair: flat names and values → a checked MendingConfig."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shapefield.config import Checked, ExtractionConfig, GateConfig, SolidConfig, option
from shapefield.errors import UsageError, one_of
from shapefield.lengths import Extent, Length, number
from shapefield.settings import names, parsed


@dataclass(frozen=True)
class RepairConfig(Checked):
    """How a mesh is mended."""

    mode: str = option(
        "auto",
        "keep: the file's own triangles wherever they are right; remesh: a new surface, sampled on a grid; auto keeps, "
        "and samples only the parts that cannot be kept, which it tells",
        choices=("auto", "keep", "remesh"),
    )
    voxel: float | Length | None = option(None, "longest edge of a cell, instead of --resolution", low=0.0)
    keep_open: bool = option(False, "mend all else, and leave openings open")
    scale: float = option(
        1.0, "multiply all coordinates by this first, such as 25.4 for inches that are to be mm", low=1e-30, high=1e30
    )


GATES = ("max_lost", "max_invented")
"""The fields of GateConfig that a repair has."""
STAGES: dict[str, tuple[type[Any], tuple[str, ...]]] = {
    "repair": (RepairConfig, tuple(names(RepairConfig))),
    "solid": (SolidConfig, tuple(names(SolidConfig))),
    "extraction": (ExtractionConfig, tuple(names(ExtractionConfig))),
    "gates": (GateConfig, GATES),
}
NAMES = [name for _, own in STAGES.values() for name in own]
SAMPLED = ("resolution", "voxel", "level", "faces", "crop")
"""Settings that have a meaning only for a surface that is sampled."""


@dataclass(frozen=True)
class MendingConfig:
    """Everything about one repair but its files. asked : those of SAMPLED that were set."""

    repair: RepairConfig
    solid: SolidConfig
    extraction: ExtractionConfig
    gates: GateConfig
    asked: tuple[str, ...]

    @property
    def remesh(self) -> bool:
        """Whether the whole surface is sampled."""
        return self.repair.mode == "remesh" or bool(self.asked)

    @property
    def voxel(self) -> float | None:
        """`--voxel` as a number, once `in_input_units` has made it one."""
        return None if self.repair.voxel is None else number(self.repair.voxel)

    def in_input_units(self, extent: Callable[[], Extent]) -> MendingConfig:
        """This with every Length as a number in the mesh's own units; see `Checked.in_input_units`."""
        return dataclasses.replace(self, **{name: getattr(self, name).in_input_units(extent) for name in STAGES})


def mending_config(**settings: Any) -> MendingConfig:
    """A MendingConfig from flat settings, whose values may be strings: `mending_config(mode="keep", thicken=2)`.

    Raises UsageError for a name that is none, a value that does not fit, and settings that exclude one another.
    """
    settings = {"as_" if name == "as" else name: value for name, value in settings.items() if value is not None}
    stages: dict[str, dict[str, Any]] = {stage: {} for stage in STAGES}
    for name, value in settings.items():
        home = next((stage for stage, (_, own) in STAGES.items() if name in own), None)
        if home is None:
            raise one_of("setting of repair", NAMES, name)
        stages[home][name] = parsed(STAGES[home][0], name, value)
    asked = tuple(name for name in SAMPLED if name in settings)
    found = MendingConfig(**{stage: STAGES[stage][0](**values) for stage, values in stages.items()}, asked=asked)
    _check(found)
    return found


def _check(config: MendingConfig) -> None:
    mode, asked = config.repair.mode, config.asked
    if mode == "keep" and asked:
        told = "which needs a surface that is sampled: leave it out, or pass --mode remesh"
        raise UsageError(f"{asked[0]}: expected no such option beside --mode keep, got one, {told}")
    if "resolution" in asked and "voxel" in asked:
        raise UsageError("resolution, voxel: expected one of the two, got both: leave one out")
    if config.repair.voxel is not None and not _value(config.repair.voxel) > 0:
        raise UsageError(f"voxel: expected a length above 0, got {config.repair.voxel}")
    if config.repair.keep_open and config.remesh:
        why = "a surface that is sampled is closed: keep the file's own triangles"
        raise UsageError(f"keep_open: expected --mode auto or keep, got {asked[0] if asked else 'remesh'}: {why}")
    if config.repair.keep_open and (config.solid.as_ == "sheet" or config.solid.thicken):
        other = "--as sheet" if config.solid.as_ == "sheet" else "--thicken"
        raise UsageError(f"keep_open: expected no {other} beside it, got both: leave one out")


def _value(length: float | Length) -> float:
    return length.value if isinstance(length, Length) else length
