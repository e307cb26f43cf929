"""A scene as data: posed pictures in three splits, and what is known about where things are.

Reading a dataset makes a `Scene` without opening one picture; `pixels` opens a view at a working size.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from shapefield.errors import InputError, one_of
from shapefield.nerf.cameras import Camera, resized
from shapefield.nerf.shrinking import shrunk, upright
from shapefield.storage.arrays import read_npy
from shapefield.storage.pictures import eight_bits, opened

HOLD_OUT_EVERY = 8
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".heif", ".exr")
"""Of pictures, in any case."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One picture and where it was taken.

    image   : the file;  depth : a float32 .npy, or None
    mask    : a file whose black pixels do not count, or None;  hides : it is the white ones that do not
    silhouette : the mask says where the thing is, and what lies beside it is empty
    smaller : copies of the picture of fewer pixels, the smallest first
    """

    name: str
    camera: Camera
    image: Path
    mask: Path | None = None
    depth: Path | None = None
    smaller: tuple[Path, ...] = ()
    hides: bool = False
    silhouette: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Posed pictures. World units are the dataset's own.

    train, validation, test : the splits; a dataset without splits holds out every eighth view as test
    box      : (2, 3) lowest and highest corner that the dataset itself declares, or None
    points   : (n, 3) float32 sparse points of a reconstruction, or None
    depth_kind : "ray" (distance along the ray) or "z", meaning of the depth files
    notices  : what the reader has to say, one line each
    """

    name: str
    train: tuple[View, ...]
    validation: tuple[View, ...] = ()
    test: tuple[View, ...] = ()
    box: np.ndarray | None = None
    points: np.ndarray | None = None
    depth_kind: str = "ray"
    notices: tuple[str, ...] = field(default=())

    @property
    def views(self) -> tuple[View, ...]:
        """All views, training ones first."""
        return self.train + self.validation + self.test

    def split(self, name: str) -> tuple[View, ...]:
        """The views of `train`, `val` or `test`; where there is no validation split the test views, and back."""
        splits = {"train": self.train, "val": self.validation or self.test, "test": self.test or self.validation}
        if name not in splits:
            raise one_of("split", splits, name)
        return splits[name]


@dataclass(frozen=True, slots=True, eq=False)
class Pixels:
    """A view opened at a working size: h, w pixels.

    rgb8   : (h, w, 3) uint8, straight (not premultiplied) colour
    alpha8 : (h, w) uint8, or None for a picture without an alpha channel
    valid  : (h, w) bool, False where the mask says "ignore", or None
    """

    camera: Camera
    rgb8: np.ndarray
    alpha8: np.ndarray | None = None
    valid: np.ndarray | None = None

    @property
    def rgb(self) -> np.ndarray:
        """(h, w, 3) float32 in [0, 1]."""
        return self.rgb8.astype(np.float32) / np.float32(255.0)

    @property
    def alpha(self) -> np.ndarray | None:
        """(h, w) float32 in [0, 1], or None."""
        return None if self.alpha8 is None else self.alpha8.astype(np.float32) / np.float32(255.0)

    def over(self, background: np.ndarray) -> np.ndarray:
        """(h, w, 3) float32: composited over a background colour (3,)."""
        rgb, alpha = self.rgb, self.alpha
        if alpha is None:
            return rgb
        return rgb * alpha[..., None] + (1.0 - alpha[..., None]) * background.astype(np.float32)


def with_held_out(views: Sequence[View]) -> tuple[tuple[View, ...], tuple[View, ...]]:
    """(train, test): every eighth view is held out, at least one where there are two or more."""
    if len(views) < 2:
        return tuple(views), ()
    held = {k for k in range(len(views)) if k % HOLD_OUT_EVERY == HOLD_OUT_EVERY // 2} or {len(views) // 2}
    return tuple(v for k, v in enumerate(views) if k not in held), tuple(v for k, v in enumerate(views) if k in held)


def existing(path: Path) -> Path | None:
    """The file a `file_path` means: as it stands, or with the extension that is on disk; None if there is none."""
    if not path.name:
        return None
    if os.path.isfile(path):  # of a name too long, pathlib's would raise
        return path
    wanted = {path.name.lower() + suffix for suffix in SUFFIXES}
    wanted |= {path.stem.lower() + suffix for suffix in SUFFIXES} if path.suffix else set()
    try:
        found = sorted(e.name for e in os.scandir(path.parent) if e.name.lower() in wanted and e.is_file())
    except (OSError, ValueError):
        return None
    return path.with_name(found[0]) if found else None


def is_picture(path: Path) -> bool:
    """Whether a file's name is a picture's; what other systems leave beside them (`._a.jpg`) is none."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def picture_size(path: Path) -> tuple[int, int]:
    """(width, height) as stored, before EXIF orientation."""
    with opened(path, path.name) as image:
        return image.size


def pixels(view: View, downscale: float = 1.0) -> Pixels:
    """Open a view at 1/downscale of its camera's size (area averaged, premultiplied where there is alpha).

    InputError if its proportions are not the camera's, neither as stored nor turned as EXIF says.
    """
    camera = view.camera
    width = max(1, round(camera.width / downscale))
    height = max(1, round(camera.height / downscale))
    path = next((copy for copy in view.smaller if _holds(copy, width, height)), view.image)
    with opened(path, path.name) as image:
        size = image.size
        found = shrunk(image, width, height, lambda given: _same_proportions(given, camera))
    if found is None:
        raise InputError(
            f"{path.name}: expected {camera.width}x{camera.height} pixels or that shape, "
            f"got {size[0]}x{size[1]}: the poses belong to other pictures"
        )
    rgb8, alpha8 = found
    mask = None if view.mask is None else mask_of(view, width, height)
    if mask is not None and view.silhouette:
        return Pixels(resized(camera, width, height), rgb8, mask if alpha8 is None else np.minimum(mask, alpha8))
    return Pixels(resized(camera, width, height), rgb8, alpha8, None if mask is None else mask > 127)


def true_depth(view: View, camera: Camera, kind: str) -> np.ndarray | None:
    """(h, w) float32 true distance along the ray at `camera`'s size (nearest pixel), 0 for none; None if unknown."""
    if view.depth is None:
        return None
    depth = read_npy(view.depth, "a depth array", "make the dataset again")
    if depth.ndim != 2 or not depth.size:
        raise InputError(f"{view.depth.name}: expected a 2D array, got shape {depth.shape}: make the dataset again")
    rows = ((np.arange(camera.height) + 0.5) * depth.shape[0] / camera.height).astype(int)
    columns = ((np.arange(camera.width) + 0.5) * depth.shape[1] / camera.width).astype(int)
    depth = depth[rows][:, columns].astype(np.float32)
    if kind == "z":
        from shapefield.nerf.cameras import axis_cosine

        depth = depth / axis_cosine(camera).reshape(depth.shape).astype(np.float32)
    return depth


def _same_proportions(size: tuple[int, int], camera: Camera) -> bool:
    return abs(size[0] * camera.height - size[1] * camera.width) <= 1.5 * max(*size, camera.width, camera.height)


def _holds(copy: Path, width: int, height: int) -> bool:
    """Whether a copy has as many pixels as are wanted, as it stands or on its side."""
    size = picture_size(copy)
    return min(size) >= min(width, height) and max(size) >= max(width, height)


def mask_of(view: View, width: int, height: int) -> np.ndarray:
    """(height, width) uint8 of a view with a mask: 255 where its pixels count, averaged. One of zeros and ones is meant
    as black and white. InputError for a mask of another shape."""
    from PIL import Image

    assert view.mask is not None
    with opened(view.mask, view.mask.name) as mask:
        size, turn = mask.size, upright(mask, lambda given: _same_proportions(given, view.camera))
        grey = eight_bits(mask, "L")
    if turn is None:
        raise InputError(
            f"{view.mask.name}: expected a mask of {view.camera.width}x{view.camera.height} pixels or that shape, "
            f"got {size[0]}x{size[1]}: the mask belongs to another picture"
        )
    grey = grey * np.uint8(255) if grey.max(initial=0) == 1 else grey
    made = Image.fromarray(np.where(grey > 0, np.uint8(0), np.uint8(255)) if view.hides else grey)
    made = made.transpose(Image.Transpose[turn]) if turn else made
    return np.asarray(made.resize((width, height), Image.Resampling.BOX))
