"""Pictures at a working size: averages that are right, read from the smallest file that holds them, in one block."""

import json
from pathlib import Path

import numpy as np
import posed
import pytest
from PIL import Image

from shapefield.nerf import datasets, scene
from shapefield.nerf.opening import block, open_all
from shapefield.nerf.share import share_line
from shapefield.nerf.shrinking import shrunk

SIZE = (203, 161)
"""No multiple of anything."""


def smooth(seed: int = 0) -> np.ndarray:
    """(h, w, 3) uint8: a picture like a photograph's blurred parts."""
    small = (np.random.default_rng(seed).random((6, 7, 3)) * 255).astype(np.uint8)
    return np.asarray(Image.fromarray(small).resize(SIZE, Image.Resampling.BICUBIC))


def mean_of_parts(array: np.ndarray, width: int, height: int) -> np.ndarray:
    """The box filter by its definition: every source pixel counts by its overlap (Pillow takes it or leaves it)."""

    def weights(many: int, few: int) -> np.ndarray:
        edges = np.arange(few + 1) * many / few
        low = np.maximum(edges[:-1, None], np.arange(many))
        overlap = np.clip(np.minimum(edges[1:, None], np.arange(many) + 1) - low, 0, None)
        return overlap / overlap.sum(axis=1, keepdims=True)

    rows, columns = weights(array.shape[0], height), weights(array.shape[1], width)
    return np.einsum("ah,bw,hwc->abc", rows, columns, array.astype(float))


@pytest.mark.parametrize("suffix", ["png", "jpg"])
@pytest.mark.parametrize("size", [(40, 32), (13, 10)])
def test_a_shrunk_picture_is_the_mean_of_its_parts(tmp_path: Path, suffix: str, size: tuple[int, int]):
    """A JPEG is decoded at a half to an eighth on the way; that moves nothing by a pixel."""
    Image.fromarray(smooth()).save(tmp_path / f"a.{suffix}", quality=97, subsampling=0)
    with Image.open(tmp_path / f"a.{suffix}") as image:
        found = shrunk(image, *size, lambda _: True)
        decoded = image.size
    assert found is not None and found[1] is None
    off = np.abs(found[0] - mean_of_parts(smooth(), *size))
    assert off.mean() < 3.5 and off.max() < 16.0  # one pixel to the side would be 60
    assert (decoded[0] < SIZE[0]) == (suffix == "jpg")


def test_shrunk_copies_are_read_where_they_are_enough(tmp_path: Path):
    """images_4 and images_8 beside images: the one that just holds the working size is opened."""
    posed.instant_ngp(tmp_path)
    content = json.loads((tmp_path / "transforms.json").read_text())
    content |= {"w": 192.0, "h": 128.0, "fl_x": 160.0, "fl_y": 160.0, "cx": 96.0, "cy": 64.0}
    content["frames"][2] = {k: content["frames"][2][k] for k in ("file_path", "transform_matrix")}
    (tmp_path / "transforms.json").write_text(json.dumps(content))
    for factor, grey in ((1, 40), (4, 100), (8, 200)):
        for k in range(9):
            place = tmp_path / ("images" if factor == 1 else f"images_{factor}") / f"{k:03d}.jpg"
            place.parent.mkdir(exist_ok=True)
            Image.new("RGB", (192 // factor, 128 // factor), (grey,) * 3).save(place)
    view = datasets.read(tmp_path).train[0]
    seen = {scale: round(float(scene.pixels(view, scale).rgb8.mean())) for scale in (1.0, 3.9, 4.0, 7.5, 8.0, 20.0)}
    assert seen == {1.0: 40, 3.9: 40, 4.0: 100, 7.5: 100, 8.0: 200, 20.0: 200}


def test_all_pictures_lie_in_one_block_in_order(tmp_path: Path):
    views = datasets.read(posed.instant_ngp(tmp_path)).train
    opened = list(open_all(views, 1.0))
    whole = block(opened)
    assert whole is not None and len(whole) == len(views) * posed.WIDTH * posed.HEIGHT
    for picture, view in zip(opened, views, strict=True):
        assert (picture.rgb8 == scene.pixels(view).rgb8).all()
    assert block(opened[1:]) is None and block([opened[0], scene.pixels(views[1])]) is None


def test_a_budget_on_a_busy_machine_says_how_little_it_had():
    """A seventh of two cores; nothing on an idle machine, and nothing of a training too short to tell."""
    said = share_line(60.0, 17.0, 2)
    assert said is not None and "17 s of 2 cores, 14%" in said
    assert share_line(60.0, 110.0, 2) is None and share_line(2.0, 0.1, 2) is None
