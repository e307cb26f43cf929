"""Instant-NGP and nerfstudio: one transforms.json, OpenGL poses, intrinsics for all frames or of each frame.

Splits come from `train_filenames` / `val_filenames` / `test_filenames` where the file has them (nerfstudio), else
every eighth view is held out. A sparse cloud named by `ply_file_path` is read for the box. `aabb_scale`, `scale` and
`offset` place Instant-NGP's own cube; here the box comes from silhouettes, points or cameras, and needs none of them.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from shapefield.errors import InputError, content_guarded
from shapefield.mesh.decoding import ply
from shapefield.mesh.reading import load
from shapefield.nerf.datasets.colmap_model import within_range
from shapefield.nerf.datasets.frames import declared_box, load_json, views_of
from shapefield.nerf.datasets.references import among_pictures, inside
from shapefield.nerf.scene import Scene, View, with_held_out

_INSTEAD = "the box comes from the cameras"


def read(path: Path) -> Scene:
    """The scene of one transforms.json."""
    content = load_json(path)
    views, notices = views_of(content, path.parent, path.name)
    train, validation, test, unsplit = _splits(content, views, path.parent)
    points, said = _points(content, path.parent)
    return Scene(
        name=path.resolve().parent.name,
        train=train,
        validation=validation,
        test=test,
        box=declared_box(content),
        points=points,
        depth_kind=str(content.get("depth_kind", "z")),
        notices=(*notices, *unsplit, *said),
    )


def _splits(
    content: dict[str, Any], views: list[View], folder: Path
) -> tuple[tuple[View, ...], tuple[View, ...], tuple[View, ...], tuple[str, ...]]:
    """train, validation, test, and what is to be told; names count with or without their extension."""
    chosen, named = [], False
    for key in ("train_filenames", "val_filenames", "test_filenames"):
        names = content.get(key)
        given = [n for n in names if isinstance(n, str)] if isinstance(names, list) else []
        named = named or bool(given)
        wanted = {place for n in given for place in (among_pictures(folder, n), inside(folder, n)) if place is not None}
        chosen.append(tuple(v for v in views if v.image in wanted))
    train, validation, test = chosen
    if train and not (validation or test):
        test = tuple(v for v in views if v not in train)
    if train and (validation or test):
        return train, validation, test, ()
    said = ("the file's splits name none of its pictures: every eighth view is held out",) if named else ()
    train, test = with_held_out(views)
    return train, (), test, said


def _points(content: dict[str, Any], folder: Path) -> tuple[np.ndarray | None, tuple[str, ...]]:
    name = content.get("ply_file_path")
    if not isinstance(name, str) or not name:
        return None, ()
    place = inside(folder, name)
    if place is None:
        return None, (f"{name}: lies outside of the dataset's folder and is not read; {_INSTEAD}",)
    if not os.path.isfile(place):
        return None, ()
    try:
        with content_guarded(name, "a sparse cloud as a PLY file", _INSTEAD):
            cloud = load(place)
            if not cloud.data.startswith(b"ply"):
                raise ValueError("it is none")
            points = within_range(ply.decode(cloud).vertices)
    except InputError as error:
        return None, (str(error),)
    return (points, ()) if len(points) >= 10 else (None, ())
