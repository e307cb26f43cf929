"""The surface that cameras agree on: a ball is one, and a floater that one view sees is not."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from shapefield.mesh.model import Similarity
from shapefield.nerf import fusing
from shapefield.nerf.cameras import Camera, looking_at, rays

RADIUS = 0.5


def ball_depth(_: Any, camera: Camera) -> np.ndarray:
    """(h, w) distance to a ball about the origin; the camera nearest to +x has fog before it, right at the lens."""
    origins, directions = rays(camera)
    along = -(origins * directions).sum(axis=1)
    gap = RADIUS**2 - ((origins + along[:, None] * directions) ** 2).sum(axis=1)
    depth = np.where(gap > 0, along - np.sqrt(np.maximum(gap, 0.0)), np.inf)
    if camera.position[0] > 1.9:
        depth[: len(depth) // 2] = 1.2
    return depth.reshape(camera.height, camera.width)


def test_what_one_view_sees_and_others_look_through_is_not_there(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fusing, "stopping", ball_depth)
    monkeypatch.setattr(fusing, "VERTICES", 49)
    k = np.arange(16) + 0.5
    turn, z = k * np.pi * (3.0 - np.sqrt(5.0)), 1.0 - 2.0 * k / 16
    places = 2.0 * np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z], axis=1)
    places = [np.array([2.0, 0.0, 0.0]), *places]
    cameras = tuple(Camera(looking_at(p, np.zeros(3)), 64.0, 64.0, 32.0, 32.0, 64, 64) for p in places)
    steps = fusing.fused(SimpleNamespace(cameras=cameras, similarity=Similarity(np.zeros(3), 1.0)))  # type: ignore[arg-type]
    with pytest.raises(StopIteration) as end:
        while True:
            next(steps)
    value = end.value.value
    generator = np.random.default_rng(0)
    unit = generator.normal(size=(2000, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    assert (value(0.46 * unit) < 0).mean() > 0.99 and (value(0.54 * unit) > 0).mean() > 0.99
    assert (value(generator.uniform(0.6, 1.0, (2000, 1)) * unit) > 0).all()  # no fog
    assert ((fusing.slopes(value, (0.5 * unit).astype(np.float32)) * unit).sum(axis=1) > 0.9).mean() > 0.95
