"""Masks beside the pictures, and what they mean: "do not look here", or the silhouette of a thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from shapefield.nerf.datasets.references import referred
from shapefield.nerf.scene import Scene, View, mask_of

SIDE, ASKED = 64, 12
"""Pixels of the longer side, and number, of the masks that are looked at."""
ONE, FULL, CUT = 0.9, 0.7, 0.25
"""Share of a silhouette that is one blob, at least; of the picture that it fills, and of the border, at most."""


def beside(folder: Path, name: str) -> Path | None:
    """The mask of the picture `name` in the folder `masks`, as COLMAP and LLFF have them; None without one."""
    if not (folder / "masks").is_dir():
        return None
    return referred(folder / "masks", name) or referred(folder / "masks", name + ".png")


def understood(scene: Scene, masks: str) -> tuple[Scene, str | None]:
    """The scene with its masks taken as `masks` says (silhouette, ignore, or auto), and one line on what auto chose."""
    if not any(v.mask is not None for v in scene.views):
        return scene, None
    kind = ("silhouette" if are_silhouettes(scene.train) else "ignore") if masks == "auto" else masks
    said = None
    if masks == "auto":
        said = (
            "the masks are silhouettes: what lies beside them is empty; --masks ignore lets it be anything"
            if kind == "silhouette"
            else "what the masks leave out is not looked at; --masks silhouette makes it empty"
        )
    if kind != "silhouette":
        return scene, said

    def cut(views: Sequence[View]) -> tuple[View, ...]:
        return tuple(replace(v, silhouette=v.mask is not None) for v in views)

    return replace(scene, train=cut(scene.train), validation=cut(scene.validation), test=cut(scene.test)), said


def are_silhouettes(views: Sequence[View]) -> bool:
    """Whether most masks, of those that are there, show one blob that does not fill the picture."""
    masked = [v for v in views if v.mask is not None]
    chosen = [masked[k] for k in np.unique(np.linspace(0, len(masked) - 1, ASKED).astype(int))] if masked else []
    votes = [_one_blob(_small(view) > 127) for view in chosen]
    return 2 * sum(votes) > len(votes) and 4 * len(masked) >= 3 * len(views)


def _small(view: View) -> np.ndarray:
    scale = max(1.0, max(view.camera.width, view.camera.height) / SIDE)
    return mask_of(view, max(1, round(view.camera.width / scale)), max(1, round(view.camera.height / scale)))


def _one_blob(mask: np.ndarray) -> bool:
    from scipy.ndimage import label

    if not mask.any() or mask.mean() > FULL:
        return False
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    labels = np.empty(mask.shape, dtype=np.int32)
    label(mask, output=labels)
    largest = np.bincount(labels.ravel())[1:].max()
    return border.mean() <= CUT and largest >= ONE * mask.sum()
