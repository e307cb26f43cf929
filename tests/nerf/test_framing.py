"""The box and the visual hull: matter is kept, what nobody sees is not, and no ray that can meet a cell is left out."""

import numpy as np
import pytest

from shapefield.mesh.model import Similarity
from shapefield.nerf import framing
from shapefield.nerf.cameras import Camera, looking_at, rays
from shapefield.nerf.scene import Pixels, Scene

BALL, RADIUS = np.array([0.3, -0.2, 0.1]), 0.7
WIDTH, HEIGHT, FOCAL = 160, 60, 150.0
"""Wide pictures: much of what the cameras look around at lies above and below most of them."""


def around(count: int, distance: float = 5.0) -> list[Camera]:
    """Evenly around the ball, a golden spiral."""
    k = np.arange(count) + 0.5
    turn, z = k * np.pi * (3.0 - np.sqrt(5.0)), 1.0 - 2.0 * k / count
    places = distance * np.stack([np.sqrt(1 - z * z) * np.cos(turn), np.sqrt(1 - z * z) * np.sin(turn), z], axis=1)
    return [Camera(looking_at(BALL + p, BALL), FOCAL, FOCAL, WIDTH / 2, HEIGHT / 2, WIDTH, HEIGHT) for p in places]


def ball_seen(camera: Camera) -> Pixels:
    """The ball's silhouette, by the closed form of a ray's distance to its middle."""
    origins, directions = rays(camera)
    off = np.linalg.norm(np.cross(BALL - origins, directions), axis=1).reshape(HEIGHT, WIDTH)
    alpha = (np.clip((RADIUS - off) * 40.0 + 0.5, 0.0, 1.0) * 255.0).astype(np.uint8)
    return Pixels(camera, np.full((HEIGHT, WIDTH, 3), 128, np.uint8), alpha)


def test_box_from_silhouettes_of_wide_pictures_is_the_balls():
    """What lies outside most pictures is empty: it once stayed in the hull, as floaters that no pixel could refute."""
    frame = framing.frame_of(Scene("ball", ()), [ball_seen(c) for c in around(14)])
    assert frame.bounded and frame.cells is not None
    half = 1.0 / frame.similarity.scale
    assert RADIUS < half < 1.4 * RADIUS
    assert np.linalg.norm(frame.similarity.center - BALL) < 0.2 * RADIUS


@pytest.mark.parametrize("count", [6, 20])
def test_hull_holds_the_ball_and_little_more(count: int):
    pictures = [ball_seen(c) for c in around(count)]
    similarity = Similarity(BALL, 1.0 / 3.0)
    cells = framing.hull(similarity, pictures, 48)
    centers = similarity.to_input((np.argwhere(np.ones_like(cells)) + 0.5) / 24.0 - 1.0)
    inside = (np.linalg.norm(centers - BALL, axis=1) < RADIUS).reshape(cells.shape)
    assert cells[inside].all()
    far = (np.linalg.norm(centers - BALL, axis=1) > 2 * RADIUS).reshape(cells.shape)
    assert not cells[far].any()


def test_what_leaves_the_pictures_is_not_cut_off():
    """Cameras so near that the ball fills more than their pictures: nothing of it is taken for empty."""
    pictures = [ball_seen(c) for c in around(24, distance=2.4)]
    similarity = Similarity(BALL, 1.0)
    cells = framing.hull(similarity, pictures, 24)
    centers = similarity.to_input((np.argwhere(np.ones_like(cells)) + 0.5) / 12.0 - 1.0)
    assert cells[(np.linalg.norm(centers - BALL, axis=1) < RADIUS).reshape(cells.shape)].all()


def test_shadow_leaves_out_no_ray_that_meets_a_cell():
    """Against marching every pixel's ray through the cells."""
    generator = np.random.default_rng(1)
    cells = np.zeros((12, 12, 12), dtype=bool)
    cells[tuple(generator.integers(0, 12, (3, 3)))] = True
    similarity = Similarity(BALL, 1.0)
    for camera in around(6):
        kept = framing.shadow(camera, similarity, cells).ravel()[::7]
        origins, directions = (a[::7] for a in rays(camera))
        t = np.linspace(3.0, 7.0, 120)
        place = similarity.to_unit(origins[:, None] + t[:, None] * directions[:, None])
        inside = (np.abs(place) < 1.0).all(axis=2)
        cell = np.clip(((place + 1.0) * 6.0).astype(int), 0, 11)
        meets = (cells[cell[..., 0], cell[..., 1], cell[..., 2]] & inside).any(axis=1)
        assert meets.any() and kept[meets].all()
        assert kept.mean() < 0.5


def test_one_opaque_picture_among_silhouettes_does_not_make_a_background():
    pictures = [ball_seen(c) for c in around(12)]
    pictures[3] = Pixels(pictures[3].camera, pictures[3].rgb8)
    assert framing.frame_of(Scene("ball", ()), pictures).bounded


def test_growing_a_mask_reaches_exactly_so_far():
    mask = np.zeros((21, 21), dtype=bool)
    mask[10, 10] = True
    for by in (0, 1, 3, 6):
        assert framing.grown(mask, by).sum() == (2 * by + 1) ** 2
