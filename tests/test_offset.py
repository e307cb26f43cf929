"""Levels: a field outside its box, true offsets either way, and a report that measures what was asked for."""

import math

import numpy as np
import pytest
import torch
import trimesh
from shapes import is_closed, sphere

import shapefield as sf
from shapefield.cli.tables import report_lines
from shapefield.config import ExtractionConfig, SamplingConfig
from shapefield.driving import finish
from shapefield.errors import NoSurfaceError, UsageError
from shapefield.events import Notice
from shapefield.fields.beyond import everywhere
from shapefield.mesh.model import Mesh
from shapefield.metrics import compare
from shapefield.offset import offset, with_room
from shapefield.sampling import draw
from shapefield.solid import solid_of

SMALL = {"samples": 40_000, "resolution": 64, "batch": 2048, "table": 14, "levels": 3, "finest": 64, "base": 32}


class Exact(torch.nn.Module):
    """The distance of a box, (n, 3) → (n, 1)."""

    def __init__(self, half: tuple[float, float, float], rounding: float = 0.0) -> None:
        super().__init__()
        self.half, self.rounding = torch.tensor(half), rounding

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        q = points.abs() - self.half
        return (q.clamp(min=0).norm(dim=1) + q.amax(dim=1).clamp(max=0))[:, None] - self.rounding


@pytest.fixture(scope="module")
def cube() -> Mesh:
    made = trimesh.creation.box((2.0, 2.0, 2.0))
    return Mesh(np.array(made.vertices) + np.array([500.0, 0.0, 0.0]), np.array(made.faces), unit="mm", name="cube.ply")


@pytest.fixture(scope="module")
def grown(cube: Mesh) -> sf.Result:
    return sf.fit(cube, steps=60, level=0.5, **SMALL)


@pytest.fixture(scope="module")
def plain() -> sf.Result:
    return sf.fit(sphere(2.0, (10.0, 0.0, -5.0), cells=24), steps=60, **SMALL)


@pytest.mark.parametrize("field", [Exact((0.5, 0.6, 0.3)), Exact((0.0, 0.0, 0.0), 0.95), Exact((0.9, 0.2, 0.9))])
def test_outside_the_box_a_distance_goes_on_as_a_lower_bound(field: Exact) -> None:
    generator = torch.Generator().manual_seed(0)
    points = 6 * torch.rand(20_000, 3, generator=generator) - 3
    value, truth = everywhere(field, points, "distance"), field(points)[:, 0]
    assert (value <= truth + 1e-5).all()
    outside = (points.abs() > 1).any(dim=1)
    gap = (points - points.clamp(-1, 1)).norm(dim=1)
    assert (value >= gap)[outside].all() and torch.equal(value[~outside], truth[~outside])


def test_at_the_border_there_is_no_jump_whatever_the_field_holds_there() -> None:
    sunk = Exact((1.2, 0.5, 0.5))  # a rough field: negative at the border, where its solid should have ended
    side = torch.linspace(-1, 1, 41)
    y, z = (v.reshape(-1) for v in torch.meshgrid(side, side, indexing="ij"))
    inner, outer = (torch.stack([torch.full_like(y, x), y, z], dim=1) for x in (1.0, 1.0 + 1e-4))
    jump = (everywhere(sunk, inner, "distance") - everywhere(sunk, outer, "distance")).abs().max()
    assert jump < 2e-4
    assert torch.equal(everywhere(sunk, 3 * inner, "occupancy"), -sunk((3 * inner).clamp(-1, 1))[:, 0])


def test_every_way_to_ask_gives_the_same_outside_the_box(plain: sf.Result, tmp_path) -> None:
    away = np.random.Generator(np.random.PCG64(0)).uniform(-9, 9, (400, 3)) + np.array([10.0, 0.0, -5.0])
    value = plain.field(away)
    truth = np.linalg.norm(away - [10.0, 0.0, -5.0], axis=1) - 2.0
    assert (value < truth + 0.02).all() and (value > 0.7 * truth - 0.02).all()
    assert plain.torch()(torch.from_numpy(away)).detach().numpy() == pytest.approx(value, abs=1e-5)
    plain.save(tmp_path / "a.field")
    assert np.array_equal(sf.load(tmp_path / "a.field").field(away), value)
    step = 1e-2 * np.eye(3)
    slopes = np.stack([(plain.field(away + d) - plain.field(away - d)) / 2e-2 for d in step], axis=1)
    assert np.median(np.abs(slopes - plain.gradient(away)).max(axis=1)) < 5e-3


def test_a_cube_s_offset_by_a_quarter_of_its_size_is_steiner_s(grown: sf.Result) -> None:
    surface = grown.mesh(64, level=0.5)
    steiner = 8 + 24 * 0.5 + 6 * math.pi * 0.5**2 + 4 / 3 * math.pi * 0.5**3
    assert surface.volume == pytest.approx(steiner, rel=0.01) and is_closed(surface)
    assert surface.bounds == pytest.approx(np.array([[498.5, -1.5, -1.5], [501.5, 1.5, 1.5]]), abs=0.03)
    assert grown.mesh(64).volume == pytest.approx(8, rel=0.01)  # the field is still the cube's own


def test_the_report_holds_an_offset_against_the_solid_s_offset(grown: sf.Result) -> None:
    report = grown.report
    assert report["level"] == 0.5 and report["quality"]["radius"] == pytest.approx(math.sqrt(3))
    assert report["quality"]["mean"] < 3e-3 and report["quality"]["iou"] > 0.98  # the level alone is 0.29 R
    assert report["quality"]["normal_consistency"] > 0.98
    assert "measured against   the solid offset by 0.5 mm" in "\n".join(
        report_lines(report | {"files": {"mesh": "a", "field": "b"}})
    )


def test_a_negative_level_shrinks_and_one_too_deep_says_how_deep_it_is(cube: Mesh, grown: sf.Result) -> None:
    assert grown.mesh(64, level=-0.3).volume == pytest.approx(1.4**3, rel=0.02)
    with pytest.raises(UsageError, match=r"level: expected above -(0\.\d+|1) mm, the signed .* inside, got -1.2 mm"):
        sf.fit(cube, steps=1, level=-1.2, **SMALL)
    with pytest.raises(NoSurfaceError, match=r"got none: choose one above -(0\.\d+|1\.?\d*) mm, the signed distance"):
        grown.mesh(32, level=-1.5)
    with pytest.raises(UsageError, match=r"at most the shape's bounding radius, 1.732 mm, got 2 mm"):
        grown.mesh(32, level=2.0)


def test_a_field_that_was_made_for_the_shape_alone_says_what_an_offset_loses(plain: sf.Result) -> None:
    assert not told(plain, 0.05)
    (line,) = told(plain, 1.0)
    assert "an offset by 1 leaves the box that was trained" in line and "fit again with --level 1" in line
    most = float(line.split("up to ")[1].split()[0])
    surface = plain.mesh(64, level=1.0)
    excess = np.linalg.norm(surface.vertices - [10.0, 0.0, -5.0], axis=1) - 3.0
    assert -0.1 < excess.min() and 0.05 < excess.max() <= most + 0.02


def told(result: sf.Result, level: float) -> list[str]:
    events = list(result.surface(ExtractionConfig(resolution=48, level=level)))
    return [e.message for e in events if isinstance(e, Notice) and "trained" in e.message]


def test_what_the_box_holds_is_kept_in_the_file(grown: sf.Result, tmp_path) -> None:
    grown.save(tmp_path / "a.field")
    again = sf.load(tmp_path / "a.field")
    assert again.reach == 0.5 and again.radius == pytest.approx(math.sqrt(3)) and not told(again, 0.5)
    assert again.box(ExtractionConfig(level=0.5))[1] == pytest.approx((1.0, 1.0, 1.0))


def test_the_exact_offset_is_the_reference_it_should_be(cube: Mesh) -> None:
    solid = solid_of(cube)
    reference = finish(offset(solid, 0.5, 96))
    inner = trimesh.creation.box((3.0, 3.0, 3.0))  # its corners stand out of the rounded offset
    report = finish(
        compare(Mesh(np.array(inner.vertices) + np.array([500.0, 0, 0]), np.array(inner.faces)), reference, 20_000)
    )
    assert report.max * report.radius == pytest.approx(0.5 * (math.sqrt(3) - 1), abs=0.05)
    same = finish(compare(reference.mesh, reference, 20_000))
    assert same.mean < 1e-3 and same.iou > 0.999 and same.radius == pytest.approx(math.sqrt(3))


def test_samples_for_a_level_lie_around_it_in_a_box_that_holds_it(cube: Mesh) -> None:
    roomy = with_room(solid_of(cube), 0.5)
    level = 0.5 * roomy.similarity.scale
    samples = finish(draw(roomy, SamplingConfig(samples=20_000), level=level))
    around = np.abs(samples.near_distance - level) < 0.08
    assert around.mean() == pytest.approx(0.5, abs=0.05)
    assert np.abs(roomy.similarity.to_unit(np.array([[501.5, 1.5, 1.5]]))).max() < 0.95
