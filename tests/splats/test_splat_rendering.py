"""The compiled rasteriser against the formulas, written out slowly in double precision."""

import numpy as np
import pytest
from splatmaker import random_splats

from shapefield.nerf.cameras import Camera, looking_at
from shapefield.splats import rendering
from shapefield.splats.model import Splats


def camera(width=70, height=50, at=(2.2, -1.4, 0.9)) -> Camera:
    return Camera(looking_at(np.array(at), np.zeros(3)), 60.0, 55.0, 33.0, 26.5, width, height)


def harmonics(d: np.ndarray, degree: int) -> np.ndarray:
    """Real spherical harmonics of unit directions (n, 3), from the associated Legendre functions of scipy."""
    from scipy.special import sph_harm_y

    theta, phi = np.arccos(np.clip(d[:, 2], -1, 1)), np.arctan2(d[:, 1], d[:, 0])
    found = []
    for degree_l in range(degree + 1):
        for order in range(-degree_l, degree_l + 1):
            y = sph_harm_y(degree_l, abs(order), theta, phi)
            found.append(2**0.5 * y.imag if order < 0 else 2**0.5 * y.real if order > 0 else y.real)
    return np.stack(found, axis=1)


def reference(splats: Splats, camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour before white, opacity and depth of every pixel: every Gaussian at every pixel, nearest first."""
    rotation = camera.pose[:3, :3] @ np.diag([1.0, -1.0, -1.0])
    w, x, y, z = splats.rotations.astype(float).T
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    ).transpose(2, 0, 1)
    away = splats.positions.astype(float) - camera.position
    local = away @ rotation
    basis = harmonics(away / np.linalg.norm(away, axis=1, keepdims=True), splats.degree)
    colours = np.maximum(0.5 + np.einsum("nk,nkc->nc", basis, splats.harmonics.astype(float)), 0.0)
    columns, rows = np.meshgrid(np.arange(camera.width) + 0.5, np.arange(camera.height) + 0.5)
    light = np.ones(columns.shape)
    colour, depth = np.zeros((*columns.shape, 3)), np.zeros(columns.shape)
    edge = np.array([-camera.cx, -camera.cy]) / [camera.fx, camera.fy]
    span = np.array([camera.width, camera.height]) / [camera.fx, camera.fy]
    for n in np.argsort(local[:, 2]):
        if local[n, 2] < rendering.NEAR * splats.size:
            continue
        u, v = np.clip(local[n, :2] / local[n, 2], edge - 0.15 * span, edge + 1.15 * span)
        long = np.sqrt(u * u + v * v + 1)
        jacobian = np.array([[camera.fx, 0, -camera.fx * u], [0, camera.fy, -camera.fy * v]]) / local[n, 2]
        jacobian = np.vstack([jacobian, np.array([u, v, 1]) / long])
        axes = rotation.T @ turn[n] * splats.scales[n]
        full = jacobian @ axes @ axes.T @ jacobian.T
        ellipse = full[:2, :2] + 0.3 * np.eye(2)
        inverse = np.linalg.inv(ellipse)
        opacity = float(splats.opacities[n])
        if splats.antialiased:
            opacity *= np.sqrt(max(np.linalg.det(full[:2, :2]) / np.linalg.det(ellipse), 0.000025))
        center = local[n, :2] / local[n, 2] * [camera.fx, camera.fy] + [camera.cx, camera.cy]
        d = np.stack([columns - center[0], rows - center[1]], axis=-1)
        alpha = opacity * np.exp(-0.5 * np.einsum("hwi,ij,hwj->hw", d, inverse, d))
        weight = np.where(alpha >= 1 / 255, np.minimum(alpha, 0.99), 0.0) * light
        colour += weight[..., None] * colours[n]
        depth += weight * (np.linalg.norm(local[n]) + d @ inverse @ full[:2, 2])
        light -= weight
    return colour + light[..., None], 1 - light, depth / np.maximum(1 - light, 1e-9)


@pytest.mark.parametrize("degree", [0, 3])
def test_a_picture_is_within_a_255th_of_the_formulas(degree):
    splats, seen_from = random_splats(150, degree), camera()
    found, (colour, opacity, depth) = rendering.picture(splats, seen_from), reference(splats, seen_from)
    assert opacity.max() > 0.99 and opacity.min() < 0.3
    assert np.abs(found.rgb - colour).max() < 1 / 255
    assert np.abs(found.opacity - opacity).max() < 1 / 255
    hit = opacity > 0.5
    assert np.abs(found.depth - depth)[hit].max() < 0.01


def test_a_camera_among_them_and_splats_smaller_than_pixels():
    made = random_splats(150, 2, seed=3)
    small = Splats(**{**vars(made), "log_scales": made.log_scales - 3.0, "antialiased": True})
    for splats, at in [(made, (0.2, 0.1, 0.0)), (small, (2.2, -1.4, 0.9))]:
        seen_from = camera(at=at)
        assert np.abs(rendering.picture(splats, seen_from).rgb - reference(splats, seen_from)[0]).max() < 1 / 255


def test_bands_of_the_picture_are_the_picture(monkeypatch):
    splats = random_splats(150)
    whole = rendering.picture(splats, camera())
    monkeypatch.setattr(rendering, "PAIRS", 40)
    shares = list(rendering.parts(splats, camera()))
    assert len(shares) == 4 and shares[-1] == 1.0
    assert np.array_equal(rendering.picture(splats, camera()).rgb, whole.rgb)


def test_depth_follows_a_slanted_sheet():
    """One flat Gaussian, seen at a slant: the depth is that of its plane at every pixel, not of its centre."""
    turn = np.array([[np.cos(0.4), np.sin(0.4), 0.0, 0.0]], dtype=np.float32)
    sheet = Splats(np.zeros((1, 3), np.float32), np.log(np.array([[0.5, 0.5, 1e-3]], np.float32)), turn,
                   np.array([6.0], np.float32), np.zeros((1, 1, 3), np.float32))  # fmt: skip
    seen_from = Camera(looking_at(np.array([0.0, 0.0, 4.0]), np.zeros(3), (0.0, 1.0, 0.0)), 200, 200, 32, 32, 64, 64)
    found = rendering.picture(sheet, seen_from)
    from shapefield.nerf.cameras import rays

    origins, directions = rays(seen_from)
    normal = np.array([0.0, -np.sin(0.8), np.cos(0.8)])
    truth = (-(origins @ normal) / (directions @ normal)).reshape(64, 64)
    near = found.opacity > 0.9
    assert near.sum() > 100 and np.ptp(truth[near]) > 0.2
    assert np.abs(found.depth - truth)[near].max() < 0.02


def test_gaussians_of_any_finite_numbers_are_drawn_in_finite_pixels():
    """Sizes, places and opacities at the ends of what the reader lets through; some right before the lens."""
    generator = np.random.default_rng(5)
    made = random_splats(400, 3)
    extreme = Splats(
        positions=(made.positions * 10.0 ** generator.uniform(-6, 5.9, (400, 1))).astype(np.float32),
        log_scales=generator.uniform(-40, 13.9, (400, 3)).astype(np.float32),
        rotations=made.rotations,
        logits=generator.choice(np.array([-80.0, 0.0, 80.0], np.float32), 400),
        harmonics=made.harmonics * 1e3,
    )
    for seen_from in (camera(), camera(at=(1e-4, 0.0, 1e-4)), camera(at=(9e5, 0.0, 0.0))):
        found = rendering.picture(extreme, seen_from)
        assert np.isfinite(found.rgb).all() and np.isfinite(found.depth).all()
        assert found.opacity.min() >= 0 and found.opacity.max() <= 1
