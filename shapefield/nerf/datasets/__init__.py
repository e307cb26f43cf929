"""Readers of posed pictures: `read(path)` finds the format and returns a `Scene`. No picture is opened, unless poses
contradict one another and silhouettes must tell how they are meant."""

from __future__ import annotations

from pathlib import Path

from shapefield.errors import InputError, content_guarded
from shapefield.nerf.datasets.conventions import agreed
from shapefield.nerf.datasets.copies import with_smaller
from shapefield.nerf.datasets.references import PICTURES
from shapefield.nerf.scene import Scene, is_picture


class UnposedPhotographs(InputError):
    """A folder of photographs of which nobody has said where they were taken."""


def read(path: str | Path) -> Scene:
    """The dataset in a folder (or the json / npy file itself): Blender, Instant-NGP/nerfstudio, LLFF or COLMAP.

    Only files inside that folder are read, whatever its text says. InputError, in one line, for anything damaged.
    """
    with content_guarded(str(path), "a whole dataset", "export it again"):
        place = Path(path).expanduser()
        return agreed(with_smaller(_read(place), place if place.is_dir() else place.parent))


def _read(path: Path) -> Scene:
    from shapefield.nerf.datasets import blender, colmap, instant_ngp, llff

    if path.is_file() and path.suffix == ".json":
        if path.name.startswith("transforms_") and path.stem.split("_", 1)[1] in blender.SPLITS:
            return blender.read(path.parent)
        return instant_ngp.read(path)
    if path.is_file() and path.name == "poses_bounds.npy":
        return llff.read(path.parent)
    if not path.is_dir():
        raise InputError(f"{path}: expected a dataset folder or a transforms.json, found none: check the path")
    if (path / "transforms_train.json").is_file():
        return blender.read(path)
    if (path / "transforms.json").is_file():
        return instant_ngp.read(path / "transforms.json")
    if (path / "poses_bounds.npy").is_file():
        return llff.read(path)
    if colmap.find_model(path) is not None:
        return colmap.read(path)
    if (lacking := colmap.incomplete(path)) is not None:
        raise InputError(f"{path}: expected a whole COLMAP sparse model, it lacks {lacking}: copy or export it again")
    if any(is_picture(p) for place in (path, *(path / n for n in PICTURES)) if place.is_dir() for p in place.iterdir()):
        raise UnposedPhotographs(
            f"{path}: expected posed pictures, got photographs without poses: "
            f"`shapefield nerf poses {path} -o SCENE` finds them"
        )
    raise InputError(
        f"{path}: expected transforms_train.json, transforms.json, poses_bounds.npy or a COLMAP sparse model, "
        "found none: check the path"
    )
