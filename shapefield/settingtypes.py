"""The settings of `sf.fit`, `sf.repair` and `sf.compare` as types, for editors; a test holds them to the schema.

A method of one's own has options that no checker knows: `sf.fit(mesh, method="mine", **{"mine_option": 1})`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class FitSettings(TypedDict, total=False):
    """What a fit can be told by name: all of its stages' settings, and the options of every built-in method."""

    method: str
    preset: str
    floor: bool
    thicken: float | str | None
    as_: str
    min_part: float | str | None
    fill_cavities: bool
    unit: str | None
    samples: int | None
    mix: str | None
    steps: int | None
    horizon: int | None
    budget: float | str | None
    batch: int | None
    rate: float | None
    schedule: str | None
    eikonal: float | None
    clamp: float | None
    ema: float | None
    early_stop: float | None
    init: str | None
    amp: bool
    seed: int
    device: str
    checkpoint_every: float | str
    resolution: int
    level: float | str
    faces: int | None
    largest: bool
    crop: Sequence[float | str] | None
    max_error: float | str | None
    max_lost: float | None
    max_invented: float | None
    levels: int
    features: int
    table: int
    coarsest: int
    finest: int
    width: int
    depth: int
    base: int
    skip: int
    weight_norm: bool
    initialisation: str
    omega: float
    frequencies: int
    sigma: float
    learned: bool
    scale: float
    bandwidth: float
    detail: int
    cells: int
    scales: int
    rank: int


class RepairSettings(TypedDict, total=False):
    """What a repair can be told by name."""

    mode: str
    voxel: float | str | None
    keep_open: bool
    scale: float
    thicken: float | str | None
    as_: str
    min_part: float | str | None
    fill_cavities: bool
    unit: str | None
    resolution: int
    level: float | str
    faces: int | None
    largest: bool
    crop: Sequence[float | str] | None
    max_lost: float | None
    max_invented: float | None


class CompareSettings(TypedDict, total=False):
    """What a comparison can be told by name."""

    steps: int | None
    budget: float | str | None
    seeds: int
    parameters: int
    preset: str
    resolution: int
    device: str
