"""Pictures of a radiance field from any camera: colour, depth, opacity, normals; whole, or coarse then sharper."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import numpy as np
import torch

from shapefield.driving import finish
from shapefield.nerf.cameras import Camera, resized
from shapefield.nerf.forecasting import require_frame
from shapefield.nerf.picture import RenderedView
from shapefield.nerf.ray_source import camera_rays
from shapefield.nerf.result import NerfResult

CHUNK = 16384


def parts(result: NerfResult, camera: Camera, normals: bool = False) -> Generator[float, None, RenderedView]:
    """Render a camera, yielding the share done after every chunk of rays; returns the view."""
    require_frame(camera, normals)
    rays = camera_rays(camera, result.similarity, result.device)
    backdrop = torch.from_numpy(result.backdrop).to(result.device)
    rgb, opacity, distance, normal = [], [], [], []
    for start in range(0, len(rays), CHUNK):
        part = rays.part(slice(start, start + CHUNK))
        with torch.no_grad():
            sky = result.surroundings.sky_colour(part.directions)
            seen = result.field.see(part, backdrop if sky is None else sky).rendering
            along = seen.distance()
        rgb.append(seen.rgb.cpu())
        opacity.append(seen.opacity.cpu())
        distance.append(along.cpu())
        if normals:
            hit = (seen.opacity > 0.5)[:, None]
            found = result.field.normals(part.origins + along[:, None] * part.directions).detach()
            normal.append(torch.where(hit, found, torch.zeros_like(found)).cpu())
        yield min(1.0, (start + CHUNK) / len(rays))
    shape = (camera.height, camera.width)
    return RenderedView(
        rgb=torch.cat(rgb).float().numpy().reshape(*shape, 3),
        opacity=torch.cat(opacity).float().clamp(0, 1).numpy().reshape(shape),
        depth=(torch.cat(distance).float().numpy() / np.float32(result.similarity.scale)).reshape(shape),
        normals=torch.cat(normal).float().numpy().reshape(*shape, 3) if normals else None,
    )


def picture(result: NerfResult, camera: Camera, normals: bool = False) -> RenderedView:
    """Render a camera at its own size."""
    return finish(parts(result, camera, normals))


def progressive(
    result: NerfResult, camera: Camera, normals: bool = False, factors: tuple[int, ...] = (8, 4, 2, 1)
) -> Iterator[RenderedView | None]:
    """The same camera at 1/8, 1/4, 1/2 and full size: a view when one is ready, None between (room to cancel)."""
    for factor in factors:
        smaller = resized(camera, max(1, camera.width // factor), max(1, camera.height // factor))
        steps = parts(result, smaller, normals)
        while True:
            try:
                next(steps)
            except StopIteration as stop:
                yield stop.value
                break
            yield None
