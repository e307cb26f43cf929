"""What window and renderer say to each other: plain frozen records. Points are in the scene's unit frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class SetMesh:
    """Show this under `key`, replacing what was there.

    vertices (n, 3) float32, faces (m, 3) int, colors (n, 3) uint8 or None,
    error (n,) float32 in the input's units or None: what the heat-map colours and what a click reads; below 0 inside,
    where they are signed at all, as those of previews are not
    """

    key: str
    vertices: np.ndarray
    faces: np.ndarray
    colors: np.ndarray | None = None
    error: np.ndarray | None = None
    signed: bool = False


@dataclass(frozen=True, slots=True)
class DropMesh:
    key: str


@dataclass(frozen=True, slots=True)
class Attach:
    """Frames go into this shared memory from now on."""

    name: str


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Where the camera stands: `front` points from the target to the eye, `half_height` is what half the picture's
    height spans at the target; `fov` in degrees is ignored when orthographic."""

    target: tuple[float, float, float]
    front: tuple[float, float, float]
    up: tuple[float, float, float]
    half_height: float
    fov: float = 30.0
    orthographic: bool = False


@dataclass(frozen=True, slots=True)
class Draw:
    """One picture, asked for.

    width, height : device pixels of the picture;  samples : 1, or 2 for a picture rendered at twice the size
    panes         : keys of the meshes;  mode : "one", "blend" (amount 0..1 is the second's share), "split" (amount
                    0..1 is where the border lies), or "side" (panes share the width)
    shading       : "lit", "normals", "colors" or "heat";  heat : the error at the colour scale's upper end
    map           : the error's colour map;  over : the tolerance beyond which it is red, or None
    """

    number: int
    width: int
    height: int
    samples: int
    view: Viewpoint
    panes: tuple[str, ...]
    mode: str = "one"
    amount: float = 0.5
    shading: str = "lit"
    edges: bool = False
    heat: float = 1.0
    map: str = "viridis"
    over: float | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture lies in the shared memory: (height, width, 4) uint8, RGBA, premultiplied.

    seen : whether anything is in it;  backs : whether the backs of faces are, in the colour that clay has there
    """

    number: int
    width: int
    height: int
    seen: bool
    backs: bool
    seconds: float
    draw: Draw


@dataclass(frozen=True, slots=True)
class Pick:
    """What lies under the pixel (x, y), both 0..1 from the top left of a pane of that aspect (width / height)?"""

    number: int
    key: str
    x: float
    y: float
    aspect: float
    view: Viewpoint


@dataclass(frozen=True, slots=True)
class Picked:
    """The hit: position in the unit frame and the interpolated error (None if not measured); point None for a miss."""

    number: int
    point: tuple[float, float, float] | None
    error: float | None
    key: str


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A picture that comes back through the pipe, not the shared memory; `extra` is shown only for it."""

    number: int
    draw: Draw
    extra: SetMesh | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Snapped:
    """The picture asked for: (height, width, 4) uint8, RGBA, premultiplied."""

    number: int
    picture: np.ndarray


@dataclass(frozen=True, slots=True)
class Turntable:
    """Render one turn of the camera about the up axis into a video or GIF file. `background` is RGB 0..255."""

    path: str
    draw: Draw
    axis: tuple[float, float, float]
    frames: int = 90
    rate: int = 30
    background: tuple[int, int, int] = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class TurntableProgress:
    done: int
    total: int
    path: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The renderer has drawn a first picture and it was right. `name` says what draws."""

    name: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """One line about what could not be drawn; the renderer goes on."""

    message: str
