"""Pictures as PNG files that carry our mark."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shapefield.storage.files import check_replaceable, writing
from shapefield.storage.mark import Inputs, marked

if TYPE_CHECKING:
    from PIL import Image


def write_png(image: Image.Image, path: str | Path, force: bool = False, source: Inputs = None) -> None:
    """Write a Pillow image, atomically. Raises OutputError, also over what is not ours or of another source."""
    from PIL.PngImagePlugin import PngInfo

    check_replaceable(path, force, source)
    mark = PngInfo()
    mark.add_text("Software", marked(path, source))
    with writing(path) as file:
        image.save(file, format="PNG", pnginfo=mark, compress_level=4)
