"""Readers: known projections in every format, splits, sizes, and one line for what is broken."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import posed
import pytest
from PIL import Image

from shapefield.cli.main import main
from shapefield.errors import InputError
from shapefield.nerf import cameras, datasets, framing, scene
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.workload import working_scale

Editor = Callable[[dict], object]


@pytest.mark.parametrize("name", posed.FORMATS)
def test_a_known_point_is_seen_where_the_format_says(name: str, tmp_path: Path):
    found = datasets.read(posed.FORMATS[name](tmp_path))
    assert len(found.views) == 9
    expected = {10 * k + 5: posed.seen_at(pose) for k, pose in enumerate(posed.poses())}
    for view in found.views:
        opened = scene.pixels(view, view.camera.width / posed.WIDTH)
        assert (opened.camera.width, opened.camera.height) == (posed.WIDTH, posed.HEIGHT)
        middle = opened.rgb[posed.HEIGHT // 2, posed.WIDTH // 2, 0] * 255
        grey = min(expected, key=lambda g: abs(g - middle))  # which picture this is; JPEG is a little off
        xy, depth = cameras.project(opened.camera, posed.POINT[None])
        assert np.allclose(xy[0], expected[grey], atol=1e-6) and depth[0] > 0


@pytest.mark.parametrize("name", ["instant_ngp", "llff", "colmap_text", "colmap_binary"])
def test_every_eighth_view_is_held_out_where_there_are_no_splits(name: str, tmp_path: Path):
    found = datasets.read(posed.FORMATS[name](tmp_path))
    assert [v.name for v in found.test] == ["004"] and len(found.train) == 8
    assert not {v.name for v in found.train} & {v.name for v in found.test}


def test_blender_splits_are_the_files(tmp_path: Path):
    found = datasets.read(posed.blender(tmp_path))
    assert [len(found.split(s)) for s in ("train", "val", "test")] == [6, 1, 2]
    assert scene.pixels(found.train[0]).alpha is not None


@pytest.mark.parametrize("name", ["colmap_text", "colmap_binary"])
def test_box_holds_the_sparse_points_but_not_the_outlier(name: str, tmp_path: Path):
    found = datasets.read(posed.FORMATS[name](tmp_path))
    frame = framing.frame_of(found, [scene.pixels(v) for v in found.train])
    assert not frame.bounded
    inside = np.abs(frame.similarity.to_unit(posed.cloud())).max(axis=1) <= 1.0
    assert inside.mean() > 0.9 and not inside[0] and 1.0 / frame.similarity.scale < 1.0


def test_without_points_the_box_is_where_the_cameras_look(tmp_path: Path):
    found = datasets.read(posed.instant_ngp(tmp_path))
    frame = framing.frame_of(found, [scene.pixels(v) for v in found.train])
    assert np.linalg.norm(frame.similarity.center) < 0.3 and 0.5 < 1.0 / frame.similarity.scale < 3.0


def edited(folder: Path, change: Editor) -> Path:
    """The Instant-NGP dataset with its json changed."""
    posed.instant_ngp(folder)
    path = folder / "transforms.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return folder


def test_frames_without_a_picture_are_skipped_with_one_notice(tmp_path: Path):
    posed.instant_ngp(tmp_path)
    (tmp_path / "images/003.jpg").unlink()
    found = datasets.read(tmp_path)
    assert len(found.views) == 8 and len(found.notices) == 1 and "003" in found.notices[0]


def test_another_extension_on_disk_is_found(tmp_path: Path):
    posed.instant_ngp(tmp_path)
    for k in (1, 5):
        (tmp_path / f"images/{k:03d}.jpg").unlink()
        posed.picture(tmp_path / f"images/{k:03d}.png", k)
    found = datasets.read(tmp_path)
    assert len(found.views) == 9 and not found.notices


BROKEN: dict[str, Editor] = {
    "no frames": lambda c: c.update(frames=[]),
    "frames is no list": lambda c: c.update(frames=3),
    "no focal length": lambda c: [x.pop(k) for x in (c, c["frames"][2]) for k in ("fl_x", "fl_y")],
    "zero focal length": lambda c: c.update(fl_x=0.0),
    "a focal length of no lens": lambda c: c.update(fl_x=1e-300, k1=0.1),
    "nan": lambda c: c.update(cx=float("nan")),
    "singular pose": lambda c: c["frames"][4].update(transform_matrix=np.zeros((4, 4)).tolist()),
    "mirrored pose": lambda c: c["frames"][4].update(transform_matrix=np.diag([1.0, 1, -1, 1]).tolist()),
    "ragged pose": lambda c: c["frames"][4].update(transform_matrix=[[1, 2], [3]]),
    "no pose": lambda c: c["frames"][4].pop("transform_matrix"),
    "no path": lambda c: c["frames"][4].pop("file_path"),
    "no picture at all": lambda c: [f.update(file_path="elsewhere/no" + f["file_path"][7:]) for f in c["frames"]],
    "fisheye": lambda c: c.update(camera_model="OPENCV_FISHEYE"),
    "sizes of other pictures": lambda c: c.update(w=40, h=16),
    "an impossible lens": lambda c: c.update(k1=1e9),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_datasets_get_one_line_and_exit_code_3(name: str, tmp_path: Path, capsys: pytest.CaptureFixture):
    folder = edited(tmp_path / "data", BROKEN[name])
    assert main(["nerf", "train", str(folder), "-o", str(tmp_path / "run"), "--steps", "1", "--quiet"]) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "Traceback" not in said and "expected" in said
    assert not (tmp_path / "run/model.safetensors").exists()


@pytest.mark.parametrize("name", ["cameras.bin", "images.bin", "points3D.bin"])
def test_cut_colmap_files_are_refused(name: str, tmp_path: Path):
    path = posed.colmap_binary(tmp_path) / "sparse/0" / name
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(InputError, match="cut"):
        datasets.read(tmp_path)


@pytest.mark.parametrize("value", [1e200, np.inf, np.nan])
def test_llff_with_a_damaged_number_is_refused(tmp_path: Path, value: float):
    place = posed.llff(tmp_path) / "poses_bounds.npy"
    rows = np.load(place)
    rows[1, 16] = value
    np.save(place, rows)
    with pytest.raises(InputError, match=r"poses_bounds\.npy: expected finite rows of 17 numbers"):
        datasets.read(tmp_path)


def test_llff_with_a_missing_picture_is_refused(tmp_path: Path):
    (posed.llff(tmp_path) / "images_2/003.png").unlink()
    with pytest.raises(InputError, match="expected 9 pictures"):
        datasets.read(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"frames": [7]}'])
def test_files_that_are_no_transforms_are_refused(content: str, tmp_path: Path):
    (tmp_path / "transforms.json").write_text(content)
    with pytest.raises(InputError):
        datasets.read(tmp_path)


def test_exif_orientation_is_applied_only_where_the_stored_shape_does_not_fit(tmp_path: Path):
    posed.instant_ngp(tmp_path)
    view = datasets.read(tmp_path).train[0]
    turn = Image.Exif()
    turn[0x0112] = 6  # shown turned by 90 degrees clockwise
    array = np.zeros((posed.HEIGHT, posed.WIDTH, 3), dtype=np.uint8)
    array[:, : posed.WIDTH // 2] = 255
    Image.fromarray(array).save(view.image, exif=turn, quality=95)
    assert scene.pixels(view).rgb[:, 0].mean() > 0.9  # the camera is of the stored shape: left as it is
    upright = np.rot90(array)  # stored upright, shown as the camera has it
    Image.fromarray(np.ascontiguousarray(upright)).save(view.image, exif=turn, quality=95)
    opened = scene.pixels(view)
    assert opened.rgb.shape == (posed.HEIGHT, posed.WIDTH, 3) and opened.rgb[:, 0].mean() > 0.9


def test_masks_say_which_pixels_count(tmp_path: Path):
    folder = edited(tmp_path, lambda c: c["frames"][0].update(mask_path="mask.png"))
    mask = np.zeros((posed.HEIGHT, posed.WIDTH), dtype=np.uint8)
    mask[:, :10] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    valid = scene.pixels(datasets.read(folder).train[0]).valid
    assert valid is not None and valid[:, :10].all() and not valid[:, 10:].any()


def test_a_mask_of_another_shape_is_refused_and_one_that_exif_turns_is_not(tmp_path: Path):
    folder = edited(tmp_path, lambda c: c["frames"][0].update(mask_path="mask.png"))
    turned = Image.new("L", (posed.HEIGHT, posed.WIDTH))
    turned.paste(255, (0, 0, posed.HEIGHT, 10))  # its upper rows: the right of the picture, once turned
    turned.save(folder / "mask.png")
    with pytest.raises(InputError, match=r"mask\.png: expected a mask of .* the mask belongs to another picture"):
        scene.pixels(datasets.read(folder).train[0])
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(folder / "mask.png", exif=exif)
    valid = scene.pixels(datasets.read(folder).train[0]).valid
    assert valid is not None and valid.shape == (posed.HEIGHT, posed.WIDTH)
    assert valid[:, -10:].all() and not valid[:, :-10].any()


def test_masks_that_are_not_there_are_told(tmp_path: Path):
    folder = edited(tmp_path, lambda c: c["frames"][0].update(mask_path="masks/none.png"))
    (said,) = datasets.read(folder).notices
    assert "masks missing" in said and "masks/none.png" in said


def test_working_size_follows_the_budget(tmp_path: Path):
    folder = edited(tmp_path, lambda c: c.update(w=2400.0, h=1600.0, fl_x=2000.0, fl_y=2000.0, cx=1200.0, cy=800.0))
    found = datasets.read(folder)
    short, long = (working_scale(found, NerfConfig(budget=b)) for b in (10.0, 600.0))
    assert short > 1.5 * long > 1.5
    assert working_scale(found, NerfConfig(downscale=3.0)) == 3.0
    assert working_scale(datasets.read(posed.blender(tmp_path / "small")), NerfConfig()) == 1.0


def test_pictures_are_averaged_premultiplied(tmp_path: Path):
    """Half a red opaque and half a green invisible pixel: red, half there."""
    posed.blender(tmp_path)
    view = datasets.read(tmp_path).train[0]
    array = np.zeros((posed.HEIGHT, posed.WIDTH, 4), dtype=np.uint8)
    array[:, ::2], array[:, 1::2] = (255, 0, 0, 255), (0, 255, 0, 0)
    Image.fromarray(array).save(view.image)
    opened = scene.pixels(view, 2.0)
    assert opened.alpha is not None and np.allclose(opened.alpha, 0.5, atol=0.01)
    assert np.allclose(opened.rgb, [1.0, 0.0, 0.0], atol=0.01)
    assert (opened.camera.fx, opened.camera.cx) == (posed.FOCAL / 2, posed.WIDTH / 4)
