"""Blender / NeRF-synthetic: transforms_train.json, transforms_val.json, transforms_test.json; OpenGL poses.

`file_path` has no extension; intrinsics are one `camera_angle_x` and the picture's size.
"""

from __future__ import annotations

from pathlib import Path

from shapefield.errors import InputError
from shapefield.nerf.datasets.frames import declared_box, load_json, views_of
from shapefield.nerf.scene import Scene, View, with_held_out

SPLITS = ("train", "val", "test")


def read(folder: Path) -> Scene:
    """The scene in `folder`; a missing val or test file means that split is empty."""
    splits: dict[str, tuple[View, ...]] = {}
    notices: list[str] = []
    first = None
    for split in SPLITS:
        path = folder / f"transforms_{split}.json"
        if not path.is_file():
            splits[split] = ()
            continue
        content = load_json(path)
        first = first or content
        try:
            views, said = views_of(content, folder, path.name)
        except InputError:
            if split == "train":
                raise
            views, said = [], [f"{path.name}: none of its pictures is there, the split stays empty"]
        splits[split] = tuple(views)
        notices += said
    if first is None or not splits["train"]:
        raise InputError(f"{folder}: expected transforms_train.json with frames, found none: check the folder")
    train, test = splits["train"], splits["test"]
    if not test and not splits["val"]:
        train, test = with_held_out(train)
    return Scene(
        name=folder.resolve().name,
        train=train,
        validation=splits["val"],
        test=test,
        box=declared_box(first),
        depth_kind=str(first.get("depth_kind", "z")),
        notices=tuple(notices),
    )
