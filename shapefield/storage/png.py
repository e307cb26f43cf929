"""Pictures as PNG files that carry our mark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shapefield.storage.files import MARK, check_replaceable, writing

if TYPE_CHECKING:
    from PIL import Image


def write_png(image: Image.Image, path: str | Path, force: bool = False) -> None:
    """Write a Pillow image, atomically. Raises OutputError, also where a file lies that is not ours."""
    from PIL.PngImagePlugin import PngInfo

    check_replaceable(path, force)
    mark = PngInfo()
    mark.add_text("Software", MARK)
    with writing(path) as file:
        image.save(file, format="PNG", pnginfo=mark, compress_level=4)
