"""New views as files: numbered PNGs, depth as PNG and .npy, and a video."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shapefield.driving import retold
from shapefield.errors import OutputError
from shapefield.events import Event, Progress, Stage
from shapefield.nerf.cameras import Camera
from shapefield.nerf.picture import RenderedView, depth_colours
from shapefield.storage.arrays import write_npy
from shapefield.storage.files import check_replaceable, lock
from shapefield.storage.film import filming
from shapefield.storage.png import write_png

if TYPE_CHECKING:
    from shapefield.nerf.result import NerfResult


def render_to(
    result: NerfResult,
    cameras: Sequence[Camera],
    folder: Path,
    names: Sequence[str] | None = None,
    depth: bool = False,
    video: Path | None = None,
    fps: int = 24,
    force: bool = False,
    source: str | Path | None = None,
) -> Generator[Event, Any, list[Path]]:
    """`draw_to` with a radiance field, over nothing where its background is transparent."""

    from shapefield.nerf.views import parts

    transparent = result.config.background == "transparent"
    return draw_to(partial(parts, result), cameras, folder, names, depth, video, fps, force, source, transparent)


def draw_to(
    draw: Callable[[Camera], Generator[float, Any, RenderedView]],
    cameras: Sequence[Camera],
    folder: Path,
    names: Sequence[str] | None = None,
    depth: bool = False,
    video: Path | None = None,
    fps: int = 24,
    force: bool = False,
    source: str | Path | None = None,
    transparent: bool = False,
) -> Generator[Event, Any, list[Path]]:
    """Draw every camera to `folder`/NAME.png (with `depth` also NAME_depth.png and NAME_depth.npy, world units
    along the ray), and all of them to `video`; returns the files. Names default to frame_0000 and so on.

    draw   : a camera → its Picture, yielding the share that is done
    source : what is rendered. OutputError before anything is rendered if a picture is there that is not ours or
    of another source, unless `force`.
    """
    names = names or [f"frame_{k:04d}" for k in range(len(cameras))]
    for name in names:
        for ending in (".png", *(("_depth.png", "_depth.npy") if depth else ())):
            check_replaceable(folder / f"{name}{ending}", force, source)
    if video is not None:
        check_replaceable(video, force, source)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror}): choose another folder") from error
    written: list[Path] = []
    with contextlib.ExitStack() as open_files:
        open_files.enter_context(lock(folder, *([video] if video is not None else [])))
        film = open_files.enter_context(filming(video, fps, force, source)) if video is not None else None
        yield Stage("render", f"{len(cameras)} views")
        for done, (camera, name) in enumerate(zip(cameras, names, strict=True), 1):
            seen = yield from retold(draw(camera), partial(_progress, done - 1, len(cameras)))
            written.append(_picture(folder / f"{name}.png", seen.rgba8 if transparent else seen.rgb8, force, source))
            if depth:
                written.append(
                    _picture(folder / f"{name}_depth.png", depth_colours(seen.depth, seen.opacity), force, source)
                )
                write_npy(folder / f"{name}_depth.npy", seen.depth, source)
                written.append(folder / f"{name}_depth.npy")
            if film is not None:
                film(seen.rgb8)
    if video is not None:
        written.append(video)
    return written


def _progress(before: int, count: int, share: float) -> Progress:
    return Progress("render", before + share, count)


def _picture(path: Path, array: np.ndarray, force: bool, source: str | Path | None) -> Path:
    from PIL import Image

    write_png(Image.fromarray(array), path, force, source)
    return path
