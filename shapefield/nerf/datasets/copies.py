"""Shrunk copies of a dataset's pictures: `images_2`, `images_4`, `images_8` beside `images`, as LLFF and nerfstudio
leave them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shapefield.nerf.scene import Scene, View, existing

FACTORS = (8, 4, 2)


def with_smaller(scene: Scene, root: Path) -> Scene:
    """The scene, its views knowing the shrunk copies of their pictures inside the dataset's folder `root`."""
    folders = {v.image.parent for v in scene.views if v.image.parent.parent.is_relative_to(root)}
    beside = {folder: copies for folder in folders if (copies := _beside(folder))}
    if not beside:
        return scene

    def known(views: Sequence[View]) -> tuple[View, ...]:
        return tuple(replace(v, smaller=_copies(v.image, beside.get(v.image.parent, ()))) for v in views)

    return replace(scene, train=known(scene.train), validation=known(scene.validation), test=known(scene.test))


def _beside(folder: Path) -> tuple[Path, ...]:
    """The folders of smaller copies of the pictures in `folder`, the smallest first."""
    found = re.fullmatch(r"(\w+?)(?:_([248]))?", folder.name)
    if found is None:
        return ()
    places = [folder.with_name(f"{found[1]}_{factor}") for factor in FACTORS if factor > int(found[2] or 1)]
    return tuple(place for place in places if place.is_dir())


def _copies(image: Path, folders: tuple[Path, ...]) -> tuple[Path, ...]:
    found = (existing(folder / image.name) for folder in folders)
    return tuple(copy for copy in found if copy is not None)
