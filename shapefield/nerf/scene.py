"""A scene as data: posed pictures in three splits, and what is known about where things are.

Reading a dataset makes a `Scene` without opening one picture; `pixels` opens a view at a working size.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shapefield.errors import InputError, one_of
from shapefield.nerf.cameras import Camera, resized
from shapefield.nerf.forecasting import A_STORED_PIXEL
from shapefield.storage.arrays import read_npy
from shapefield.storage.pictures import deep_grey, eight_bits, opened

if TYPE_CHECKING:
    from PIL import Image

HOLD_OUT_EVERY = 8
SUFFIXES = (".png", ".jpg", ".jpeg", ".JPG", ".JPEG", ".PNG", ".webp", ".tif", ".tiff", ".bmp", ".exr")


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One picture and where it was taken.

    image : the file;  mask : a file whose black pixels are ignored, or None;  depth : a float32 .npy, or None
    """

    name: str
    camera: Camera
    image: Path
    mask: Path | None = None
    depth: Path | None = None


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

    rgb   : (h, w, 3) float32 in [0, 1], straight (not premultiplied) colour
    alpha : (h, w) float32 in [0, 1], or None for a picture without an alpha channel
    valid : (h, w) bool, False where the mask says "ignore", or None
    """

    camera: Camera
    rgb: np.ndarray
    alpha: np.ndarray | None
    valid: np.ndarray | None

    def over(self, background: np.ndarray) -> np.ndarray:
        """(h, w, 3) float32: composited over a background colour (3,)."""
        if self.alpha is None:
            return self.rgb
        alpha = self.alpha[..., None]
        return self.rgb * alpha + (1.0 - alpha) * background.astype(np.float32)


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
    candidates = [path, *(path.with_name(path.name + suffix) for suffix in SUFFIXES)]
    candidates += [path.with_suffix(suffix) for suffix in SUFFIXES] if path.suffix else []
    return next((c for c in candidates if os.path.isfile(c)), None)  # of a name too long, pathlib's would raise


def picture_size(path: Path) -> tuple[int, int]:
    """(width, height) as stored, before EXIF orientation."""
    with opened(path, path.name) as image:
        return image.size


def pixels(view: View, downscale: float = 1.0) -> Pixels:
    """Open a view at 1/downscale of its camera's size (area averaged, premultiplied where there is alpha).

    EXIF orientation is applied only if the turned picture, and not the stored one, has the camera's proportions:
    COLMAP and most exporters work on the stored pixels. InputError if the proportions fit neither way.
    """
    camera = view.camera
    with opened(view.image, view.image.name, A_STORED_PIXEL) as image:
        chosen = _upright(image, camera)
        if not _same_proportions(chosen.size, camera):
            raise InputError(
                f"{view.image.name}: expected {camera.width}x{camera.height} pixels or that shape, "
                f"got {chosen.size[0]}x{chosen.size[1]}: the poses belong to other pictures"
            )
        array = _as_float(chosen)
    width = max(1, round(camera.width / downscale))
    height = max(1, round(camera.height / downscale))
    array[..., :3] *= array[..., 3:] if array.shape[2] == 4 else 1.0
    array = _area_resized(array, width, height)
    alpha = None
    if array.shape[2] == 4:
        alpha = np.clip(array[..., 3], 0.0, 1.0)
        array = array[..., :3] / np.maximum(alpha, 1e-6)[..., None]
    return Pixels(resized(camera, width, height), np.clip(array, 0.0, 1.0), alpha, _valid(view, width, height))


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


def _upright(image: Image.Image, camera: Camera) -> Image.Image:
    """The picture as stored, or turned as EXIF says where only then it has the camera's proportions."""
    from PIL import ImageOps

    if _same_proportions(image.size, camera):
        return image
    turned = ImageOps.exif_transpose(image)
    return turned if turned is not None and _same_proportions(turned.size, camera) else image


def _as_float(image: Image.Image) -> np.ndarray:
    """(h, w, 3 or 4) float32 in [0, 1] of any PIL picture: palettes, grey, 16 bit."""
    if (grey := deep_grey(image)) is not None:
        return np.repeat(grey[..., None], 3, axis=2)
    has_alpha = image.mode.endswith(("A", "a")) or "transparency" in image.info
    converted = image.convert("RGBA" if has_alpha else "RGB")
    array = np.asarray(converted, dtype=np.float32) / 255.0
    if has_alpha and array[..., 3].min() >= 1.0:
        array = array[..., :3]
    return np.array(array)


def _area_resized(array: np.ndarray, width: int, height: int) -> np.ndarray:
    """(h, w, c) float32 averaged to (height, width, c): exact for whole factors, PIL's box filter otherwise."""
    from PIL import Image

    if array.shape[:2] == (height, width):
        return array
    planes = [
        np.asarray(Image.fromarray(array[..., k]).resize((width, height), Image.Resampling.BOX))
        for k in range(array.shape[2])
    ]
    return np.stack(planes, axis=2)


def _valid(view: View, width: int, height: int) -> np.ndarray | None:
    if view.mask is None:
        return None
    from PIL import Image

    with opened(view.mask, view.mask.name, A_STORED_PIXEL) as mask:
        chosen = _upright(mask, view.camera)
        grey = Image.fromarray(eight_bits(chosen, "L")).resize((width, height), Image.Resampling.BOX)
    if not _same_proportions(chosen.size, view.camera):
        raise InputError(
            f"{view.mask.name}: expected a mask of {view.camera.width}x{view.camera.height} pixels or that shape, "
            f"got {chosen.size[0]}x{chosen.size[1]}: the mask belongs to another picture"
        )
    return np.asarray(grey) > 127
