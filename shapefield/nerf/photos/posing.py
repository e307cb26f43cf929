"""`poses`: photographs or a video become a scene that the readers of posed pictures take, with a report.

SCENE/images, SCENE/sparse/0 as COLMAP has it, and last SCENE/poses.json, without which the scene is not finished.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from shapefield.errors import OutputError
from shapefield.events import Event, Stage
from shapefield.nerf.photos.config import PosesConfig
from shapefield.nerf.photos.gathering import gathered, is_video, photographs
from shapefield.nerf.photos.mapping import Mapped, mapped, required, why_not
from shapefield.storage.files import MARK, check_replaceable, lock, writing
from shapefield.storage.pictures import opened

REPORT = "poses.json"
FOCAL_EXIF = 0x920A
MODEL_FILES = ("cameras.bin", "images.bin", "points3D.bin", "frames.bin", "rigs.bin")


def pose(
    source: Path, scene: Path, config: PosesConfig | None = None, force: bool = False
) -> Generator[Event, Any, dict[str, Any]]:
    """Find the cameras of the photographs in a folder, or of a video, and write the scene; the report as plain JSON.

    registered, photographs : how many of how many;  error : mean reprojection error in pixels
    focal : focal lengths in pixels;  points : of the sparse cloud;  left_out : name → why
    Raises ResourceError without pycolmap, InputError for photographs that cannot be placed, OutputError.
    """
    config = config or PosesConfig()
    required()
    _prepare(scene, force)
    video = is_video(source)
    if not video:
        photographs(source)
    with lock(scene):
        yield Stage("load", str(source))
        images = scene / "images"
        images.mkdir(exist_ok=True)
        names = yield from gathered(source, images, config.frames)
        with tempfile.TemporaryDirectory(prefix="shapefield-poses-") as work:
            one_lens = video or _one_lens([images / name for name in names])
            found = yield from mapped(images, names, one_lens, video, Path(work), config)
            model = Path(work) / "model"
            model.mkdir()
            found.model.write_binary(str(model))
            target = scene / "sparse" / "0"
            target.mkdir(parents=True, exist_ok=True)
            for name in MODEL_FILES:
                if (model / name).is_file():
                    with writing(target / name) as file:
                        file.write((model / name).read_bytes())
        report = _report(source, names, found)
        with writing(scene / REPORT, "w") as file:
            json.dump({"made": MARK, "config": asdict(config), "of": identity(source), **report}, file, indent=1)
    return report


def is_posed(scene: Path, source: Path) -> bool:
    """Whether `scene` holds the finished poses of these very photographs."""
    try:
        return json.loads((scene / REPORT).read_text(encoding="utf-8"))["of"] == identity(source)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def identity(source: Path) -> list[list[Any]]:
    """Names, sizes and times of change of the files that the poses are of."""
    files = [source] if source.is_file() else photographs(source)
    return [[p.name, p.stat().st_size, p.stat().st_mtime_ns] for p in files]


def _prepare(scene: Path, force: bool) -> None:
    """Make the folder; OutputError where it holds what is not ours, unless `force`."""
    try:
        scene.mkdir(parents=True, exist_ok=True)
        holds = {p.name for p in scene.iterdir() if p.suffix != ".lock"}
    except OSError as error:
        raise OutputError(f"{scene}: cannot be written ({error.strerror}): choose another folder") from error
    if holds and REPORT not in holds and not force:
        raise OutputError(f"{scene}: expected an empty folder, it holds other files: choose another or give --force")
    check_replaceable(scene / REPORT, force)


def _one_lens(files: Sequence[Path]) -> bool:
    """Whether all photographs have one size, and no two tell of different focal lengths."""
    sizes, focal = set(), set()
    for path in files:
        with opened(path, path.name) as image:
            sizes.add(image.size)
            focal.add(image.getexif().get_ifd(0x8769).get(FOCAL_EXIF) if image.format == "JPEG" else None)
    return len(sizes) == 1 and len(focal - {None}) <= 1


def _report(source: Path, names: Sequence[str], found: Mapped) -> dict[str, Any]:
    model = found.model
    placed = {model.image(k).name for k in model.reg_image_ids()}
    left_out = {n: why_not(found.found[n], found.others.get(n)) for n in names if n not in placed and n in found.found}
    return {
        "source": str(source),
        "registered": len(placed),
        "photographs": len(names),
        "error": float(model.compute_mean_reprojection_error()),
        "focal": sorted({round(float(camera.mean_focal_length()), 2) for camera in model.cameras.values()}),
        "points": int(model.num_points3D()),
        "left_out": left_out,
    }


def lines(report: dict[str, Any]) -> list[str]:
    """The report as lines of text."""
    focal = report["focal"]
    lens = f"{focal[0]:.1f} px" if len(focal) == 1 else f"{focal[0]:.1f} to {focal[-1]:.1f} px"
    made = [
        f"{report['registered']} of {report['photographs']} photographs have a camera, {report['points']:,} points",
        f"  reprojection error {report['error']:.2f} px, focal length {lens}",
    ]
    return [*made, *(f"  {name}: {why}" for name, why in report["left_out"].items())]
