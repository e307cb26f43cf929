"""What the NeRF tab and its child processes say to each other: plain frozen records. World units and axes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from shapefield.nerf.cameras import Camera
from shapefield.nerf.events import ViewPreview

SHOWN = ("colour", "depth", "opacity", "normals")
"""What the free view can show."""


@dataclass(frozen=True, slots=True, eq=False)
class PosedView:
    """One picture of a dataset. split : "train", "val" or "test"; the last two are held out"""

    name: str
    split: str
    camera: Camera

    @property
    def held_out(self) -> bool:
        return self.split != "train"


@dataclass(frozen=True, slots=True, eq=False)
class OpenedScene:
    """A dataset as the tab shows it.

    views  : training ones first;  center (3,), half : the scene's box, a cube of edge 2 half
    up     : (3,) unit vector, the cameras' mean up;  reason : where the box came from, one line
    """

    source: str
    views: tuple[PosedView, ...]
    center: np.ndarray
    half: float
    up: np.ndarray
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PosesFound:
    """Where photographs were taken was found out. lines : of the report, the first one says of how many"""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """A small copy of picture `index`: (h, w, 4) uint8, straight alpha."""

    index: int
    picture: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A radiance field that lies in a RUN folder and is held by the process that says so.

    center (3,), half : the field's box;  report : held-out figures;  run : steps, seconds, device
    """

    folder: str
    source: str
    model: str
    center: np.ndarray
    half: float
    report: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class RenderQuestion:
    """Question: what does the camera see? show : one of SHOWN;  factors : the picture's size is divided by each"""

    number: int
    camera: Camera
    show: str = "colour"
    factors: tuple[int, ...] = (8, 4, 2, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Answer: (h, w, 4) uint8, premultiplied, at 1/factor of the camera's size.

    seconds : that this picture took;  step : training's
    span    : (near, far) of the depth's colours, world units, None where nothing is seen or no depth is shown
    """

    number: int
    picture: np.ndarray
    factor: int
    seconds: float
    step: int
    show: str = "colour"
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Compare:
    """Question: how does picture `index` of the dataset look now, beside the truth? The answer is a `Compared`.

    side : most pixels along its longer edge
    """

    source: str
    index: int
    side: int = 160


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Answer: picture `index` as it is rendered now, and the truth."""

    index: int
    seen: ViewPreview


@dataclass(frozen=True, slots=True, eq=False)
class Exported:
    """A file that was written: a mesh or points."""

    path: str
    vertices: int
    faces: int
