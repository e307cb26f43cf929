"""COLMAP sparse models, text or binary: cameras, images, points3D; world-to-camera poses with y down.

The model with the most images is taken where there are several (sparse/0, sparse/1 …). Pictures are looked for in
`images` and the like (`references.PICTURES`) beside the model, and in the folder itself.
"""

from __future__ import annotations

from pathlib import Path

from shapefield.errors import InputError
from shapefield.nerf.cameras import Camera, opengl_from_colmap
from shapefield.nerf.datasets import colmap_binary, colmap_text
from shapefield.nerf.datasets.colmap_model import ColmapModel, intrinsics
from shapefield.nerf.datasets.masks import beside
from shapefield.nerf.datasets.references import among_pictures
from shapefield.nerf.scene import Scene, View, with_held_out


def find_model(folder: Path) -> Path | None:
    """The folder of the sparse model with the most images at or under `folder`, or None."""
    models = [p for p in _places(folder) if (p / "images.bin").is_file() or (p / "images.txt").is_file()]
    return max(models, key=_image_count) if models else None


def _places(folder: Path) -> list[Path]:
    places = [folder, folder / "sparse", folder / "colmap" / "sparse"]
    for parent in (folder / "sparse", folder / "colmap" / "sparse"):
        if parent.is_dir():
            places += sorted(p for p in parent.iterdir() if p.is_dir())
    return places


def _image_count(model: Path) -> int:
    if (model / "images.bin").is_file():
        return colmap_binary.image_count(model / "images.bin")
    return colmap_text.image_count(model / "images.txt")


def read_model(folder: Path) -> ColmapModel:
    """The sparse model in `folder` itself; binary files are preferred."""
    return colmap_binary.read(folder) if (folder / "images.bin").is_file() else colmap_text.read(folder)


def read(folder: Path) -> Scene:
    """The scene in `folder`; pictures that are missing are skipped with a notice."""
    place = find_model(folder)
    if place is None:
        raise InputError(f"{folder}: expected a COLMAP sparse model, found none: run colmap mapper")
    model = read_model(place)
    places = [folder, *(p for p in (place, *place.parents[:3]) if p != folder and p.is_relative_to(folder))]
    views, missing = [], []
    for image in sorted(model.images, key=lambda i: i.name):
        picture = next((p for at in places if (p := among_pictures(at, image.name)) is not None), None)
        if picture is None:
            missing.append(image.name)
            continue
        if image.camera not in model.cameras:
            raise InputError(
                f"{place}: {image.name}: expected camera {image.camera}, the model has none: export it again"
            )
        lens = model.cameras[image.camera]
        fx, fy, cx, cy, distortion = intrinsics(lens)
        try:
            camera = Camera(
                opengl_from_colmap(image.quaternion, image.translation),
                fx, fy, cx, cy, lens.width, lens.height, distortion,
            )  # fmt: skip
        except InputError as error:
            raise InputError(f"{place}: {image.name}: {error}") from error
        name = image.name.replace("\\", "/")
        views.append(View(name=Path(name).stem, camera=camera, image=picture, mask=beside(folder, name)))
    if not views:
        raise InputError(f"{folder}: expected the model's pictures, found none of {len(missing)}: check the folder")
    notices = []
    if missing:
        notices.append(f"skipped {len(missing)} of {len(model.images)} images without a picture, first {missing[0]}")
    train, test = with_held_out(views)
    points = model.points if len(model.points) >= 10 else None
    return Scene(
        name=folder.resolve().name, train=train, test=test, points=points, depth_kind="z", notices=tuple(notices)
    )


def incomplete(folder: Path) -> str | None:
    """The file that a sparse model at or under `folder` lacks, where it has the others; None without such a model."""
    for place in _places(folder):
        for suffix in (".bin", ".txt"):
            there = {part: (place / f"{part}{suffix}").is_file() for part in ("cameras", "images", "points3D")}
            if there["points3D"] and there["cameras"] != there["images"]:
                lacking = next(part for part, found in there.items() if not found)
                return str((place / f"{lacking}{suffix}").relative_to(folder))
    return None
