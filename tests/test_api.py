"""The Python API as people expect it: meshes of every library in, arrays and tensors through, reports with notices."""

import dataclasses
import logging
import typing
from pathlib import Path
from types import UnionType
from typing import Any

import numpy as np
import pytest
import torch
import trimesh
from shapes import sphere

import shapefield as sf
from shapefield.errors import InputError, UsageError
from shapefield.lab.comparison.plan import CompareConfig
from shapefield.lengths import Length
from shapefield.mending.config import STAGES as REPAIR_STAGES
from shapefield.mesh.adopting import adopted
from shapefield.methods import METHODS
from shapefield.settings import STAGES
from shapefield.settingtypes import CompareSettings, FitSettings, RepairSettings

QUICK = {"steps": 60, "samples": 8000, "resolution": 48, "batch": 1024, "table": 10, "levels": 3}
BOX = trimesh.creation.box((2.0, 3.0, 4.0))


@pytest.fixture(scope="module")
def ball() -> sf.Result:
    """A fit of a ball of radius 2 at (10, 0, 0), in millimetres."""
    mesh = sphere(2.0, cells=16)
    return sf.fit(sf.Mesh(mesh.vertices + np.array([10.0, 0.0, 0.0]), mesh.faces, unit="mm", name="ball"), **QUICK)


def others() -> dict[str, Any]:
    """The same box as every kind of mesh that is taken."""
    open3d = pytest.importorskip("open3d")
    v, f = np.array(BOX.vertices), np.array(BOX.faces)
    legacy = open3d.geometry.TriangleMesh(open3d.utility.Vector3dVector(v), open3d.utility.Vector3iVector(f))
    tensors = open3d.t.geometry.TriangleMesh(open3d.core.Tensor(v), open3d.core.Tensor(f))
    scene = trimesh.Scene()
    scene.add_geometry(trimesh.creation.box((2.0, 3.0, 4.0)), transform=np.eye(4))
    return {
        "trimesh": BOX,
        "scene": scene,
        "open3d": legacy,
        "open3d tensors": tensors,
        "arrays": (v, f),
        "lists": [v.tolist(), f.tolist()],
        "torch": (torch.from_numpy(v).requires_grad_(), torch.from_numpy(f)),
    }


def test_meshes_of_other_libraries_are_taken_by_one_door() -> None:
    for name, given in others().items():
        made = adopted(given)
        assert isinstance(made, sf.Mesh), name
        assert made.volume == pytest.approx(24.0), name
        assert sf.repair(given).mesh.volume == pytest.approx(24.0), name
        report = sf.evaluate(given, BOX)
        assert report.max < 1e-9 and report.iou == pytest.approx(1.0, abs=1e-3), name
    samples = sf.sample(BOX, 2000, seed=np.int64(3))
    assert len(samples) == 2000 and repr(samples) == "<InputSamples: 1,000 surface, 750 near, 250 uniform>"


class PolyData:
    """What pyvista's class of that name holds: faces as counts and corners in one row."""

    __module__ = "pyvista.core.pointset"

    def __init__(self, points: np.ndarray, faces: list[int]) -> None:
        self.points, self.faces = points, np.array(faces)

    def triangulate(self) -> "PolyData":
        """Of triangles already."""
        return self


def test_pyvista_s_rows_of_counts_and_corners_are_read() -> None:
    faces = np.column_stack([np.full(len(BOX.faces), 3), BOX.faces]).ravel().tolist()
    assert adopted(PolyData(np.array(BOX.vertices), faces)).volume == pytest.approx(24.0)


def test_a_scene_keeps_its_places_its_colours_and_its_unit() -> None:
    scene = trimesh.Scene()
    for x, colour in ((0.0, [255, 0, 0, 255]), (10.0, [0, 0, 255, 255])):
        part = trimesh.creation.box((1.0, 1.0, 1.0))
        part.visual.vertex_colors = np.tile(colour, (8, 1))
        part.units = "millimeters"
        scene.add_geometry(part, transform=trimesh.transformations.translation_matrix([x, 0, 0]))
    made = adopted(scene)
    assert isinstance(made, sf.Mesh) and made.unit == "mm" and made.colors is not None
    assert made.bounds.tolist() == [[-0.5, -0.5, -0.5], [10.5, 0.5, 0.5]]
    assert made.colors[made.vertices[:, 0] > 5].tolist() == [[0, 0, 255]] * 8


def test_a_mesh_goes_to_other_libraries_and_comes_back_bit_for_bit() -> None:
    colours = np.arange(24, dtype=np.uint8).reshape(8, 3) * 10
    mesh = sf.Mesh(BOX.vertices, BOX.faces, colors=colours, unit="mm")
    for back in (adopted(mesh.to_trimesh()), adopted(mesh.to_open3d())):
        assert isinstance(back, sf.Mesh)
        assert (back.vertices == mesh.vertices).all() and (back.faces == mesh.faces).all()
        assert back.colors is not None and (back.colors == colours).all()
    assert adopted(mesh.to_trimesh()).unit == "mm"


def test_a_mesh_checks_what_it_is_given_and_reshapes_nothing() -> None:
    quads = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype=float)
    cube = sf.Mesh(corners, quads)
    assert len(cube.faces) == 12 and cube.volume == pytest.approx(1.0)
    assert repr(cube) == "<Mesh mesh: 8 vertices, 12 faces>"
    for vertices, faces, told in (
        (np.zeros(9), [[0, 1, 2]], r"vertices \(n, 3\), got \(9,\)"),
        (np.zeros((3, 2)), [[0, 1, 2]], r"vertices \(n, 3\), got \(3, 2\)"),
        (np.zeros((3, 3)), np.zeros(6, int), r"faces \(m, 3\), or quads \(m, 4\), got \(6,\)"),
        (np.zeros((3, 3)), np.zeros((1, 5), int), r"got \(1, 5\)"),
        (np.zeros((3, 3)), [[0.0, 1.0, 2.0]], "faces of whole numbers, got float64"),
        (np.zeros((3, 3)), [[0, 1, 3]], "got one of vertex 3"),
        ("abc", [[0, 1, 2]], "vertices .* of numbers, got str"),
    ):
        with pytest.raises(InputError, match=told):
            sf.Mesh(vertices, faces)
    with pytest.raises(UsageError, match=r"expected a path, a Mesh, .*, got int: sf\.Mesh"):
        adopted(5)


def test_numpy_s_numbers_are_options() -> None:
    config = sf.fit_config(steps=np.int64(7), rate=np.float32(0.25), largest=np.bool_(True), crop=np.arange(6.0))
    assert (config.training.steps, config.training.rate, config.extraction.largest) == (7, 0.25, True)
    assert config.extraction.crop == (0.0, 1.0, 2.0, 3.0, 4.0, 5.0)
    assert type(config.training.steps) is int and type(sf.config.SamplingConfig(samples=np.int32(2000)).samples) is int


def test_a_field_takes_points_of_any_leading_shape(ball: sf.Result) -> None:
    points = np.random.default_rng(0).uniform(8.0, 12.0, (2, 5, 3))
    values = ball.field(points)
    assert values.shape == (2, 5) and (values == ball.field(points.reshape(-1, 3)).reshape(2, 5)).all()
    assert ball.gradient(points).shape == (2, 5, 3) and ball.field(points[0, 0]).shape == ()
    assert ball.field(np.empty((0, 3))).shape == (0,)
    with pytest.raises(UsageError, match=r"expected an array \(…, 3\), got \(4,\)"):
        ball.field(np.zeros(4))
    with pytest.raises(UsageError, match=r"got \[nan, 0.0, 0.0\] in row \(1, 0\)"):
        ball.field(np.array([[[0.0, 0, 0]], [[np.nan, 0, 0]]]))


def test_a_tensor_gives_a_tensor_with_gradients(ball: sf.Result) -> None:
    array = np.random.default_rng(1).uniform(8.5, 11.5, (4, 3, 3))
    points = torch.from_numpy(array).requires_grad_()
    values = ball.field(points)
    assert values.shape == (4, 3) and values.dtype == torch.float64
    assert np.abs(values.detach().numpy() - ball.field(array)).max() < 1e-5
    (slope,) = torch.autograd.grad(values.sum(), points, create_graph=True)
    assert np.abs(slope.detach().numpy() - ball.gradient(array)).max() < 1e-3
    again = ball.gradient(points)
    assert torch.allclose(again, slope, atol=1e-6) and again.requires_grad
    plain = ball.field(torch.from_numpy(array.astype(np.float32)))
    assert plain.dtype == torch.float32 and not plain.requires_grad
    assert ball.gradient(torch.from_numpy(array)).shape == (4, 3, 3)
    with pytest.raises(UsageError, match="floating-point"):
        ball.field(torch.zeros(2, 3, dtype=torch.long))


def test_notices_are_logged_and_stand_in_the_report(caplog: pytest.LogCaptureFixture) -> None:
    holed = sf.Mesh(BOX.vertices, BOX.faces[1:])
    with caplog.at_level(logging.INFO, logger="shapefield"):
        result = sf.fit(holed, **QUICK)
    told = [line for line in result.report["notices"] if "1 hole closed" in line]
    assert told and told[0] in [record.message for record in caplog.records if record.name == "shapefield"]


def test_progress_is_drawn_where_it_is_asked_for(ball: sf.Result, capsys: pytest.CaptureFixture) -> None:
    sf.repair(BOX)
    assert capsys.readouterr().err == ""
    sf.repair(BOX, progress=True)
    assert "distances" in capsys.readouterr().err


def test_the_history_falls_and_a_result_is_shown_in_a_line_and_in_a_notebook(ball: sf.Result) -> None:
    history = ball.history
    assert history[0]["step"] == 1 and history[-1]["step"] == 60 and history[-1]["distance"] < history[0]["distance"]
    assert repr(ball).startswith("<Result ball, hybrid, ") and "R = 2 mm" in repr(ball) and len(repr(ball)) < 120
    shown = ball._repr_html_()
    assert 'src="data:image/png;base64,' in shown and "<td>hybrid</td>" in shown
    named = sf.Mesh(BOX.vertices, BOX.faces, name="<script>alert(1)</script>")
    assert "<script>" not in named._repr_html_() and "&lt;script&gt;" in named._repr_html_()


def test_a_picture_of_a_mesh_shows_it() -> None:
    from shapefield.mesh.thumbnail import thumbnail

    seen = thumbnail(sf.Mesh(BOX.vertices, BOX.faces, colors=np.tile(np.uint8([[255, 0, 0]]), (8, 1))), 64)
    red = (seen[..., 0] > seen[..., 1]) & (seen[..., 1] == 0)
    # a box seen along (a, b, c) covers a·3·4 + b·2·4 + c·2·3 of the square that its sphere is inscribed in
    a, b, c = np.abs([0.55, -0.75, 0.4]) / np.linalg.norm([0.55, -0.75, 0.4])
    radius = np.sqrt(2**2 + 3**2 + 4**2) / 2 / 0.95
    assert red.mean() == pytest.approx((12 * a + 8 * b + 6 * c) / (2 * radius) ** 2, rel=0.03)
    assert (seen[0, 0] == 255).all()


def test_any_function_is_measured_as_a_field() -> None:
    center = np.array([10.0, 0.0, 0.0])
    mesh = sphere(2.0, cells=32)
    reference = sf.Mesh(mesh.vertices + center, mesh.faces)
    found = sf.evaluate_field(lambda p: np.linalg.norm(p - center, axis=1) - 2.0, reference, resolution=64)
    assert found.near < 5e-3 and found.uniform < 5e-3 and found.wrong_side < 0.06 and found.surface.mean < 5e-3
    larger = sf.evaluate_field(
        lambda p: torch.linalg.norm(torch.from_numpy(p - center), dim=1, keepdim=True) - 2.1, reference, resolution=64
    )
    assert larger.surface.accuracy == pytest.approx(0.05, abs=5e-3) and larger.near == pytest.approx(0.05, abs=5e-3)
    with pytest.raises(UsageError, match=r"field: expected values \(\d+,\) of points .*, got \(\d+, 3\)"):
        sf.evaluate_field(lambda p: p, reference)


def test_a_comparison_is_made_from_python(tmp_path: Path) -> None:
    found = sf.compare([BOX], ["hashgrid"], output=tmp_path / "r.html", steps=20, seeds=1, parameters=0, resolution=32)
    assert [row.case.method for row in found.rows] == ["hashgrid"]
    assert all(0 < row.values["error"] < 1 for row in found.rows), [row.failed for row in found.rows]
    assert (tmp_path / "r.html").stat().st_size > 5000


def test_config_errors_and_events_are_public() -> None:
    assert sf.errors.InputError is InputError and issubclass(sf.errors.InputError, sf.ShapefieldError)
    assert isinstance(sf.fit_config(method="siren"), sf.config.FitConfig)
    assert isinstance(next(iter(sf.reconstruct(sphere(1.0, cells=8), sf.fit_config(steps=1)))), sf.events.Stage)


def spoken(hint: Any, name: str) -> set[Any]:
    """What a setting of the schema may be given as: a length, a time, and a list of lengths as text too."""
    kinds = set(typing.get_args(hint)) if isinstance(hint, UnionType) else {hint}
    lists = {k for k in kinds if typing.get_origin(k) is tuple}
    texts = {str} if Length in kinds or name in ("budget", "checkpoint_every") else set()
    return (kinds - lists - {Length}) | texts | ({typing.get_type_hints(FitSettings)["crop"]} if lists else set())


def whole(*kinds: type) -> list[tuple[type, list[str]]]:
    """Dataclasses with all of their fields."""
    return [(kind, [field.name for field in dataclasses.fields(kind)]) for kind in kinds]


@pytest.mark.parametrize(
    ("typed", "schema"),
    [
        (FitSettings, whole(*STAGES.values(), *(m.options for m in METHODS.values()))),
        (CompareSettings, whole(CompareConfig)),
        (RepairSettings, REPAIR_STAGES.values()),
    ],
)
def test_settings_have_the_types_of_the_schema(typed: type, schema: list[tuple[type, list[str]]]) -> None:
    wanted: dict[str, set[Any]] = {}
    for kind, own in schema:
        hints = typing.get_type_hints(kind)
        for name in own:
            wanted.setdefault(name, set()).update(spoken(hints[name], name))
    found = {
        n: set(typing.get_args(h)) if isinstance(h, UnionType) else {h} for n, h in typing.get_type_hints(typed).items()
    }
    extra = {"method", "preset", "floor"} if typed is FitSettings else set()
    assert set(found) == set(wanted) | extra
    for name, kinds in wanted.items():
        if name != "crop":
            assert found[name] == kinds, name
