"""Fill hidden pixels: the field is fitted to the known ones and asked for the rest."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

from shapefield.events import Event
from shapefield.lab.picturefield import PictureField
from shapefield.lab.picturefit import fit_picture
from shapefield.lab.pictures import Picture
from shapefield.lab.recipes import PictureConfig


def inpaint(
    picture: Picture,
    known: np.ndarray,
    name: str = "siren",
    config: PictureConfig | None = None,
    options: dict[str, Any] | None = None,
) -> Generator[Event, Any, tuple[PictureField, np.ndarray]]:
    """The field fitted to the known (h, w) pixels, and the picture (h, w, c) whose hidden pixels it filled.

    The report's psnr_hidden compares what was filled with what the picture has there, if that is the truth.
    """
    found = yield from fit_picture(picture, name, config, options, known)
    return found, filled(found, picture, known)


def filled(found: PictureField, picture: Picture, known: np.ndarray) -> np.ndarray:
    """(h, w, c): the picture's own pixels where they are known (h, w), the field's elsewhere."""
    return np.where(known[:, :, None], picture.pixels, found.render())
