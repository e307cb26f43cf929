"""What was lost of the visible surface and what was added, against areas that are known."""

import subprocess
import sys

import numpy as np
import pytest
import trimesh

from shapefield.distance.signed import SurfaceDistance
from shapefield.distance.visibility import RAYS, visible
from shapefield.mesh.model import Mesh
from shapefield.preservation import COARSE, Asked, lost_and_added


def box(size: tuple[float, float, float], center: tuple[float, float, float] = (0, 0, 0)) -> Mesh:
    made = trimesh.creation.box(extents=size)
    return Mesh(made.vertices + np.array(center, dtype=float), made.faces)


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = [m.faces + start for m, start in zip(meshes, starts[:-1], strict=True)]
    return Mesh(np.concatenate([m.vertices for m in meshes]), np.concatenate(faces))


LARGE, SMALL = box((4, 4, 4)), box((1, 2, 1), (5, 0, 0))


def test_a_part_that_vanished_is_a_share_of_the_area_and_has_a_size():
    found = lost_and_added(joined(LARGE, SMALL), LARGE)
    assert found.lost == pytest.approx(10 / 106, abs=1e-3) and found.added == 0.0
    assert found.vanished_parts == 1
    part = found.vanished[0]
    assert part.extent == pytest.approx((1, 2, 1)) and part.center == pytest.approx((5, 0, 0))
    assert part.share == pytest.approx(10 / 106)
    assert lost_and_added(LARGE, joined(LARGE, SMALL)).added == pytest.approx(10 / 106, abs=1e-3)


def test_nothing_is_lost_of_what_is_there():
    found = lost_and_added(joined(LARGE, SMALL), joined(SMALL, LARGE))
    assert (found.lost, found.added, found.lost_fine, found.added_fine, found.vanished_parts) == (0, 0, 0, 0, 0)


def test_a_part_too_small_for_any_of_the_points_is_missed_all_the_same():
    speck = box((0.1, 0.1, 0.1), (3, 0, 0))  # 0.0006 of the area, and every part's points are its own
    found = lost_and_added(joined(LARGE, speck), LARGE)
    assert found.vanished_parts == 1 and found.vanished[0].extent == pytest.approx((0.1, 0.1, 0.1))
    assert found.lost < 2e-3


def test_what_nobody_can_see_is_not_missed():
    hidden = box((1, 1, 1))
    found = lost_and_added(joined(LARGE, hidden), LARGE)
    assert found.lost == 0.0 and found.vanished_parts == 0
    lidless = Mesh(LARGE.vertices, LARGE.faces[LARGE.face_normals[:, 2] < 0.5])
    found = lost_and_added(joined(lidless, hidden), lidless)  # now somebody can, from above
    assert found.lost > 0.01 and found.vanished_parts == 1


def test_small_shifts_are_told_beside_and_are_no_loss():
    radius = LARGE.similarity().radius
    shifted = Mesh(LARGE.vertices + np.array([0, 0, 0.01 * radius]), LARGE.faces)
    found = lost_and_added(LARGE, shifted)
    assert found.lost == 0.0 and found.added == 0.0
    assert found.lost_fine == pytest.approx(1 / 3, abs=0.01)  # top and bottom; the sides lie in themselves
    assert found.as_dict()["beyond"] == pytest.approx(COARSE * radius)


@pytest.mark.parametrize(("scale", "offset"), [(1e-6, 0.0), (1e5, 1e7)])
def test_any_unit_and_origin(scale, offset):
    given, kept = (Mesh(m.vertices * scale + offset, m.faces) for m in (joined(LARGE, SMALL), LARGE))
    found = lost_and_added(given, kept)
    assert found.lost == pytest.approx(10 / 106, abs=1e-3) and found.radius == pytest.approx(given.similarity().radius)
    assert found.vanished[0].extent == pytest.approx((scale, 2 * scale, scale), rel=1e-6)


def unit(mesh: Mesh, of: Mesh) -> SurfaceDistance:
    return SurfaceDistance(of.similarity().to_unit(mesh.vertices), mesh.faces)


def test_a_sheet_that_was_given_a_thickness_is_there():
    sheet = Mesh(np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0.0]]), [[0, 1, 2], [0, 2, 3]])
    given = joined(sheet, SMALL)
    thick = joined(box((4.4, 4.4, 0.4), (2, 2, 0)), SMALL)
    assert lost_and_added(given, thick).lost > 0.5 and lost_and_added(given, thick).added > 0.5
    asked = Asked(thickness=0.2 * given.similarity().scale, solid=unit(thick, given))
    found = lost_and_added(given, thick, asked)
    assert (found.lost, found.vanished_parts) == (0, 0) and found.added < 0.01  # the slab's corners are not round
    slab = box((4.4, 4.4, 0.4), (2, 2, 0))
    assert lost_and_added(given, slab, asked).vanished_parts == 1, "the box beside it must not hide in the thickness"


@pytest.mark.parametrize("level", [0.5, -0.5])
def test_an_offset_is_no_loss_nor_what_it_closes_or_dissolves(level):
    """A plate thinner than twice an inward offset goes; a slit narrower than twice an outward one closes."""
    plate, other = box((4, 4, 0.4), (0, 0, 3)), box((4, 4, 4), (0, 0, -1))
    slit = joined(box((4, 4, 4)), box((4, 4, 4), (0, 4.4, 0)))
    given = slit if level > 0 else joined(plate, other)
    result = box((5, 9.4, 5), (0, 2.2, 0)) if level > 0 else box((3, 3, 3), (0, 0, -1))
    blind = lost_and_added(given, result)
    assert blind.lost > 0.1
    asked = Asked(level=level * given.similarity().scale, solid=unit(given, given))
    found = lost_and_added(given, result, asked)
    assert found.lost == 0.0 and found.vanished_parts == 0
    assert found.added < 0.12  # square corners, where an exact offset has round ones
    wider = joined(given, box((1, 2, 1), (0, 12, 0)))  # which neither the solid nor the result has
    asked = Asked(level=level * wider.similarity().scale, solid=unit(given, wider))
    assert lost_and_added(wider, result, asked).vanished_parts == 1


def test_a_crop_and_parts_that_were_to_go_are_no_loss():
    given = joined(LARGE, SMALL)
    half = box((2, 4, 4), (-1, 0, 0))  # closed at x = 0
    crop = given.similarity().to_unit(np.array([[-3, -3, -3], [0, 3, 3.0]]))
    assert lost_and_added(given, half).lost > 0.4 and lost_and_added(given, half).added > 0.2
    found = lost_and_added(given, half, Asked(crop=crop))
    assert (found.lost, found.added, found.vanished_parts) == (0, 0, 0)
    left_out = np.arange(len(given.faces)) >= len(LARGE.faces)
    found = lost_and_added(given, LARGE, Asked(left_out=left_out))
    assert (found.lost, found.vanished_parts) == (0, 0)


def test_what_can_be_seen_from_outside():
    inside = SurfaceDistance(LARGE.vertices, LARGE.faces)
    points = np.random.default_rng(0).uniform(-1.9, 1.9, (500, 3))
    assert not visible(inside, points).any() and visible(inside, points + 4.0).all()
    # a tube's bottom sees a small part of the sky, and by that share of its points it is seen
    tube = trimesh.creation.cylinder(1.0, 8.0, sections=64)
    tube = Mesh(tube.vertices, tube.faces[tube.face_normals[:, 2] < 0.5])
    bottom = np.tile([0.0, 0.0, -3.999], (4000, 1))
    sky = 0.5 * (1 - 8 / np.hypot(8, 1))  # of the sphere
    found = visible(SurfaceDistance(tube.vertices, tube.faces), bottom, 1.0).mean()
    assert found == pytest.approx(RAYS * sky, rel=0.2)


def test_neither_torch_nor_open3d_is_loaded_for_it():
    code = (
        "import numpy as np, sys; from shapefield.mesh.model import Mesh;"
        "from shapefield.preservation import lost_and_added;"
        "m = Mesh(np.eye(3), [[0, 1, 2]]); n = Mesh(np.eye(3) + 5, [[0, 1, 2]]);"
        "assert lost_and_added(m, n).lost == 1.0; print({'torch', 'open3d'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
