"""The only way by which a picture is opened: by a list of formats, its size held against memory before it is decoded.

Pillow left to itself asks every plug-in that it has, and one of them starts Ghostscript. Of a damaged picture it
raises a dozen kinds of exception; here each becomes an InputError of one line.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import stat
import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from shapefield.errors import InputError, ShapefieldError
from shapefield.machine.memory import is_shortage, require

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "AVIF", "BMP", "GIF", "PPM", "TGA")
"""Pillow's names. None of them starts a program or refers to another file; TGA comes last, for it has no signature."""
A_PIXEL = 16
"""Bytes of memory for each pixel: as stored, and as four floats or twice as bytes."""
LARGEST_FLOAT = 16.0
"""Floating-point pictures are fractions of white; a highlight may exceed it, whole numbers in disguise do more so."""
HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")
"""Brands of the container by which pictures of telephones are known; AVIF's is another."""
_KINDS = "PNG, JPEG, TIFF, WebP, AVIF, BMP, GIF, PPM or TGA"

_DAMAGE = (
    ValueError, TypeError, LookupError, ArithmeticError, AttributeError, EOFError, SyntaxError, OSError, RuntimeError,
    struct.error, zlib.error,
)  # fmt: skip
"""What Pillow raises for damaged pictures."""


@contextlib.contextmanager
def opened(source: str | Path | bytes, name: str, a_pixel: int = A_PIXEL) -> Iterator[Image.Image]:
    """Within the block, the picture in a file or in its bytes; it is decoded when its pixels are first asked for.

    name    : what messages call it
    a_pixel : bytes that the block needs for each stored pixel
    Pillow is silent in the block, and whatever it raises there is an InputError. ResourceError for a picture larger
    than memory.
    """
    from PIL import Image

    with _told(name):
        stream = io.BytesIO(source) if isinstance(source, bytes) else _file(source)
        with stream, Image.open(stream, formats=_formats(stream, name)) as picture:
            width, height = picture.size
            require(
                a_pixel * width * height, f"{name}: to open {width:,}x{height:,} pixels", "shrink the picture first"
            )
            yield picture


def _formats(stream: IO[bytes], name: str) -> tuple[str, ...]:
    """Pillow's names of what may be in the stream; InputError, with the remedy, for two that it is often."""
    head = stream.read(64)
    stream.seek(0)
    refuse_pointer(head, name)
    if head[4:8] != b"ftyp" or head[8:12] not in HEIC:
        return FORMATS
    try:
        import pillow_heif  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError(
            f"{name}: expected a picture ({_KINDS}), got HEIC: pip install pillow-heif, or save it as JPEG"
        ) from None
    pillow_heif.register_heif_opener()
    return (*FORMATS, "HEIF")


def refuse_pointer(head: bytes, name: object) -> None:
    """InputError where a file's first bytes are those of a Git LFS pointer instead of the file."""
    if head.startswith(b"version https://git-lfs"):
        raise InputError(f"{name}: expected the file itself, got its Git LFS pointer: run git lfs pull")


def _file(path: str | Path) -> io.BufferedReader:
    """The file, open for reading; a pipe or a device, at which reading might never end, is an InputError."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        what = "a folder" if os.path.isdir(path) else "a pipe or a device"
        raise InputError(f"{path}: expected a picture, got {what}: name a file")
    return open(path, "rb")


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    from PIL import Image, UnidentifiedImageError

    logging.getLogger("PIL").addHandler(logging.NullHandler())  # it logs what it also raises
    try:
        with _silent:
            yield
    except (ShapefieldError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise InputError(f"{name}: expected a picture ({_KINDS}), got something else: save it as one of them") from None
    except Image.DecompressionBombError:
        most = f"{2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6:.0f} million pixels"
        raise InputError(f"{name}: expected at most {most}, got more: shrink the picture") from None
    except _DAMAGE as error:
        if is_shortage(error):
            raise
        raise InputError(f"{name}: expected a picture, cannot read it ({_reason(error)}): replace it") from error


class _Silence:
    """No Python warnings while any thread is within: `catch_warnings` alone would leave them off where threads
    leave in another order than they came."""

    def __init__(self) -> None:
        self._lock, self._inside, self._caught = threading.Lock(), 0, warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._caught = warnings.catch_warnings()
                self._caught.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._caught.__exit__(None, None, None)


_silent = _Silence()


def deep_grey(picture: Image.Image) -> np.ndarray | None:
    """(h, w) float32 in [0, 1] of a grey picture with more than 8 bits, in either byte order; None for all others.

    Raises ValueError for numbers that are no share of white: integers beyond 16 bits, large floats.
    """
    if not (picture.mode.startswith("I") or picture.mode == "F"):
        return None
    grey = np.nan_to_num(np.asarray(picture).astype(np.float32), nan=0.0, posinf=np.inf, neginf=0.0)
    top, limit = float(grey.max(initial=0.0)), LARGEST_FLOAT if picture.mode == "F" else 65535.0
    if top > limit:
        raise ValueError(f"numbers up to {top:g} where at most {limit:g} was expected")
    return (grey / (1.0 if picture.mode == "F" else 65535.0)).clip(0.0, 1.0)


def eight_bits(picture: Image.Image, mode: str) -> np.ndarray:
    """uint8, (h, w) for the mode "L", (h, w, 3) for "RGB"; alpha is dropped."""
    grey = deep_grey(picture)
    if grey is None:
        return np.asarray(picture.convert(mode))
    bytes_ = (grey * 255.0 + 0.5).astype(np.uint8)
    return bytes_ if mode == "L" else np.repeat(bytes_[:, :, None], 3, axis=2)


def _reason(error: BaseException) -> str:
    """The error's first line, shortened; its kind where it says nothing."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
