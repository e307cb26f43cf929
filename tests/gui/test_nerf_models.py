"""The NeRF tab's models, without a window: where one stands, the plan and its command line, crop, runs, colours."""

from __future__ import annotations

import argparse
import shlex

import numpy as np
import pytest
from shapefield_gui.models import runs
from shapefield_gui.nerf.children.answers import coloured
from shapefield_gui.nerf.children.records import OpenedScene, PosedView
from shapefield_gui.nerf.models.plan import TrainPlan, export_command
from shapefield_gui.nerf.models.runs import KeptSceneRun
from shapefield_gui.nerf.models.scene import NerfScene
from shapefield_gui.nerf.models.viewpoint import SceneViewpoint, frustum, room_of

from shapefield.config import ExtractionConfig
from shapefield.nerf.cameras import Camera, looking_at, project

UPS = [np.array([0.0, 0, 1]), np.array([0.0, 1, 0]), np.array([0.6, 0, 0.8])]


def _cameras(count=9, up=UPS[0], center=(5.0, -2.0, 1.0), distance=4.0):
    """Cameras on a ring about `center`, level with respect to `up`."""
    side = np.cross(up, [0.3, 0.9, -0.1])
    side /= np.linalg.norm(side)
    other = np.cross(up, side)
    made = []
    for angle in np.arange(count) * 2 * np.pi / count:
        position = center + distance * (np.cos(angle) * side + np.sin(angle) * other + 0.3 * up)
        made.append(Camera(looking_at(position, center, up), 70.0, 72.0, 33.0, 23.0, 64, 48))
    return made


def _scene(**how):
    cameras = _cameras(**how)
    views = tuple(PosedView(f"v{k}", "test" if k % 4 == 3 else "train", c) for k, c in enumerate(cameras))
    scene = NerfScene()
    scene.open(OpenedScene("data", views, np.array([5.0, -2.0, 1.0]), 1.5, how.get("up", UPS[0])))
    return scene


@pytest.mark.parametrize("up", UPS)
def test_the_room_is_a_similarity_whose_up_is_z(up):
    positions = np.array([c.position for c in _cameras(up=up)])
    room = room_of(np.array([5.0, -2.0, 1.0]), 1.5, up, positions)
    assert np.allclose(room.rotation @ room.rotation.T, np.eye(3)) and np.linalg.det(room.rotation) > 0
    assert np.allclose(room.rotation @ up, [0, 0, 1])
    points = np.random.default_rng(0).normal(size=(20, 3))
    assert np.allclose(room.to_world(room.to_room(points)), points)
    assert np.linalg.norm(room.to_room(positions), axis=1).max() < 1.0


@pytest.mark.parametrize("up", UPS)
def test_the_free_camera_looks_at_the_box_with_up_upwards(up):
    scene = _scene(up=up)
    camera = scene.stand.camera(scene.room, 300, 200)
    xy, depth = project(camera, np.stack([scene.center, scene.center + 0.1 * up]))
    assert np.allclose(xy[0], [150, 100], atol=1e-6) and depth[0] > 0
    assert xy[1, 1] < xy[0, 1] and abs(xy[1, 0] - 150) < 1e-6
    everywhere, depths = project(camera, np.array([v.camera.position for v in scene.opened.views]))
    assert (depths > 0).all() and (everywhere > 0).all() and (everywhere < [300, 200]).all(), "a camera is not seen"


def test_standing_in_a_view_is_its_own_projection_scaled_and_freeing_it_keeps_the_eye():
    scene = _scene(up=UPS[1])
    scene.stand_in(3)
    view = scene.opened.views[3].camera
    points = scene.center + np.random.default_rng(1).normal(size=(10, 3)) * 0.4
    camera = scene.stand.camera(scene.room, 400, 240)
    x, y, w, h = scene.stand.frame(400, 240)
    assert (w / 64, h / 48) == pytest.approx((5.0, 5.0)) and y == 0
    assert np.allclose(project(camera, points)[0], project(view, points)[0] * 5.0 + [x, y])
    free = scene.stand.freed(scene.room)
    assert free.view is None
    loose = free.camera(scene.room, 64, 48)
    assert np.allclose(loose.position, view.position, atol=1e-9)
    assert np.allclose(loose.forward, view.forward, atol=1e-9)
    assert loose.fy == pytest.approx(view.fy)


def test_a_frustums_corners_are_its_pictures_corners():
    camera = _cameras()[2]
    xy, depth = project(camera, frustum(camera, 0.5)[1:])
    assert np.allclose(xy, [[0, 0], [64, 0], [64, 48], [0, 48]], atol=1e-9)
    assert (depth > 0).all()


def test_stepping_goes_round_and_held_out_validation_comes_first():
    scene = _scene()
    scene.step(1)
    assert scene.index_of(scene.stand.view) == 0
    scene.step(-1)
    assert scene.index_of(scene.stand.view) == 8
    assert scene.held_out == [3, 7]


def test_a_crop_stays_in_the_box_and_never_turns_inside_out():
    scene = _scene()
    assert scene.crop is None
    scene.set_crop(0, True, 99.0)
    assert scene.crop is None
    scene.set_crop(0, True, 5.5)
    scene.set_crop(0, False, 5.9)
    low, high = scene.crop[0], scene.crop[3]
    assert high == 5.5 and 0 < high - low < 0.1
    scene.uncrop()
    assert scene.crop is None


def _parsed(line):
    """What the CLI makes of a command line: its own parser and settings."""
    from shapefield.cli import nerf
    from shapefield.cli.nerf import train
    from shapefield.cli.options import settings_of
    from shapefield.nerf.config import NerfConfig
    from shapefield.settings import names

    parser = argparse.ArgumentParser()
    nerf.add_arguments(parser)
    arguments = parser.parse_args(shlex.split(line)[2:])
    return arguments, train._settings(settings_of(arguments, names(NerfConfig)))


def test_the_command_means_what_the_window_trains():
    from dataclasses import replace

    plan = TrainPlan()
    plan.set(model="neus", budget=33.0, downscale=4.0)
    for name, value in (("fine", 80), ("seed", 7), ("background", "white"), ("rate", 0.01)):
        plan.override(name, value)
    arguments, (config, options) = _parsed(plan.command("my data", "out"))
    mine, own = plan.config()
    assert (arguments.data, arguments.output) == ("my data", "out")
    assert replace(config, preview_every=mine.preview_every) == mine
    assert options == own == {"fine": 80}
    again = TrainPlan()
    again.restore(plan.settings())
    assert again.config() == plan.config()
    plan.set(model="grid")
    assert "fine" not in plan.changed and plan.changed["seed"] == 7


def test_every_advanced_option_has_one_home():
    plan = TrainPlan()
    for model in ("grid", "classic", "neus", "volsdf"):
        plan.set(model=model)
        seen = []
        for _, kind in plan.groups:
            seen += [f for f in kind.__dataclass_fields__ if f not in plan.leave_out(kind)]
        assert len(seen) == len(set(seen)) and "rate" in seen and "model" not in seen


def test_the_export_command_has_the_crop_box():
    config = ExtractionConfig(resolution=128, crop=(0.0, 1.0, 2.0, 3.0, 4.0, 5.5), largest=True)
    words = shlex.split(export_command("run", "out.ply", config, None))
    assert words[:6] == ["shapefield", "nerf", "export", "run", "-o", "out.ply"]
    assert words[words.index("--crop") + 1 : words.index("--crop") + 7] == ["0", "1", "2", "3", "4", "5.5"]
    assert "--largest" in words


def test_a_training_is_interrupted_while_it_has_a_checkpoint_and_no_model(tmp_path):
    run = runs.begin(tmp_path / "runs", str(tmp_path), {"model": "grid"}, KeptSceneRun)
    run.run.mkdir()
    assert runs.interrupted(tmp_path / "runs", KeptSceneRun) == []
    run.checkpoint.write_bytes(b"x")
    assert runs.interrupted(tmp_path / "runs", KeptSceneRun) == [run]
    run.field.write_bytes(b"x")
    assert runs.interrupted(tmp_path / "runs", KeptSceneRun) == []


class _Seen:
    """A rendering of one row: nothing, half a thing far away, a whole thing near by."""

    opacity = np.array([[0.0, 0.6, 1.0]], np.float32)
    depth = np.array([[0.0, 4.0, 2.0]], np.float32)
    rgb = np.array([[[1, 1, 1], [0.7, 0.4, 0.4], [0.2, 0.4, 0.6]]], np.float32)
    normals = np.array([[[0, 0, 0], [0, 0, 1], [1, 0, 0]]], np.float32)


class _Result:
    backdrop = np.ones(3, np.float32)

    class surroundings:
        sky = None


@pytest.mark.parametrize("show", ["colour", "depth", "normals"])
def test_pictures_are_premultiplied(show):
    picture, span = coloured(_Seen, show, _Result)
    assert (picture[..., :3] <= picture[..., 3:]).all()
    assert tuple(picture[0, 0]) == (0, 0, 0, 0)
    if show == "colour":
        assert np.allclose(picture[0, 1] / 255.0, [0.3, 0.0, 0.0, 0.6], atol=0.003)
    if show == "depth":
        assert span == pytest.approx((2.02, 3.98))
        assert picture[0, 2].astype(int).sum() > picture[0, 1].astype(int).sum(), "near is bright"


def test_a_standpoint_turned_to_the_top_sees_the_up_axis_end_on():
    scene = _scene(up=UPS[1])
    camera = (
        SceneViewpoint().looking_at_box(scene.room, scene.half).turned(scene.room, "top").camera(scene.room, 200, 200)
    )
    assert np.allclose(camera.forward, -UPS[1], atol=1e-9)


def test_a_run_without_its_pictures_can_still_be_stood_in():
    scene = NerfScene()
    scene.open(OpenedScene("gone", (), np.zeros(3), 2.0, UPS[0]))
    camera = scene.stand.camera(scene.room, 100, 100)
    assert np.allclose(project(camera, np.zeros((1, 3)))[0], 50.0)
    scene.step(1)
    assert scene.stand.view is None
