"""What the stages of a NeRF job will need, asked for before they allocate. The surface's is `surface.forecasting`.

The figures are peak bytes, estimated from the arrays that live side by side; those said to be measured were, on the
built-in scenes.
"""

from __future__ import annotations

from collections.abc import Sequence

from shapefield.machine.memory import require
from shapefield.methods.radiance import RadianceOptions
from shapefield.nerf.cameras import Camera

A_TRAINED_PIXEL = 9
"""Of all pictures at their working size: three bytes, and while some are chosen, their numbers and bytes again."""
A_LENS_PIXEL = 12
"""Of a picture whose lens no other picture has: its directions."""
A_DRAWN_PIXEL = 110
"""Of a picture that is rendered: its rays, and colour, opacity and depth twice (measured: 101)."""
NORMALS = 30
"""More where the normals are asked for."""
A_CAST_RAY = 250
"""Of a ray that is cast at a mesh: its ends, its hit, and what is shaded there."""
A_POINT = 450
"""Of a point of the cloud that is exported: three corners' places, normals and colours in double precision."""


def require_pictures(cameras: Sequence[Camera], scale: float) -> None:
    """Raise ResourceError unless there is room to train on all pictures at 1/scale of their cameras' sizes."""
    pixels, lenses = 0.0, {}
    for c in cameras:
        pixels += c.width * c.height / scale**2
        lenses[c.fx, c.fy, c.cx, c.cy, c.width, c.height, c.distortion] = c.width * c.height / scale**2
    need = A_TRAINED_PIXEL * pixels + A_LENS_PIXEL * sum(lenses.values())
    require(need, f"{len(cameras)} pictures of {pixels / 1e6:.3g} megapixels in all", "use a larger --downscale")


def require_training(options: RadianceOptions, rays: int, hull: bool) -> None:
    """Raise ResourceError unless there is room for the model at its largest, and for `rays` rays a step.

    hull : whether it is known where matter can be
    """
    need = options.need(rays, hull)
    require(need.bytes, need.what, need.remedy)


def require_frame(camera: Camera, normals: bool) -> None:
    """Raise ResourceError unless there is room to render a camera's picture."""
    pixels = camera.width * camera.height
    need = (A_DRAWN_PIXEL + NORMALS * normals) * pixels
    require(need, f"a frame of {_by(camera.width, camera.height)} pixels", "choose a smaller --width")


def require_cast(width: int, height: int, supersample: int) -> None:
    """Raise ResourceError unless there is room to cast all rays of a picture of a mesh."""
    what = f"a picture of {_by(width, height)} pixels with {supersample}x{supersample} rays each"
    require(A_CAST_RAY * width * height * supersample**2, what, "choose a smaller --size or --supersample")


def require_cloud(count: int) -> None:
    """Raise ResourceError unless there is room for a cloud of `count` points."""
    require(A_POINT * count, f"{count:,} points", "use a smaller --count")


def _by(width: int, height: int) -> str:
    return f"{width:,}x{height:,}"
