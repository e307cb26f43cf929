"""Matter is learnt where two cameras can refute it: before the lens of one it is not."""

import numpy as np

from shapefield.mesh.model import Similarity
from shapefield.nerf.cameras import Camera, looking_at
from shapefield.nerf.visibility import in_two_views

HERE = Similarity(np.zeros(3), 1.0)


def camera(x: float, y: float) -> Camera:
    """30 pixels, a quarter of a right angle wide, looking at the origin."""
    return Camera(looking_at(np.array([x, y, 0.0]), np.zeros(3)), 72.0, 72.0, 15.0, 15.0, 30, 30)


def cell(seen: np.ndarray, x: float, y: float, z: float = 0.0) -> bool:
    """Whether the cell that holds a point of the grid frame is kept."""
    return bool(seen[tuple(int((v + 1.0) * 0.5 * len(seen)) for v in (x, y, z))])


def test_cells_that_one_camera_alone_has_in_sight_are_left_out():
    seen = in_two_views([camera(3.0, 0.0), camera(0.0, 3.0)], HERE, False, 32)
    assert cell(seen, 0.0, 0.0) and cell(seen, 0.2, 0.2)
    assert not cell(seen, 0.9, 0.0) and not cell(seen, 0.0, 0.9) and not cell(seen, -0.9, -0.9)


def test_what_lies_far_behind_the_box_is_in_the_contracted_map():
    """Two cameras side by side see the far away together, and what is behind them not at all."""
    seen = in_two_views([camera(3.0, 0.0), camera(3.0, 0.3)], HERE, True, 32)
    assert cell(seen, -0.95, 0.0) and cell(seen, 0.0, 0.0) and not cell(seen, 0.97, 0.0)


def test_a_third_camera_adds_to_what_two_see():
    two, three = [camera(3.0, 0.0), camera(0.0, 3.0)], camera(0.9 * 3.0, 0.1)
    assert (in_two_views([*two, three], HERE, False, 32) >= in_two_views(two, HERE, False, 32)).all()
