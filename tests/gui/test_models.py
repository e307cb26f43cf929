"""The window's models, without Qt: numbers in words, the camera, the plan and its command line, the scene, runs."""

from __future__ import annotations

import shlex

import numpy as np
import pytest
import trimesh
from shapefield_gui.children import shading
from shapefield_gui.children.normals import with_creases
from shapefield_gui.models import formatting, runs, upright
from shapefield_gui.models.camera import FIT, PRESETS, ViewCamera
from shapefield_gui.models.plan import QUALITIES, FitChoices
from shapefield_gui.models.scene import ShapeScene
from shapefield_gui.models.session import RUNNING, FitSession

from shapefield.events import Preview, Progress, Stage
from shapefield.mesh.model import Mesh
from shapefield.settings import fit_config


def test_numbers_have_three_digits_and_a_unit():
    assert formatting.length(0.021234, "mm") == "0.0212 mm"
    assert (
        formatting.length(1234.5, None) == "1\u202f234 units" or formatting.length(1234.5, None) == "1\u202f230 units"
    )
    assert formatting.significant(3.0) == "3.00"
    assert formatting.significant(0.9996) in ("1.000", "1.00")
    assert formatting.seconds(185) == "3:05 min"
    assert formatting.size(5_580_000) == "5.58 MB"
    assert [formatting.round_length(v) for v in (1.0, 3.0, 7.0, 0.06)] == [1.0, 2.0, 5.0, 0.05]


@pytest.mark.parametrize("z_up", [False, True])
def test_the_cameras_axes_are_a_right_handed_frame(z_up):
    for name in PRESETS:
        axes = ViewCamera(z_up=z_up).preset(name).axes()
        assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(axes) == pytest.approx(1.0)
    top = ViewCamera(z_up=z_up).preset("top").axes()[2]
    assert np.allclose(top, [0, 0, 1] if z_up else [0, 1, 0], atol=1e-12)


@pytest.mark.parametrize(
    "low, high, up",
    [
        ([-20, -20, 0], [20, 20, 60], "z"),
        ([-30, 0.1, -10], [30, 180, 12], "y"),
        ([0, 0, 0], [60, 40, 50], None),
        ([-5, -5, -5], [5, 5, 5], None),
        ([-20, -20, 7], [20, 20, 60], None),
    ],
)
def test_a_shape_that_stands_on_the_origin_tells_which_axis_is_up(low, high, up):
    assert upright.stands(np.array(low, float), np.array(high, float)) == up
    assert (upright.usual("a.STL"), upright.usual("a.obj")) == ("z", "y")


def test_backs_are_lit_as_if_they_faced_the_eye_in_a_colour_of_their_own():
    away = np.full((2, 2, 3), 255, np.uint8)
    away[:, 0] = (128, 128, 0)  # straight away from the eye
    backs = np.array([[True, False]] * 2)
    picture = shading.shade(away, shading.CLAY, backs=backs)
    facing = shading.shade(255 - away[:, :1], shading.BACK)
    assert np.array_equal(picture[:, :1], facing) and (picture[:, 1] == 0).all()


def test_edges_have_one_colour_whatever_the_surface_has():
    buffer = np.full((2, 2, 3), 128, np.uint8)
    buffer[:, 0] = shading.LINE
    for colors in (None, np.full((2, 2, 3), 200, np.uint8)):
        picture = shading.shade(buffer, shading.CLAY, colors)
        assert (picture[:, 0, :3] == shading.EDGE).all() and (picture[:, 1, :3] != shading.EDGE).any()


def test_zooming_keeps_the_point_under_the_pointer():
    camera = ViewCamera(orthographic=True)
    right, up, _ = camera.axes()
    point = tuple(np.asarray(camera.target) + camera.half_height * (0.5 * right + 0.25 * up))
    before = camera.project(point, 1.0)
    assert camera.zoomed(2.0, 0.5, 0.25).project(point, 1.0) == pytest.approx(before)
    assert camera.fitted().half_height == FIT


def test_the_command_says_what_the_config_says():
    plan = FitChoices()
    plan.set(method="siren", budget=33.0, resolution=128)
    plan.override("omega", 20.0)
    plan.override("eikonal", 0.2)
    line = shlex.split(plan.command("my mesh.obj"))
    assert line[:3] == ["shapefield", "fit", "my mesh.obj"]
    settings = {}
    for flag, value in zip(line[3::2], line[4::2], strict=True):
        name, text = value.split("=") if flag == "--set" else (flag.removeprefix("--"), value)
        settings[name] = text
    assert fit_config(**settings) == plan.config()


def test_a_new_method_forgets_the_old_ones_options_but_not_the_training():
    plan = FitChoices()
    plan.set(method="siren")
    plan.override("omega", 20.0)
    plan.override("seed", 7)
    plan.set(method="hashgrid")
    assert plan.changed == {"seed": 7}
    plan.choose(QUALITIES[0])
    assert plan.quality is QUALITIES[0]


def test_a_session_collects_curves_from_events():
    session = FitSession()
    session.begin()
    session.take(Stage("training"))
    assert session.state == RUNNING
    session.take(Progress("training", 5, 10, 2.0, 2.5, {"a": 0.5, "b": 0.25}))
    session.take(Preview(np.zeros((2, 3)), np.zeros((0, 3), int), 5, 64, np.array([1.0, 3.0], np.float32)))
    assert (session.curves.steps, session.curves.losses) == ([5], [0.75])
    assert (session.curves.error_steps, session.curves.errors) == ([5], [2.0])
    assert session.share == 0.5


def test_the_scene_moves_meshes_into_the_unit_frame_and_knows_what_to_draw():
    scene = ShapeScene()
    scene.set_frame(np.array([10.0, 0, 0]), 0.5, "mm")
    scene.set_mesh("original", np.array([[12.0, 0, 0], [10, 2, 0], [10, 0, 2]]), np.array([[0, 1, 2]]))
    assert np.allclose(scene.meshes["original"].vertices, np.eye(3))
    scene.change(mode="split")
    assert (scene.panes(), scene.drawn_mode) == (("original",), "one")
    scene.set_mesh("fitted", np.zeros((3, 3)), np.array([[0, 1, 2]]), None, np.array([0.0, 1.0, 2.0], np.float32))
    assert (scene.panes(), scene.drawn_mode) == (("original", "fitted"), "split")
    assert scene.error is not None and (scene.error.mean, scene.error.max) == (1.0, 2.0)


def test_a_difference_colours_what_is_compared_and_leaves_the_fitted_surface_its_own_figures():
    scene, face = ShapeScene(), np.array([[0, 1, 2]])
    scene.set_mesh("fitted", np.zeros((3, 3)), face, None, np.array([0.0, 1.0, 2.0], np.float32))
    scene.compare([(key, Mesh(np.eye(3), face), np.full(3, 7.0, np.float32)) for key in ("a", "b")], "difference")
    scene.change(mode="side")
    assert scene.panes() == ("a", "b") and scene.shown_error is not None
    assert (scene.shown_error.max, scene.between) == (7.0, "difference")
    for mode in ("fitted", "side"):
        scene.change(mode=mode)
        assert scene.error is not None and (scene.error.mean, scene.error.max) == (1.0, 2.0)
    scene.change(mode="fitted")
    assert scene.shown_error == scene.error
    scene.compare_nothing()
    assert set(scene.meshes) == {"fitted"} and scene.compared == ()


def test_an_interrupted_run_is_one_with_a_checkpoint_and_no_field(tmp_path):
    mesh = tmp_path / "m.obj"
    mesh.write_text("")
    run = runs.begin(tmp_path / "runs", str(mesh), {"method": "hybrid"})
    assert runs.interrupted(tmp_path / "runs") == []
    run.checkpoint.write_bytes(b"x")
    assert runs.interrupted(tmp_path / "runs") == [run]
    run.field.write_bytes(b"x")
    assert runs.interrupted(tmp_path / "runs") == []


def test_creases_get_normals_of_their_own_and_smooth_places_keep_theirs():
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = np.array([t for a, b, c, d in quads for t in ((a, b, c), (a, c, d))])
    vertices, out, normals, origin = with_creases(corners, faces)
    assert np.array_equal(vertices, corners[origin])
    a, b, c = (vertices[out[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    unit = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    assert np.allclose(normals[out], unit[:, None]), "a cube's faces are not flat"


def test_a_plate_stays_flat_beside_a_round_wall_and_the_wall_round():
    can = trimesh.creation.cylinder(1.0, 2.0, sections=24)
    _, out, normals, _ = with_creases(can.vertices, can.faces)
    lid = abs(can.face_normals[:, 2]) > 0.9
    assert np.allclose(normals[out[lid]], can.face_normals[lid, None])
    lean = np.einsum("mki,mi->mk", normals[out[~lid]], can.face_normals[~lid])
    assert (lean < 0.9999).all() and (lean > np.cos(np.radians(360 / 24))).all(), "the wall has edges"
    ball = trimesh.creation.icosphere(4)
    assert len(with_creases(ball.vertices, ball.faces)[0]) == len(ball.vertices)


def test_pictures_are_premultiplied_and_composed_as_they_say():
    buffer = np.full((4, 4, 3), 255, np.uint8)
    buffer[:, :2] = (128, 128, 255)
    picture = shading.shade(buffer, shading.CLAY)
    assert (picture[:, 2:] == 0).all() and (picture[:, :2, 3] == 255).all()
    assert shading.halve(picture).shape == (2, 2, 4)
    empty = np.zeros_like(picture)
    assert np.array_equal(shading.blend(picture, empty, 0.0), picture)
    assert np.array_equal(shading.split(picture, empty, 0.25)[:, :1], picture[:, :1])
    assert (shading.over(empty, (1, 2, 3)) == (1, 2, 3)).all()
    brightness = shading.viridis(np.linspace(0, 1, 20)).astype(float) @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(brightness) > 0).all()
