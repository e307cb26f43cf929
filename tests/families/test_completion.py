"""Completion against a family whose decoder is a formula: boxes of one width to depth, that differ in two numbers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from boxfamily import HALF, boxes, on_box

from shapefield.driving import finish
from shapefield.errors import InputError, UsageError
from shapefield.events import Notice
from shapefield.families.codefit import fit_code
from shapefield.families.completion import _free, _in_front, complete, marked
from shapefield.families.family import Family
from shapefield.families.halves import SEEN, half_of
from shapefield.families.measured import Measured, outward_normals
from shapefield.families.partial import Partial, partial_of
from shapefield.families.planes import build as planes
from shapefield.mesh.model import Mesh
from shapefield.mesh.reading import read
from shapefield.mesh.writing import write
from shapefield.methods import PlaneFamilyOptions
from shapefield.solid import solidify


def half_box() -> np.ndarray:
    """The part of a box above y = 0, elsewhere and in other units."""
    points = on_box(HALF, 6000)
    return 30.0 * points[points[:, 1] > 0] + [100.0, 0.0, -5.0]


def test_the_unseen_half_of_a_box_comes_back_in_the_scan_s_own_units() -> None:
    found = finish(complete(boxes(), Partial(half_box())))
    faces = np.array([[100, -12, -5], [121, 0, -5], [100, 0, 10], [79, -5, -5.0]])
    assert np.abs(found.field(faces)).max() < 1.5  # of a box 42 by 24 by 30
    assert found.field(np.array([[100.0, 0, -5]]))[0] < -8
    assert found.error is not None and found.error < 0.5


def test_what_was_measured_is_kept_and_what_was_not_is_marked() -> None:
    points = half_box()
    points[:, 1] += 1.5 * np.sin(points[:, 0] / 3) * (points[:, 1] > 11.9)  # ripples that no box has
    found = finish(complete(boxes(), Partial(points), keep=True, width=0.1, steps=100, seed=1))
    ripples = points[points[:, 1] > 10]
    assert np.abs(found.field(ripples)).mean() < 0.25
    assert np.abs(finish(complete(boxes(), Partial(points), steps=100, seed=1)).field(ripples)).mean() > 0.5
    mesh = found.mesh(24)
    made, invented, share = marked(mesh, found)
    assert 0.25 < share < 0.75 and invented.shape == (len(mesh.vertices),)
    assert invented[mesh.vertices[:, 1] < -8].min() == 1 and invented[mesh.vertices[:, 1] > 8].mean() < 0.1
    assert made.colors is not None and len(np.unique(made.colors[invented == 1], axis=0)) == 1


def test_free_space_lies_between_the_camera_and_the_points() -> None:
    points, camera = half_box(), np.array([100.0, 300.0, -5.0])
    points = points[points[:, 1] > 11.9]
    free = _free(points, camera, 0)
    assert free[:, 1].min() > 12 and free[:, 1].max() < 300
    field = finish(complete(boxes(), Partial(points), camera, seed=2))
    assert (field.field(free) > 0).mean() > 0.95


def test_measured_planes_are_exact_and_end_with_the_width() -> None:
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, 40), np.linspace(-1, 1, 40)), axis=-1).reshape(-1, 2)
    points = np.hstack([grid, np.zeros((1600, 1))])
    plane = Measured(points, np.tile([0.0, 0, 1], (1600, 1)), 0.2)
    asked = np.array([[0.1, 0.2, 0.03], [0.1, 0.2, -0.05], [0.3, 0.3, 0.9]])
    distance, near = plane.value(asked)
    np.testing.assert_allclose(distance, [0.03, -0.05, 0.9], atol=1e-9)
    kept = plane.kept_in(lambda x: np.full(len(x), 0.5, np.float32))(asked)
    np.testing.assert_allclose(kept, [0.03, -0.05, 0.5], atol=1e-6)
    assert plane.invented(asked).tolist()[::2] == [0.0, 1.0] and near[2] > 0.2


def test_normals_of_a_cloud_point_to_the_camera_or_along_the_field() -> None:
    points = on_box(HALF, 3000)
    top = points[np.abs(points[:, 1] - 0.4) < 1e-9]
    up = outward_normals(top, lambda x: np.tile([0.0, 1, 0], (len(x), 1)))
    np.testing.assert_allclose(up, np.tile([0.0, 1, 0], (len(top), 1)), atol=1e-6)
    below = outward_normals(top, lambda x: x, np.array([0.0, -9, 0]))
    np.testing.assert_allclose(below, -up, atol=1e-6)


@pytest.mark.parametrize("suffix", ["npy", "xyz", "csv", "ply"])
def test_clouds_are_read_with_their_normals(tmp_path: Path, suffix: str) -> None:
    points = on_box(HALF, 50).round(4)
    table, place = np.hstack([points, np.tile([0.0, 0, 1], (50, 1))]), tmp_path / f"scan.{suffix}"
    if suffix == "npy":
        np.save(place, table)
    elif suffix == "ply":
        head = "".join(f"property float {name}\n" for name in ("x", "y", "z", "nx", "ny", "nz"))
        rows = "\n".join(" ".join(f"{v:g}" for v in row) for row in table)
        place.write_text(f"ply\nformat ascii 1.0\nelement vertex 50\n{head}end_header\n{rows}\n")
    else:
        heading = "x,y,z,nx,ny,nz" if suffix == "csv" else ""
        np.savetxt(place, table, delimiter="," if suffix == "csv" else " ", header=heading, comments="")
        place.write_text(place.read_text().lstrip("\n"))
    found = partial_of(place)
    np.testing.assert_allclose(found.points, points, atol=1e-5)
    assert found.normals is not None and np.allclose(found.normals, [0, 0, 1])


def test_a_mesh_without_an_inside_is_a_part_too(tmp_path: Path) -> None:
    square = Mesh(np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]), np.array([[0, 1, 2], [0, 2, 3]]), unit="mm")
    write(square, tmp_path / "square.ply")
    found = partial_of(tmp_path / "square.ply")
    assert found.unit == "mm" and np.ptp(found.points[:, 2]) == 0 and np.allclose(found.normals, [0, 0, 1])


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("0 0 0\n1 0 0\n0 1 0\n", "expected at least 30 points, got 3: scan more"),
        ("0 0 0\n" * 40, "expected points apart from each other, got one place"),
        ("0 0 0\n1 0 0\n0 1\n" * 20, "expected 3 numbers in every line, got 2 in row 3"),
    ],
)
def test_a_scan_that_says_too_little_is_refused_in_one_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "scan.xyz").write_text(content)
    with pytest.raises(InputError, match=told):
        partial_of(tmp_path / "scan.xyz")


def test_arrays_that_are_no_points_are_refused() -> None:
    with pytest.raises(UsageError, match=r"numbers \(n, 3\)"):
        partial_of(np.zeros((40, 2)))
    with pytest.raises(UsageError, match="NaN or infinity"):
        partial_of(np.full((40, 3), np.nan))


def test_the_command_completes_and_marks(tmp_path: Path, capsys, monkeypatch) -> None:
    from shapefield.cli.main import main

    np.save(tmp_path / "scan.npy", half_box())
    monkeypatch.setattr(Family, "load", classmethod(lambda cls, path: boxes()))
    words = ["family", "complete", "boxes.family", str(tmp_path / "scan.npy"), "-o", str(tmp_path / "whole.ply")]
    words += ["--resolution", "24", "--marks", str(tmp_path / "marks.npy"), "--free-space", "100,300,-5", "--json"]
    assert main([*words, "--keep-measured"]) == 0
    told = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    mesh, marks = read(tmp_path / "whole.ply"), np.load(tmp_path / "marks.npy")
    assert told["invented"] == pytest.approx(0.5, abs=0.25) and told["kept"] is True
    assert len(marks) == told["vertices"] and mesh.colors is not None and mesh.bounds[1, 1] < 15
    assert main([*words, "--free-space", "1,2"]) == 2
    assert "camera's place as X,Y,Z" in capsys.readouterr().err


def test_a_half_is_half_of_the_surface_and_its_errors_are_told_apart() -> None:
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1.0)])
    sides = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6],
             [0, 6, 4], [1, 5, 7], [1, 7, 3]]  # fmt: skip
    cube = finish(solidify(Mesh(corners, np.array(sides))))
    half = replace(half_of(cube, 0), direction=np.array([0, 0, 1.0]), middle=0.0)
    partial = half.partial()
    assert 0.45 < len(partial.points) / (2 * SEEN) < 0.55 and partial.points[:, 2].min() > 0
    assert np.allclose(half.errors(Mesh(corners, np.array(sides)), 2000), 0, atol=1e-9)
    longer = corners * [1, 1, 1] - [0, 0, 0.3] * (corners[:, 2:] < 0)
    seen, unseen = half.errors(Mesh(longer, np.array(sides)), 4000)
    assert seen < 1e-9 and 0.02 < unseen < 0.2


def test_numbers_of_its_own_bring_a_shape_nearer_that_no_code_is_of() -> None:
    options = PlaneFamilyOptions(code=4, cells=8, features=4, width=16, depth=1, frequencies=2)
    decoder, codes = planes(options).eval(), torch.zeros(3, 4)
    points = torch.rand(400, 3, generator=torch.Generator().manual_seed(0)) * 2 - 1
    wanted = points.norm(dim=1) - 0.6
    found = [
        finish(fit_code(decoder, codes, points, wanted, clamp=0.1, weight=1e-4, own=own, steps=60))
        for own in (0, decoder.own)
    ]
    assert found[0].code.shape == (4,) and found[1].code.shape == (4 + decoder.own,)
    assert found[1].error < 0.8 * found[0].error


def test_a_scan_of_another_kind_is_doubted_in_one_line() -> None:
    random = np.random.default_rng(0)
    job, lines = complete(boxes(), Partial(random.uniform(-1, 1, (300, 3))), steps=20), []
    while True:
        try:
            event = next(job)
        except StopIteration:
            break
        lines += [event.message] if isinstance(event, Notice) else []
    assert len(lines) == 1 and lines[0].startswith("partial: no code comes near it, 0.")


def test_space_in_front_of_a_scan_with_normals_is_free() -> None:
    points = on_box(HALF, 4000)
    faces = np.argmax(np.abs(points) / HALF, axis=1)
    normals = np.eye(3)[faces] * np.sign(points[np.arange(4000), faces])[:, None]
    free = _in_front(points, normals, 0)
    outside = (np.abs(free) - HALF).max(axis=1)
    assert outside.min() >= 0 and 0.1 < outside.max() < 0.16
    facing = np.vstack([points, points + np.array([0.0, 0.85, 0.0])])  # another such box beside it, 0.05 away
    free = _in_front(facing, np.vstack([normals, normals]), 0)
    inside = (np.abs(free - [0.0, 0.85, 0.0]) < HALF - 0.01).all(axis=1)
    assert inside.mean() < 0.02
