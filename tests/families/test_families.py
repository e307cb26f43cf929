"""A family of boxes: its members, unseen shapes, and what lies between; small networks, few steps, stated facts."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import shapefield as sf
from shapefield.cli.main import main
from shapefield.driving import finish
from shapefield.errors import InputError, UsageError
from shapefield.mesh.reading import read


def test_the_members_come_back_in_their_own_units(trained: Path) -> None:
    family = sf.Family.load(trained)
    assert len(family.members) == 4 and len(family.held) == 1 and family.codes.shape == (4, 4)
    for name in family.names:
        mesh = read(family.members[family.index(name)].path)
        radius, middle = mesh.similarity().radius, mesh.bounds.mean(axis=0)
        on_faces = mesh.triangles.mean(axis=1)
        away = np.abs(family.field(name).field(on_faces)) / radius
        assert away.mean() < 0.08  # its own place and size: another's faces are farther off than its radius
        assert family.field(name).field(middle[None])[0] < 0 < family.field(name).field(middle[None] + radius)[0]


def test_the_field_s_gradient_points_outward_in_input_units(trained: Path) -> None:
    field, middle = sf.Family.load(trained).field("box0"), np.zeros(3)  # the box that no place or size was given
    outside = middle + np.array([[0.0, 0, 3.0]])
    assert field.field(middle[None])[0] < 0 < field.field(outside)[0]
    assert field.gradient(outside)[0, 2] > 0


def test_an_unseen_shape_is_nearer_with_its_own_code_than_with_any_member_s(trained: Path) -> None:
    family = sf.Family.load(trained)
    unseen = read(family.held[0].path)
    found = finish(family.fitted(unseen, steps=60))
    assert found.error is not None
    away = np.abs(found.field(unseen.triangles.mean(axis=1))) / unseen.similarity().radius
    assert away.mean() < 0.1 and found.error < 0.1 * unseen.similarity().radius
    assert family.encode(unseen, steps=20).shape == (4,)
    with pytest.raises(InputError, match="at least 30 points, got 3"):
        family.encode(np.eye(3))


def test_what_lies_between_two_members_has_the_ends_themselves(trained: Path) -> None:
    family = sf.Family.load(trained)
    first, *_, last = family.names
    frames = family.interpolate(first, last, 3)
    assert torch.equal(frames[0].code, family.codes[0]) and torch.equal(frames[2].code, family.codes[-1])
    assert frames[1].pose.scale == pytest.approx((frames[0].pose.scale * frames[2].pose.scale) ** 0.5)
    with pytest.raises(UsageError, match="did you mean box"):
        family.field("bux0")


def test_an_edit_moves_along_a_principal_direction(trained: Path) -> None:
    family = sf.Family.load(trained)
    directions, deviations = family.directions()
    name = family.names[0]
    moved = family.edited(name, {0: 2.0}).code - family.field(name).code
    torch.testing.assert_close(moved, 2 * deviations[0] * directions[0])
    torch.testing.assert_close(directions @ directions.T, torch.eye(len(directions)), atol=1e-5, rtol=0)
    with pytest.raises(UsageError, match="axis: expected 0 to 2, got 9"):
        family.edited(name, {9: 1.0})


def test_random_codes_come_again(trained: Path) -> None:
    family = sf.Family.load(trained)
    one, two = (family.sample(2, seed=3) for _ in range(2))
    assert torch.equal(one[0].code, two[0].code) and not torch.equal(one[0].code, one[1].code)


def test_four_members_span_a_grid_and_frames_make_a_film(trained: Path, tmp_path: Path) -> None:
    family = sf.Family.load(trained)
    names = family.names
    rows = family.grid((names[0], names[1], names[2], names[3]), 3)
    torch.testing.assert_close(rows[1][1].code, family.codes.mean(dim=0))
    assert torch.equal(rows[0][2].code, family.codes[1]) and torch.equal(rows[2][0].code, family.codes[2])
    words = ["--resolution", "12", "-q", "--frames", "2", "-o", str(tmp_path)]
    start = ["family", "interpolate", str(trained), names[0], names[1]]
    assert main([*start, "--grid", names[2], names[3], *words]) == 0
    with Image.open(tmp_path / "grid.png") as sheet:
        assert sheet.size == (320, 320) and sheet.getextrema()[0][0] < 200
    assert sorted(p.stem for p in tmp_path.glob("*.ply")) == ["grid_00_00", "grid_00_01", "grid_01_00", "grid_01_01"]
    assert main([*start, "--video", str(tmp_path / "way.gif"), *words[:4], "3", *words[5:]]) == 0
    with Image.open(tmp_path / "way.gif") as film:
        assert getattr(film, "n_frames", 1) == 4  # there and back, the ends once
    assert main([*start, "--video", str(tmp_path / "way.txt"), *words]) == 2
