"""Training sets in others' layouts, read as their public loaders document them."""

from pathlib import Path

import numpy as np
import pytest
from shapes import sphere

from shapefield.cli.main import main
from shapefield.mesh.writing import write

CENTER, RADIUS = np.array([10.0, 0.0, -5.0]), 2.0


@pytest.fixture
def ball_file(tmp_path: Path) -> Path:
    write(sphere(RADIUS, tuple(CENTER), cells=24), tmp_path / "ball.obj")
    return tmp_path


def test_deepsdf_reads_it(ball_file: Path) -> None:
    """deep_sdf.data.unpack_sdf_samples takes `pos` and `neg`; deep_sdf.mesh leaves the frame by / scale - offset."""
    place = ball_file / "SdfSamples/meshes/all/ball.npz"
    place.parent.mkdir(parents=True)
    (ball_file / "NormalizationParameters/meshes/all").mkdir(parents=True)
    words = ["sample", str(ball_file / "ball.obj"), "-n", "4000", "--layout", "deepsdf", "-o", str(place), "-q"]
    assert main(words) == 0
    with np.load(place) as found:
        pos, neg = found["pos"], found["neg"]
    assert pos.dtype == neg.dtype == np.float32 and pos.shape[1] == neg.shape[1] == 4
    assert len(pos) + len(neg) == 4000 and (pos[:, 3] >= 0).all() and (neg[:, 3] < 0).all()
    rows = np.concatenate([pos, neg])
    assert np.abs(np.linalg.norm(rows[:, :3], axis=1) - 1 / 1.03 - rows[:, 3]).max() < 0.01
    with np.load(ball_file / "NormalizationParameters/meshes/all/ball.npz") as frame:
        offset, scale = frame["offset"], frame["scale"]
    world = rows[:, :3] / scale - offset
    distance = np.linalg.norm(world - CENTER, axis=1) - RADIUS
    assert np.abs(distance - rows[:, 3] / scale).max() < 0.02


def test_occupancy_networks_read_it(ball_file: Path) -> None:
    """im2mesh.data.fields: PointsField with unpackbits, PointCloudField; x = points * scale + loc."""
    place = ball_file / "points.npz"
    words = ["sample", str(ball_file / "ball.obj"), "-n", "4001", "--layout", "occupancy", "-o", str(place), "-q"]
    assert main(words) == 0
    with np.load(place) as found:
        points, scale, loc = found["points"], found["scale"], found["loc"]
        inside = np.unpackbits(found["occupancies"])[: len(points)].astype(bool)
    assert points.shape == (2000, 3) and np.abs(points).max() <= 0.55
    apart = np.linalg.norm(points * scale + loc - CENTER, axis=1)
    sure = np.abs(apart - RADIUS) > 0.05
    assert ((apart < RADIUS) == inside)[sure].all() and 0.3 < inside.mean() < 0.5
    with np.load(ball_file / "pointcloud.npz") as cloud:
        surface, normals = cloud["points"], cloud["normals"]
    assert surface.shape == normals.shape == (2000, 3) and np.abs(np.ptp(surface, axis=0) - 1).max() < 0.01
    outward = surface / np.linalg.norm(surface, axis=1, keepdims=True)
    assert (normals * outward).sum(axis=1).min() > 0.97
    assert scale == pytest.approx(2 * RADIUS, rel=1e-2) and loc == pytest.approx(CENTER, abs=1e-2)
