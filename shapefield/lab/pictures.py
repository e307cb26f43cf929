"""Pictures as arrays and files, and how alike two of them are.

Legend: h rows, w columns, c channels (1 grey, 3 RGB). Coordinates: pixel centres, x right, y down, the longer side
spans [-1, 1], so that a pixel is a square of 2 / max(h, w).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from shapefield.errors import InputError, UsageError
from shapefield.storage.mark import Inputs
from shapefield.storage.pictures import deep_grey, opened
from shapefield.storage.png import write_png

if TYPE_CHECKING:
    from PIL import Image

SAMPLE = "sample:"
"""A name like sample:camera is one of the pictures that scikit-image carries."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif")
LARGEST = 100_000_000
"""Pixels of a picture that is fitted."""
A_PIXEL = 60
"""Bytes of memory for each of them while it is opened and turned into floats."""


@dataclass(frozen=True, eq=False)
class Picture:
    """pixels (h, w, c) float32 in [0, 1], c 1 or 3; notices say what was done to the file's own."""

    pixels: np.ndarray
    name: str = "picture"
    notices: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(h, w)."""
        return self.pixels.shape[0], self.pixels.shape[1]


def read_picture(source: str | Path) -> Picture:
    """The picture in a file, or a `sample:NAME`. Grey stays grey, palettes become RGB, alpha lies over white.

    Raises InputError, in one line.
    """
    from PIL import ImageOps

    path = sample_path(str(source)) if str(source).startswith(SAMPLE) else Path(source)
    with opened(path, str(source), A_PIXEL) as file:
        width, height = file.size
        if width * height > LARGEST:
            raise InputError(f"{source}: expected at most 100 million pixels, got {width} x {height}: shrink it")
        if min(width, height) < 2:
            raise InputError(f"{source}: expected at least 2 x 2 pixels, got {width} x {height}: name a larger one")
        pixels, notices = _pixels(ImageOps.exif_transpose(file))
        several = ("of its several pictures the first is taken",) * getattr(file, "is_animated", False)
    return Picture(pixels, path.stem, notices + several)


def sample_path(source: str) -> Path:
    """The file of a `sample:NAME`. UsageError lists the names."""
    folder = Path(str(resources.files("skimage") / "data"))
    there = {p.stem: p for p in sorted(folder.iterdir()) if p.suffix in SUFFIXES}
    name = source.removeprefix(SAMPLE)
    if name not in there:
        raise UsageError(f"{source}: expected sample: and one of {', '.join(there)}, got {name!r}")
    return there[name]


def _pixels(image: Image.Image) -> tuple[np.ndarray, tuple[str, ...]]:
    if (grey := deep_grey(image)) is not None:
        return grey[:, :, None], ()
    notices = ()
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        from PIL import Image as Images

        white = Images.new("RGBA", image.size, "white")
        image = Images.alpha_composite(white, image.convert("RGBA")).convert("RGB")
        notices = ("the transparent picture was laid over white",)
    image = image.convert("L" if image.mode in ("1", "L") else "RGB")
    values = np.asarray(image, dtype=np.float32) / 255.0
    return (values[:, :, None] if values.ndim == 2 else values), notices


def write_picture(pixels: np.ndarray, path: str | Path, force: bool = False, source: Inputs = None) -> None:
    """Write (h, w, c) floats in [0, 1] as an 8-bit PNG that carries our mark. Raises OutputError, UsageError."""
    check_picture_place(path)
    write_png(as_image(pixels), path, force, source)


def check_picture_place(path: str | Path) -> None:
    """Raise UsageError unless `path` ends in .png."""
    if Path(path).suffix.lower() != ".png":
        raise UsageError(f"{path}: expected a name ending in .png, got {Path(path).suffix or 'none'}")


def as_image(pixels: np.ndarray) -> Image.Image:
    """(h, w, c) floats in [0, 1] → an 8-bit Pillow image."""
    from PIL import Image

    bytes_ = (pixels.clip(0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    return Image.fromarray(bytes_[:, :, 0] if bytes_.ndim == 3 and bytes_.shape[2] == 1 else bytes_)


def centres(height: int, width: int) -> np.ndarray:
    """(h w, 2) float32 pixel centres, row after row."""
    step = 2.0 / max(height, width)
    x = (np.arange(width) + 0.5 - width / 2) * step
    y = (np.arange(height) + 0.5 - height / 2) * step
    return np.stack(np.broadcast_arrays(x[None, :], y[:, None]), axis=-1).reshape(-1, 2).astype(np.float32)
