"""Cameras: conversions there and back, known projections, the lens and its inverse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shapefield.errors import InputError
from shapefield.nerf import cameras, lens, paths
from shapefield.nerf.cameras import Camera


def any_pose(seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    q, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    pose = np.eye(4)
    pose[:3, :3] = q * np.sign(np.linalg.det(q))
    pose[:3, 3] = generator.normal(size=3) * 3
    return pose


def camera(pose: np.ndarray | None = None, distortion=(0.0, 0.0, 0.0, 0.0)) -> Camera:
    return Camera(np.eye(4) if pose is None else pose, 100.0, 110.0, 32.0, 24.0, 64, 48, distortion)


def test_opengl_camera_looks_along_minus_z_with_y_up():
    """A point up and right before the camera lands in the upper right quarter of the picture."""
    xy, depth = cameras.project(camera(), np.array([[0.1, 0.1, -1.0], [0.0, 0.0, -2.0]]))
    assert np.allclose(xy[0], [42.0, 13.0])
    assert np.allclose(xy[1], [32.0, 24.0])
    assert np.allclose(depth, [1.0, 2.0])


def test_what_is_behind_has_no_pixel():
    xy, depth = cameras.project(camera(), np.array([[0.0, 0.0, 1.0]]))
    assert depth[0] < 0 and np.isnan(xy).all()


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_conversions_return_the_same_pose(seed: int):
    pose = any_pose(seed)
    assert np.allclose(cameras.opencv_from_opengl(cameras.opengl_from_opencv(pose)), pose)
    assert np.allclose(cameras.opengl_from_llff(cameras.llff_from_opengl(pose)), pose)
    assert np.allclose(cameras.opengl_from_colmap(*cameras.colmap_from_opengl(pose)), pose, atol=1e-9)


def test_colmap_identity_sees_along_plus_z_with_y_down():
    """COLMAP's identity pose: world z forward, y down; a point at (0, 1, 5) is below the middle."""
    pose = cameras.opengl_from_colmap(np.array([1.0, 0, 0, 0]), np.zeros(3))
    xy, depth = cameras.project(camera(pose), np.array([[0.0, 1.0, 5.0]]))
    assert np.allclose(depth, 5.0) and np.allclose(xy, [[32.0, 24.0 + 110.0 / 5]])


def test_llff_columns_are_down_right_backwards():
    pose = cameras.opengl_from_llff(np.array([[0.0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0]]))
    assert np.allclose(pose, np.eye(4))


@given(st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_rays_and_projection_are_inverse(seed: int):
    generator = np.random.default_rng(seed)
    seen = camera(any_pose(seed), (0.1, -0.02, 0.003, -0.002))
    pixels = generator.uniform([0, 0], [64, 48], size=(50, 2))
    origins, directions = cameras.rays(seen, pixels)
    xy, _ = cameras.project(seen, origins + directions * generator.uniform(0.5, 9, (50, 1)))
    assert np.abs(xy - pixels).max() < 1e-6
    assert np.allclose(np.linalg.norm(directions, axis=1), 1.0)


def test_lens_moves_points_as_opencv_says():
    """At (0.5, 0) with k1 = 0.2, k2 = 0.1: radial factor 1 + 0.2 / 4 + 0.1 / 16; p2 = 0.01 adds 3 p2 / 4."""
    moved = lens.distorted(np.array([[0.5, 0.0]]), (0.2, 0.1, 0.0, 0.01))
    assert np.allclose(moved, [[0.5 * (1 + 0.05 + 0.00625) + 0.01 * 0.75, 0.0]])


@pytest.mark.parametrize(
    "lens",
    [(1e9, 0, 0, 0), (-1e9, 0, 0, 0), (1e300, 0, 0, 0), (-12.0, 0, 0, 0), (0, 0, 50.0, 0), (np.nan, 0, 0, 0)],
    ids=str,
)
def test_a_lens_that_folds_the_picture_is_refused(lens):
    with pytest.raises(InputError, match="one-to-one, got k1"):
        camera(distortion=lens)


def test_a_wide_lens_whose_corners_alone_fold_is_taken():
    """r (1 - 2 r^2) grows up to r = 0.408, where it is 0.272: beyond the edges' 0.25, before the corners' 0.35."""
    Camera(np.eye(4), 100.0, 100.0, 25.0, 25.0, 50, 50, (-2.0, 0.0, 0.0, 0.0))
    with pytest.raises(InputError):
        Camera(np.eye(4), 100.0, 100.0, 30.0, 30.0, 60, 60, (-2.0, 0.0, 0.0, 0.0))


def test_resizing_keeps_rays():
    big = camera(any_pose(1))
    small = cameras.resized(big, 32, 24)
    _, a = cameras.rays(big, np.array([[20.0, 10.0]]))
    _, b = cameras.rays(small, np.array([[10.0, 5.0]]))
    assert np.allclose(a, b)


@pytest.mark.parametrize(
    "pose",
    [
        np.zeros((4, 4)),
        np.diag([1.0, 1.0, -1.0, 1.0]),
        np.diag([1.0, 1.0, 3.0, 1.0]),
        np.full((4, 4), np.nan),
        np.eye(2),
    ],
)
def test_impossible_poses_are_refused(pose: np.ndarray):
    with pytest.raises(InputError):
        camera(pose)


def test_uniform_scale_in_a_pose_is_divided_out():
    pose = any_pose(3)
    scaled = pose.copy()
    scaled[:3, :3] *= 0.25
    assert np.allclose(camera(scaled).pose, pose)


def test_cameras_that_look_at_a_point_meet_there():
    target = np.array([0.3, -0.2, 0.5])
    many = [camera(cameras.looking_at(p, target)) for p in np.random.default_rng(0).normal(size=(8, 3)) * 4]
    assert np.allclose(paths.meeting_point(many), target, atol=1e-2)


def test_spiral_stays_where_the_cameras_are_and_never_enters_a_scene_they_surround():
    target, offsets = np.array([1.0, 2.0, 3.0]), np.random.default_rng(0).normal(size=(40, 3))
    around = target + 4.0 * offsets / np.linalg.norm(offsets, axis=1, keepdims=True)
    before = target + [0.0, 0.0, 4.0] + 0.5 * offsets.clip(-1, 1)
    for places, nearest in ((around, 2.5), (before, 3.0)):
        many = [camera(cameras.looking_at(p, target)) for p in places]
        way = paths.spiral(many, target, 24)
        away = np.array([np.linalg.norm(c.position - target) for c in way])
        assert nearest < away.min() and away.max() < 5.5
        assert np.ptp([c.position for c in way], axis=0).max() > 0.3


def test_orbit_keeps_distance_and_looks_at_its_target():
    target = np.array([1.0, 2.0, 0.5])
    given_ones = [
        camera(cameras.looking_at(target + np.array([3 * np.cos(a), 3 * np.sin(a), 1.0]), target)) for a in range(6)
    ]
    for one in paths.orbit(given_ones, target, 12):
        assert np.isclose(np.linalg.norm(one.position - target), np.sqrt(10.0))
        xy, _ = cameras.project(one, target[None])
        assert np.allclose(xy, [[32.0, 24.0]])


def test_path_passes_through_its_keyframes():
    keys = [camera(any_pose(k)) for k in range(4)]
    way = paths.through(keys, 31)
    for k, key in enumerate(keys):
        assert np.allclose(way[10 * k].pose, key.pose, atol=1e-9)


@pytest.mark.parametrize("number", [np.nan, np.inf, 1e300])
def test_a_translation_without_end_is_damage(number):
    with pytest.raises(InputError, match="finite translation"):
        cameras.opengl_from_colmap(np.array([1.0, 0.5, 0, 0]), np.array([0.0, number, 1.0]))
