"""Pictures on a CUDA device."""

import numpy as np
import pytest

from shapefield.driving import finish
from shapefield.lab.picturefit import fit_picture
from shapefield.lab.pictures import Picture, centres
from shapefield.lab.recipes import PictureConfig
from shapefield.picturemetrics import psnr

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("method", ["siren", "hashgrid", "fourier"])
def test_a_picture_is_learnt_there(method: str) -> None:
    x, y = centres(32, 40).T
    pixels = (0.5 + 0.25 * np.sin(5 * x) + 0.2 * np.cos(4 * y + 2 * x)).reshape(32, 40, 1).astype(np.float32)
    field = finish(fit_picture(Picture(pixels), method, PictureConfig(steps=300, device="cuda")))
    assert psnr(field.render(), pixels) > 25.0
