"""The derivatives of a fitted picture as pictures and numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from shapefield.lab.picturefield import PictureField
from shapefield.lab.pictures import centres, write_picture
from shapefield.storage.arrays import write_npz
from shapefield.storage.files import check_outputs, lock

TOP = 0.995
"""Quantile that is drawn as the brightest: single points must not darken the whole picture."""


def derivative_places(stem: str) -> list[str]:
    """The three files that `write_derivatives` writes."""
    return [f"{stem}.gradient.png", f"{stem}.laplacian.png", f"{stem}.npz"]


def write_derivatives(
    found: PictureField, stem: str, scale: float = 1.0, force: bool = False, source: str | Path | None = None
) -> dict[str, Any]:
    """Write STEM.gradient.png (magnitude, black is 0), STEM.laplacian.png (grey is 0) and STEM.npz.

    The .npz holds gradient (h, w, 2) and laplacian (h, w), per pixel of the fitted picture. Returns the figures.
    """
    files = derivative_places(stem)
    check_outputs(files, force, source)
    with lock(*files):
        gradient, laplacian = derivative_maps(found, scale)
        magnitude = np.linalg.norm(gradient, axis=2)
        write_picture((magnitude / _top(magnitude))[:, :, None], files[0], force, source)
        write_picture((0.5 + 0.5 * laplacian / _top(laplacian))[:, :, None], files[1], force, source)
        write_npz(files[2], {"gradient": gradient, "laplacian": laplacian}, source)
    report: dict[str, Any] = {"name": found.name, "method": found.method.name}
    report |= {"width": gradient.shape[1], "height": gradient.shape[0], "files": files}
    for name, values in (("gradient", magnitude), ("laplacian", np.abs(laplacian))):
        report[name] = {"mean": float(values.mean()), "max": float(values.max())}
    if not laplacian.any():
        report["note"] = f"{found.method.name} is linear in pieces: its Laplacian is 0 where it exists"
    return report


def derivative_maps(found: PictureField, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Gradient (h, w, 2) and Laplacian (h, w) of the luminance at `scale` times the size, per pixel of the original."""
    height, width = (max(1, round(v * scale)) for v in found.size)
    points = centres(height, width) * (max(height, width) / scale / max(found.size))
    gradient, laplacian = found.derivatives(points)
    return gradient.reshape(height, width, 2), laplacian.reshape(height, width)


def _top(values: np.ndarray) -> float:
    return float(np.quantile(np.abs(values), TOP)) or 1.0
