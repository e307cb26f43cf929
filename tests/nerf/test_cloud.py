"""The exported point cloud as a file."""

from pathlib import Path

import numpy as np

from shapefield.mesh.model import Mesh
from shapefield.nerf.cloud import write_cloud
from shapefield.storage.mark import is_ours


def test_a_cloud_is_a_ply_with_our_mark(tmp_path: Path) -> None:
    points = np.arange(12, dtype=float).reshape(4, 3)
    write_cloud(Mesh(points, np.zeros((0, 3), np.int64), np.full((4, 3), 7, np.uint8)), tmp_path / "a.ply")
    data = (tmp_path / "a.ply").read_bytes()
    rows = np.frombuffer(data[data.index(b"end_header\n") + 11 :], "<f4,<f4,<f4,u1,u1,u1")
    assert is_ours(tmp_path / "a.ply") and rows.tolist()[3] == (9.0, 10.0, 11.0, 7, 7, 7)


def test_a_cloud_far_from_the_origin_keeps_its_shape_and_its_unit(tmp_path: Path) -> None:
    points = 1e8 + np.arange(12, dtype=float).reshape(4, 3)
    write_cloud(Mesh(points, np.zeros((0, 3), np.int64), unit="mm"), tmp_path / "a.ply")
    head, _, rows = (tmp_path / "a.ply").read_bytes().partition(b"end_header\n")
    assert b"comment unit mm" in head and b"element face" not in head
    np.testing.assert_array_equal(np.frombuffer(rows, "<f8").reshape(4, 3), points)
