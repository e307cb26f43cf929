"""The training pixels of all views as tensors, from which batches of rays are drawn: the source of a scene's training.

Directions are not stored: a pixel's direction is its lens's (views with equal intrinsics share a table) turned by its
view's rotation. V views, P pixels in all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from shapefield.mesh.model import Similarity
from shapefield.nerf.cameras import Camera, rays
from shapefield.nerf.framing import shadow
from shapefield.nerf.models.model import Rays
from shapefield.nerf.opening import block
from shapefield.nerf.scene import Pixels, View
from shapefield.training.source import bytes_of

AT_ONCE = 1 << 18
"""Pixels whose directions are made in double precision at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class RayBatch:
    """R rays and what they should show: rgb (R, 3) straight colour, alpha (R,) or None."""

    rays: Rays
    rgb: Tensor
    alpha: Tensor | None


class RaySource:
    """A `training.source.Source` of rays.

    similarity : from the world to the frame that is trained;  references : held-out views by name
    """

    def __init__(
        self,
        pixels: Sequence[Pixels],
        similarity: Similarity,
        device: str,
        cells: np.ndarray | None,
        name: str = "scene",
        digest: str = "",
        references: Mapping[str, View] | None = None,
    ) -> None:
        """cells : (r, r, r) bool, where matter can be; pixels whose rays cannot meet it are left out. None for all"""
        self.name, self.digest, self.references = name, digest, dict(references or {})
        self.similarity = similarity
        lens, lens_starts = _lenses([p.camera for p in pixels])
        kept = [_wanted(picture, similarity, cells) for picture in pixels]
        chosen = None if all(k is None for k in kept) else [_numbers(k, p) for k, p in zip(kept, pixels, strict=True)]
        counts = [p.rgb8.shape[0] * p.rgb8.shape[1] for p in pixels] if chosen is None else [len(k) for k in chosen]
        self.lens = torch.from_numpy(lens).to(device)
        self.starts = torch.from_numpy(np.cumsum([0, *counts])).to(device)
        self.lens_starts = torch.from_numpy(lens_starts).to(device)
        self.pixel = None if chosen is None else torch.from_numpy(np.concatenate(chosen)).to(device)
        whole = block(pixels) if chosen is None else None
        self.rgb = torch.from_numpy(_joined([p.rgb8 for p in pixels], chosen) if whole is None else whole).to(device)
        alpha = [np.full(p.rgb8.shape[:2], 255, np.uint8) if p.alpha8 is None else p.alpha8 for p in pixels]
        some = any(p.alpha8 is not None for p in pixels)
        self.alpha = torch.from_numpy(_joined(alpha, chosen)).to(device) if some else None
        rotations = np.stack([p.camera.pose[:3, :3] for p in pixels])
        positions = similarity.to_unit(np.stack([p.camera.position for p in pixels]))
        self.rotations = torch.from_numpy(rotations.astype(np.float32)).to(device)
        self.positions = torch.from_numpy(positions.astype(np.float32)).to(device)

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def cost(self) -> int:
        """Bytes of the pixels and of the lenses' directions."""
        return bytes_of(self.lens, self.pixel, self.rgb, self.alpha, self.rotations, self.positions)

    def batch(self, size: int, generator: torch.Generator) -> RayBatch:
        """`size` pixels, uniformly with replacement."""
        chosen = torch.randint(len(self), (size,), generator=generator, device=self.rgb.device)
        view = torch.searchsorted(self.starts, chosen, right=True) - 1
        pixel = chosen - self.starts[view] if self.pixel is None else self.pixel[chosen]
        local = self.lens[self.lens_starts[view] + pixel]
        directions = torch.einsum("nij,nj->ni", self.rotations[view], local)
        alpha = None if self.alpha is None else self.alpha[chosen].float() / 255.0
        return RayBatch(Rays(self.positions[view], directions, view), self.rgb[chosen].float() / 255.0, alpha)


def _lenses(cameras: Sequence[Camera]) -> tuple[np.ndarray, np.ndarray]:
    """(P', 3) float32 unit directions in a camera's own axes of all pixels of every lens that occurs, and (V,) int64:
    where each view's lens begins among them."""
    tables: dict[tuple, int] = {}
    found, starts, size = [], [], 0
    for camera in cameras:
        key = (camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height, camera.distortion)
        if key not in tables:
            tables[key] = size
            found.append(_local_directions(camera))
            size += camera.width * camera.height
        starts.append(tables[key])
    return (found[0] if len(found) == 1 else np.concatenate(found)), np.array(starts, dtype=np.int64)


def _local_directions(camera: Camera) -> np.ndarray:
    """(h * w, 3) float32 unit directions in the camera's own axes; some rows of pixels at a time."""
    made = np.empty((camera.height, camera.width, 3), dtype=np.float32)
    rows = max(1, AT_ONCE // camera.width)
    columns = np.arange(camera.width) + 0.5
    for first in range(0, camera.height, rows):
        part = made[first : first + rows]
        grid = np.meshgrid(columns, np.arange(first, first + len(part)) + 0.5)
        part[...] = (rays(camera, np.stack(grid, axis=-1).reshape(-1, 2))[1] @ camera.pose[:3, :3]).reshape(part.shape)
    return made.reshape(-1, 3)


def _wanted(picture: Pixels, similarity: Similarity, cells: np.ndarray | None) -> np.ndarray | None:
    """(h * w,) bool: pixels to train on; None for all."""
    wanted = picture.valid
    if cells is not None:
        seen = shadow(picture.camera, similarity, cells)
        wanted = seen if wanted is None else wanted & seen
    return None if wanted is None or wanted.all() or not wanted.any() else wanted.ravel()


def _numbers(wanted: np.ndarray | None, picture: Pixels) -> np.ndarray:
    """int32 numbers of the wanted pixels within their picture."""
    if wanted is None:
        return np.arange(picture.rgb8.shape[0] * picture.rgb8.shape[1], dtype=np.int32)
    return np.flatnonzero(wanted).astype(np.int32)


def _joined(arrays: Sequence[np.ndarray], chosen: Sequence[np.ndarray] | None) -> np.ndarray:
    """(P, …) uint8: the chosen pixels of every picture (h, w, …), one behind the other."""
    flat = [a.reshape(a.shape[0] * a.shape[1], *a.shape[2:]) for a in arrays]
    return np.concatenate(flat if chosen is None else [a[k] for a, k in zip(flat, chosen, strict=True)])


def camera_rays(camera: Camera, similarity: Similarity, device: str) -> Rays:
    """All rays of a camera, row by row, in the model frame."""
    origins, directions = rays(camera)
    origins = similarity.to_unit(origins).astype(np.float32)
    return Rays(torch.from_numpy(origins).to(device), torch.from_numpy(directions.astype(np.float32)).to(device))
