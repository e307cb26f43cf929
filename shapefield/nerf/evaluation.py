"""How good are new views: PSNR and SSIM on held-out pictures, depth error where the truth is known."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np

from shapefield.events import Event, Progress
from shapefield.nerf.events import ViewPreview
from shapefield.nerf.picture import RenderedView
from shapefield.nerf.result import NerfResult
from shapefield.nerf.scene import Pixels, Scene, View, pixels, true_depth
from shapefield.nerf.views import picture
from shapefield.picturemetrics import psnr, ssim


def matched(rendered: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """`rendered` with the gain for each channel that suits `truth` best: a held-out picture's exposure is not known."""
    gain = (rendered * truth).mean(axis=(0, 1)) / np.maximum((rendered**2).mean(axis=(0, 1)), 1e-8)
    return np.clip(rendered * np.clip(gain, 0.25, 4.0), 0.0, 1.0)


def figures(result: NerfResult, seen: RenderedView, opened: Pixels, depth: np.ndarray | None) -> dict[str, Any]:
    """One view's figures: psnr [dB], ssim, and depth_error (mean absolute, world units) where depth is known."""
    truth = opened.over(result.backdrop)
    rgb = matched(seen.rgb, truth) if result.surroundings.exposure is not None else seen.rgb
    found: dict[str, Any] = {"psnr": psnr(rgb, truth, opened.valid), "ssim": ssim(rgb, truth)}
    if depth is not None:
        both = (depth > 0) & (seen.opacity > 0.5)
        found["depth_error"] = float(np.abs(seen.depth - depth)[both].mean()) if both.any() else None
    return found


def preview(result: NerfResult, opened: Pixels, step: int, name: str) -> ViewPreview:
    """How a picture looks now, beside the truth: at the size it was opened at."""
    seen, truth = picture(result, opened.camera), opened.over(result.backdrop)
    return ViewPreview(
        rgb=seen.rgb8,
        truth=(truth * 255.0 + 0.5).astype(np.uint8),
        depth=seen.depth,
        opacity=seen.opacity,
        error=np.abs(np.clip(seen.rgb, 0, 1) - truth).mean(axis=2).astype(np.float32),
        psnr=figures(result, seen, opened, None)["psnr"],
        step=step,
        name=name,
    )


def evaluate(
    result: NerfResult, scene: Scene, views: Sequence[View], stage: str = "report"
) -> Generator[Event, Any, dict[str, Any]]:
    """Figures of every view and their means, as plain JSON."""
    rows = []
    for done, view in enumerate(views, 1):
        opened = pixels(view, result.downscale)
        depth = true_depth(view, opened.camera, scene.depth_kind)
        rows.append({"name": view.name} | figures(result, picture(result, opened.camera), opened, depth))
        yield Progress(stage, done, len(views))
    means = {key: _mean([row.get(key) for row in rows]) for key in ("psnr", "ssim", "depth_error")}
    size = f"{opened.camera.width}x{opened.camera.height}" if views else ""
    return {k: v for k, v in means.items() if v is not None} | {
        "views": rows,
        "count": len(rows),
        "size": size,
        "exposure_matched": result.surroundings.exposure is not None,
    }


def _mean(values: list[float | None]) -> float | None:
    there = [v for v in values if v is not None]
    return float(np.mean(there)) if there else None
