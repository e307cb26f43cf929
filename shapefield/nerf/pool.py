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
from shapefield.nerf.scene import Pixels, View
from shapefield.training.source import bytes_of


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """R rays and what they should show: rgb (R, 3) straight colour, alpha (R,) or None."""

    rays: Rays
    rgb: Tensor
    alpha: Tensor | None


class Pool:
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
        tables: dict[tuple, int] = {}
        lens, lens_start, size = [], [], 0
        chosen, view, rgb, alpha = [], [], [], []
        for k, picture in enumerate(pixels):
            camera = picture.camera
            key = (camera.fx, camera.fy, camera.cx, camera.cy, camera.width, camera.height, camera.distortion)
            if key not in tables:
                tables[key] = size
                lens.append(_local_directions(camera))
                size += camera.width * camera.height
            kept = np.flatnonzero(_wanted(picture, similarity, cells))
            lens_start.append(tables[key])
            chosen.append(kept + tables[key])
            view.append(np.full(len(kept), k, dtype=np.int32))
            rgb.append((picture.rgb.reshape(-1, 3)[kept] * 255.0 + 0.5).astype(np.uint8))
            if picture.alpha is not None:
                alpha.append((picture.alpha.reshape(-1)[kept] * 255.0 + 0.5).astype(np.uint8))
            elif any(p.alpha is not None for p in pixels):
                alpha.append(np.full(len(kept), 255, dtype=np.uint8))
        self.lens = torch.from_numpy(np.concatenate(lens).astype(np.float32)).to(device)
        self.pixel = torch.from_numpy(np.concatenate(chosen).astype(np.int64)).to(device)
        self.view = torch.from_numpy(np.concatenate(view)).to(device)
        self.rgb = torch.from_numpy(np.concatenate(rgb)).to(device)
        self.alpha = torch.from_numpy(np.concatenate(alpha)).to(device) if alpha else None
        rotations = np.stack([p.camera.pose[:3, :3] for p in pixels])
        positions = similarity.to_unit(np.stack([p.camera.position for p in pixels]))
        self.rotations = torch.from_numpy(rotations.astype(np.float32)).to(device)
        self.positions = torch.from_numpy(positions.astype(np.float32)).to(device)

    def __len__(self) -> int:
        return len(self.pixel)

    @property
    def cost(self) -> int:
        """Bytes of the pixels and of the lenses' directions."""
        return bytes_of(self.lens, self.pixel, self.view, self.rgb, self.alpha, self.rotations, self.positions)

    def batch(self, size: int, generator: torch.Generator) -> Batch:
        """`size` pixels, uniformly with replacement."""
        chosen = torch.randint(len(self), (size,), generator=generator, device=self.pixel.device)
        view = self.view[chosen].long()
        local = self.lens[self.pixel[chosen]]
        directions = torch.einsum("nij,nj->ni", self.rotations[view], local)
        alpha = None if self.alpha is None else self.alpha[chosen].float() / 255.0
        return Batch(Rays(self.positions[view], directions, view), self.rgb[chosen].float() / 255.0, alpha)


def _local_directions(camera: Camera) -> np.ndarray:
    """(h * w, 3) unit directions in the camera's own axes."""
    return rays(camera)[1] @ camera.pose[:3, :3]


def _wanted(picture: Pixels, similarity: Similarity, cells: np.ndarray | None) -> np.ndarray:
    """(h * w,) bool: pixels to train on."""
    wanted = np.ones(picture.rgb.shape[:2], dtype=bool) if picture.valid is None else picture.valid.copy()
    if cells is not None:
        wanted &= shadow(picture.camera, similarity, cells)
    if not wanted.any():
        wanted[:] = True
    return wanted.ravel()


def camera_rays(camera: Camera, similarity: Similarity, device: str) -> Rays:
    """All rays of a camera, row by row, in the model frame."""
    origins, directions = rays(camera)
    origins = similarity.to_unit(origins).astype(np.float32)
    return Rays(torch.from_numpy(origins).to(device), torch.from_numpy(directions.astype(np.float32)).to(device))
