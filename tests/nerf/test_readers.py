"""Datasets as other programs write them: each is read as it is meant, or told what is wrong with it."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import posed
import pytest
from PIL import Image

from shapefield.errors import InputError
from shapefield.nerf import cameras, datasets, lens, scene
from shapefield.nerf.datasets.masks import understood

Editor = Callable[[dict], object]


def edited(folder: Path, change: Editor) -> Path:
    """The Instant-NGP dataset with its json changed."""
    path = posed.instant_ngp(folder) / "transforms.json"
    content = json.loads(path.read_text())
    for frame in content["frames"]:
        for key in ("fl_x", "fl_y", "cx", "cy"):
            frame.pop(key, None)
    change(content)
    path.write_text(json.dumps(content))
    return folder


def each(content: dict, change: Callable[[dict, int], object]) -> None:
    """Change every frame, given its number."""
    for k, frame in enumerate(content["frames"]):
        change(frame, k)


def test_the_full_lens_model_is_opencvs():
    """Against the definition, and back; k3 alone moves a side's middle by what it says."""
    full = (0.3, -2.4, 0.001, -0.002, 7.0, 0.1, -0.2, 0.05)
    xy = np.array([[0.4, 0.0], [0.0, -0.3], [0.31, 0.22]])
    moved = lens.distorted(xy, full)
    for (x, y), seen in zip(xy, moved, strict=True):
        r = x * x + y * y
        radial = (1 + 0.3 * r - 2.4 * r**2 + 7.0 * r**3) / (1 + 0.1 * r - 0.2 * r**2 + 0.05 * r**3)
        assert seen[0] == pytest.approx(x * radial + 2 * 0.001 * x * y - 0.002 * (r + 2 * x * x))
        assert seen[1] == pytest.approx(y * radial + 0.001 * (r + 2 * y * y) - 2 * 0.002 * x * y)
    assert np.allclose(lens.undistorted(moved, full), xy, atol=1e-9)


def test_k3_of_a_file_is_applied(tmp_path: Path):
    found = datasets.read(edited(tmp_path, lambda c: c.update(k1=0.1, k3=0.4))).views[0].camera
    assert found.distortion == (0.1, 0.0, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0)
    ray = cameras.rays(found, np.array([[posed.WIDTH, posed.HEIGHT / 2]]))[1][0] @ found.pose[:3, :3]
    x = -ray[0] / ray[2]
    assert x * (1 + 0.1 * x**2 + 0.4 * x**6) == pytest.approx(0.5 * posed.WIDTH / posed.FOCAL)


OTHER_LENSES: dict[str, Editor] = {
    "ORTHOPHOTO": lambda c: c.update(camera_model="ORTHOPHOTO"),
    "VR180_L": lambda c: c["frames"][3].update(camera_model="VR180_L"),
    "is_fisheye": lambda c: c.update(is_fisheye=True),
    "latlong": lambda c: c.update(latlong=True),
    "ftheta_p0": lambda c: c.update(ftheta_p0=0.1),
    "orthographic": lambda c: c.update(orthographic=True),
}


@pytest.mark.parametrize("name", OTHER_LENSES)
def test_other_lenses_are_refused_by_name(tmp_path: Path, name: str):
    with pytest.raises(InputError, match=f"expected a perspective camera, got {name}"):
        datasets.read(edited(tmp_path, OTHER_LENSES[name]))


def test_a_frames_own_focal_length_is_whole(tmp_path: Path):
    """Its angle beats the file's fl_x; its fl_x is not joined to the file's fl_y."""

    def change(content: dict) -> None:
        content["frames"][0]["camera_angle_x"] = 2.0 * np.arctan(0.5 * posed.WIDTH / 28.0)
        content["frames"][1]["fl_x"] = 28.0

    views = {v.name: v.camera for v in datasets.read(edited(tmp_path, change)).views}
    assert [(round(views[n].fx, 6), round(views[n].fy, 6)) for n in ("000", "001", "002")] == [
        (28, 28), (28, 28), (posed.FOCAL, posed.FOCAL),
    ]  # fmt: skip


def test_pictures_of_two_sizes_have_each_its_own(tmp_path: Path):
    folder = edited(tmp_path, lambda c: [c.pop(k) for k in ("w", "h", "cx", "cy")])
    posed.picture(folder / "images/003.jpg", 3, size=(posed.HEIGHT, posed.WIDTH))
    sizes = {v.name: (v.camera.width, v.camera.height, v.camera.cx) for v in datasets.read(folder).views}
    assert sizes["003"] == (posed.HEIGHT, posed.WIDTH, posed.HEIGHT / 2)
    assert sizes["000"] == (posed.WIDTH, posed.HEIGHT, posed.WIDTH / 2)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as the frames": lambda name: name,
    "with backslashes": lambda name: name.replace("/", "\\"),
    "without extension": lambda name: name.removesuffix(".jpg"),
    "from another machine": lambda name: "/elsewhere/scene/" + name,
    "without folder": lambda name: name.split("/")[1],
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_splits_by_any_spelling(tmp_path: Path, name: str):
    names = [SPELLINGS[name](f"images/{k:03d}.jpg") for k in range(9)]
    found = datasets.read(edited(tmp_path, lambda c: c.update(train_filenames=names[:6], val_filenames=names[6:])))
    assert (len(found.train), len(found.validation), found.notices) == (6, 3, ())


def test_splits_that_name_nothing_are_told(tmp_path: Path):
    found = datasets.read(edited(tmp_path, lambda c: c.update(train_filenames=["x"], val_filenames=["y"])))
    assert len(found.train) == 8 and "splits name none of its pictures" in found.notices[0]


def moved(folder: Path, name: str) -> Path:
    """The dataset with its pictures in another folder than its file says."""
    (folder / "images").rename(folder / name)
    return folder


@pytest.mark.parametrize("name", ["Images", "input", "images_2", "rgb"])
@pytest.mark.parametrize("kind", ["instant_ngp", "colmap_text"])
def test_pictures_are_found_in_folders_of_other_names(tmp_path: Path, kind: str, name: str):
    assert len(datasets.read(moved(posed.FORMATS[kind](tmp_path), name)).views) == 9


@pytest.mark.parametrize("prefix", ["C:\\elsewhere\\scene\\", "/elsewhere/scene/", "../scene/"])
def test_paths_of_another_machine_are_followed_by_their_tail(tmp_path: Path, prefix: str):
    def change(content: dict) -> None:
        each(content, lambda f, k: f.update(file_path=prefix + f"images\\{k:03d}.jpg"))

    found = datasets.read(edited(tmp_path, change))
    assert [v.name for v in found.train[:2]] == ["000", "001"] and not found.notices


def test_names_of_any_case(tmp_path: Path):
    folder = edited(tmp_path, lambda c: None)
    os.rename(folder / "images/004.jpg", folder / "images/004.Jpg")
    assert len(datasets.read(folder).views) == 9


def test_text_with_a_byte_order_mark_is_read(tmp_path: Path):
    places = [posed.instant_ngp(tmp_path / "a") / "transforms.json"]
    model = posed.colmap_text(tmp_path / "b") / "sparse/1"
    places += [model / f"{name}.txt" for name in ("cameras", "images", "points3D")]
    for place in places:
        place.write_bytes(b"\xef\xbb\xbf" + place.read_bytes())
    assert [len(datasets.read(tmp_path / name).views) for name in "ab"] == [9, 9]


@pytest.mark.parametrize("form", ["one line an image", "a blank line first", "backslashes"])
def test_colmap_text_as_other_programs_write_it(tmp_path: Path, form: str):
    place = posed.colmap_text(tmp_path) / "sparse/1/images.txt"
    lines = [line for line in place.read_text().splitlines() if not line.startswith("#")]
    if form == "one line an image":
        lines = lines[::2]
    if form == "a blank line first":
        lines = ["# comment", "", *lines]
    if form == "backslashes":
        shutil.move(tmp_path / "images", tmp_path / "cam1")
        (tmp_path / "images").mkdir()
        shutil.move(tmp_path / "cam1", tmp_path / "images/cam1")
        lines = [line.replace(" 1 0", " 1 cam1\\0") for line in lines]
    place.write_text("\n".join(lines) + "\n")
    found = datasets.read(tmp_path)
    assert sorted(v.name for v in found.views) == [f"{k:03d}" for k in range(9)]


def test_what_other_systems_leave_beside_pictures_is_none(tmp_path: Path):
    folder = posed.llff(tmp_path)
    for k in range(9):
        (folder / f"images_2/._{k:03d}.png").write_bytes(b"\0\5\x16\7 AppleDouble")
    assert len(datasets.read(folder).views) == 9


@pytest.mark.parametrize("lacking", ["images", "cameras"])
def test_a_model_that_lacks_a_file_names_it(tmp_path: Path, lacking: str):
    (posed.colmap_binary(tmp_path) / f"sparse/0/{lacking}.bin").unlink()
    with pytest.raises(InputError, match=rf"sparse.0.{lacking}\.bin"):
        datasets.read(tmp_path)


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"


@pytest.mark.parametrize("name", ["transforms.json", "images/000.jpg"])
def test_git_lfs_pointers_are_named(tmp_path: Path, name: str):
    (posed.instant_ngp(tmp_path) / name).write_bytes(POINTER)
    with pytest.raises(InputError, match=r"Git LFS pointer: run git lfs pull"):
        scene.pixels(datasets.read(tmp_path).views[0])


def test_heic_names_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)  # as if it were not installed
    (posed.instant_ngp(tmp_path) / "images/000.jpg").write_bytes(b"\0\0\0\x18ftypheic" + b"\0" * 80)
    with pytest.raises(InputError, match="got HEIC: pip install pillow-heif"):
        scene.pixels(datasets.read(tmp_path).views[0])


def _one_picture(content: dict) -> None:
    each(content, lambda f, k: f.update(file_path=f"cam{k % 3}/{k // 3:03d}.jpg"))


TOLD: dict[str, tuple[Editor, str]] = {
    "a scene that moves": (lambda c: each(c, lambda f, k: f.update(time=k / 9)), "different times"),
    "cameras' folders that are gone": (_one_picture, "6 frames share a picture with another"),
    "cx of another size": (lambda c: c.update(cx=400.0), "principal point 400"),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_cannot_be_right_is_told(tmp_path: Path, name: str):
    change, said = TOLD[name]
    (notice,) = datasets.read(edited(tmp_path, change)).notices
    assert said in notice


def masked(folder: Path, draw: Callable[[int], np.ndarray], name: str = "masks/{:03d}.png") -> Path:
    """The dataset with a mask for each picture; `draw` gives (h, w) uint8."""
    for k in range(9):
        place = folder / name.format(k)
        place.parent.mkdir(exist_ok=True)
        Image.fromarray(draw(k)).save(place)
    return folder


def blob(k: int) -> np.ndarray:
    """White in the middle: a thing."""
    mask = np.zeros((posed.HEIGHT, posed.WIDTH), dtype=np.uint8)
    mask[4:12, 6 + k % 3 : 18] = 255
    return mask


def test_masks_of_a_thing_are_silhouettes_and_others_are_not(tmp_path: Path):
    """A blob makes alpha; all but a passer-by, or a border, only says where not to look."""
    folder = masked(posed.llff(tmp_path), blob)
    found, said = understood(datasets.read(folder), "auto")
    assert said is not None and "silhouettes" in said
    opened = scene.pixels(found.train[0], 2.0)
    assert opened.alpha8 is not None and (opened.alpha8 == blob(0)).all() and opened.valid is None
    for draw in (lambda k: 255 - blob(k), lambda k: np.pad(blob(k)[3:13], ((3, 3), (0, 0)), constant_values=255)):
        kept, said = understood(datasets.read(masked(folder, draw)), "auto")
        assert said is not None and "not looked at" in said
        opened = scene.pixels(kept.train[0], 2.0)
        assert opened.alpha8 is None and opened.valid is not None and (opened.valid == (draw(0) > 0)).all()
    asked, said = understood(datasets.read(folder), "silhouette")
    assert said is None and scene.pixels(asked.train[0], 2.0).alpha8 is not None


def test_masks_of_zeros_and_ones_and_those_with_backslashes(tmp_path: Path):
    folder = edited(tmp_path, lambda c: each(c, lambda f, k: f.update(mask_path=f"masks\\{k:03d}.png")))
    found = datasets.read(masked(folder, lambda k: blob(k) // 255))
    valid = scene.pixels(found.train[0]).valid
    assert not found.notices and valid is not None and (valid == (blob(0) > 0)).all()


def test_instant_ngps_dynamic_masks_hide_what_is_white(tmp_path: Path):
    folder = masked(posed.instant_ngp(tmp_path), lambda k: blob(k) // 50, "images/dynamic_mask_{:03d}.png")
    found = datasets.read(folder)
    valid = scene.pixels(found.train[0]).valid
    assert len(found.views) == 9 and valid is not None and (valid == (blob(0) == 0)).all()
