"""Whether a mesh is what the cameras saw: the ball itself is, torn sheets elsewhere are not."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from shapes import sphere

from shapefield.mesh.model import Mesh, Similarity
from shapefield.nerf import rubble
from shapefield.nerf.cameras import Camera, looking_at, rays
from shapefield.nerf.views import RenderedView

RADIUS = 0.5


def ball(_: object, camera: Camera) -> RenderedView:
    """A ball about the origin as a field would show it."""
    origins, directions = rays(camera)
    along = -(origins * directions).sum(axis=1)
    gap = RADIUS**2 - ((origins + along[:, None] * directions) ** 2).sum(axis=1)
    depth = np.where(gap > 0, along - np.sqrt(np.maximum(gap, 0.0)), 0.0).reshape(camera.height, camera.width)
    return RenderedView(
        np.zeros((*depth.shape, 3), np.float32), (depth > 0).astype(np.float32), depth.astype(np.float32)
    )


@dataclass
class Run:
    """What is asked of a result."""

    similarity: Similarity = field(default_factory=lambda: Similarity(np.zeros(3), 1.0))
    cameras: tuple[Camera, ...] = ()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(rubble, "picture", ball)
    k = np.arange(12) + 0.5
    turn, z = k * np.pi * (3.0 - np.sqrt(5.0)), 1.0 - 2.0 * k / 12
    places = 2.0 * np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z], axis=1)
    return Run(cameras=tuple(Camera(looking_at(p, np.zeros(3)), 64.0, 64.0, 32.0, 32.0, 64, 64) for p in places))


def judged(run: Run, mesh: Mesh) -> rubble.Judgement:
    found = rubble.judged(run, mesh)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_ball_itself_stands_where_all_rays_stop_and_is_seen_all_around(run: Run):
    found = judged(run, sphere(RADIUS, (0.0, 0.0, 0.0)))
    assert found.agreed > 0.99 and found.seen > 0.99 and not found.is_rubble


def test_sheets_before_the_ball_are_rubble(run: Run):
    """A shell of fog that hides the ball from every camera stands where no ray stops."""
    found = judged(run, sphere(0.8, (0.0, 0.0, 0.0)))
    assert found.agreed < 0.05 and found.seen > 0.99 and found.is_rubble


def test_what_no_camera_sees_is_rubble_though_the_rays_agree(run: Run):
    """The ball, with balls inside of it."""
    parts = [sphere(r, (0.0, 0.0, 0.0), 16) for r in (RADIUS, 0.47, 0.46, 0.45, 0.44, 0.43, 0.42)]
    starts = np.cumsum([0, *(len(p.vertices) for p in parts)])
    faces = np.concatenate([p.faces + start for p, start in zip(parts, starts, strict=False)])
    found = judged(run, Mesh(np.concatenate([p.vertices for p in parts]), faces))
    area = sum(p.face_areas.sum() for p in parts)
    assert found.seen == pytest.approx(parts[0].face_areas.sum() / area, abs=0.02)
    assert found.agreed > 0.95 and found.is_rubble


def test_a_run_that_knows_no_cameras_is_not_judged(run: Run):
    run.cameras = ()
    assert rubble.judged(run, sphere(RADIUS, (0.0, 0.0, 0.0))) is None  # type: ignore[arg-type]
