"""A picture in at most so many bytes: a network of the size that fits, its weights rounded, beside a JPEG."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from shapefield.events import Event
from shapefield.lab.picturefield import PictureField
from shapefield.lab.picturefile import decoded, encoded, most_bytes
from shapefield.lab.picturefit import PictureJob, PictureRun, figures
from shapefield.lab.pictures import Picture, as_image
from shapefield.lab.recipes import PictureConfig, picture_method
from shapefield.lab.sizing import largest
from shapefield.picturemetrics import psnr, ssim
from shapefield.storage.pictures import opened

BITS = 8


@dataclass(frozen=True, eq=False)
class Jpeg:
    """The best JPEG of at most the same bytes: its file, its pixels (h, w, c), its quality 1..95."""

    data: bytes
    pixels: np.ndarray
    quality: int


def compress(
    picture: Picture,
    limit: int,
    name: str = "siren",
    config: PictureConfig | None = None,
    options: dict[str, Any] | None = None,
    bits: int = BITS,
) -> Generator[Event, Any, PictureField]:
    """Fit the largest network of the method whose file has at most `limit` bytes, whatever its weights will be; see
    `Compression`, which this runs.

    UsageError where the method has no such small network; it names the least bytes.
    """
    return (yield from compression(picture, limit, name, config, options, bits).stages())


def compression(
    picture: Picture,
    limit: int,
    name: str = "siren",
    config: PictureConfig | None = None,
    options: dict[str, Any] | None = None,
    bits: int = BITS,
    job: PictureJob | None = None,
) -> Compression:
    """The run of `compress`."""
    entry, settings, rate = picture_method(name, options or {})
    config = config or PictureConfig()
    height, width, channels = picture.pixels.shape
    settings = largest(
        entry,
        settings,
        limit,
        lambda options: most_bytes(entry, options, (height, width), channels, config.seed, bits),
        "bytes",
    )
    return Compression(entry, settings, rate, picture, config, bits=bits, job=job)


class Compression(PictureRun):
    """A fit whose figures are those of the rounded weights, as the file gives them back.

    The report holds bytes, bits_per_pixel, psnr, ssim and, under "jpeg", the same of a JPEG (None where none is
    that small).
    """

    def made(self) -> PictureField:
        """The field out of its own file, with its figures and those of a JPEG of the same size."""
        found, picture = restored(self.found), self.picture
        size = len(encoded(found))
        found.report = {"bytes": size, "bits_per_pixel": 8 * size / np.prod(picture.size)} | figures(found, picture)
        jpeg = jpeg_within(picture, size)
        found.report["jpeg"] = jpeg and {
            "bytes": len(jpeg.data),
            "quality": jpeg.quality,
            "psnr": psnr(jpeg.pixels, picture.pixels),
            "ssim": ssim(jpeg.pixels, picture.pixels),
        }
        return found


def restored(found: PictureField) -> PictureField:
    """The field as its file gives it back."""
    again = decoded(encoded(found))
    return dataclasses.replace(again, name=found.name, run=found.run)


def jpeg_within(picture: Picture, limit: int) -> Jpeg | None:
    """The JPEG of the highest quality with at most `limit` bytes, optimised; None where quality 1 is larger."""
    image = as_image(picture.pixels)

    def made(quality: int) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, format="JPEG", quality=quality, optimize=True)
        return buffer.getvalue()

    low, high = 0, 95
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if len(made(middle)) <= limit else (low, middle - 1)
    if not low:
        return None
    data = made(low)
    with opened(data, "the JPEG beside") as file:
        pixels = np.asarray(file, dtype=np.float32) / 255.0
    return Jpeg(data, pixels if pixels.ndim == 3 else pixels[:, :, None], low)
