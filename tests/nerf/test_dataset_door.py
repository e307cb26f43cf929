"""The door for datasets: nothing outside of the folder is read, and what no honest program writes is one line."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import posed
import pytest

from shapefield.errors import InputError
from shapefield.nerf import datasets, scene
from shapefield.nerf.datasets.references import inside

Editor = Callable[[dict], object]
LONG = "x" * 300


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An Instant-NGP dataset beside a file of somebody else's."""
    posed.picture(tmp_path / "secret.png", 1)
    np.save(tmp_path / "secret.npy", np.ones((posed.HEIGHT, posed.WIDTH), np.float32))
    (tmp_path / "secret.ply").write_text(cloud_of(12))
    return posed.instant_ngp(tmp_path / "data")


def cloud_of(count: int) -> str:
    head = f"ply\nformat ascii 1.0\nelement vertex {count}\nproperty float x\nproperty float y\nproperty float z\n"
    return head + "end_header\n" + "".join(f"{k} {k} 0\n" for k in range(count))


def changed(folder: Path, change: Editor) -> Path:
    content = json.loads((folder / "transforms.json").read_text())
    change(content)
    (folder / "transforms.json").write_text(json.dumps(content))
    return folder


def test_places_are_judged_by_their_words(tmp_path: Path) -> None:
    for given in ("a.png", "./a/../b.png", "a\\b.png", str(tmp_path.resolve() / "c.png")):
        assert inside(tmp_path.resolve(), given) is not None, given
    for given in ("../a.png", "a/../../a.png", "/etc/passwd", "a\0.png", "..\\a.png", ".", "", f"{tmp_path}x/a.png"):
        assert inside(tmp_path.resolve(), given) is None, given


@pytest.mark.parametrize("absolute", [False, True])
def test_nothing_outside_of_the_folder_is_read(folder: Path, absolute: bool) -> None:
    out = str(folder.parent / "secret") if absolute else "../secret"

    def change(content: dict) -> None:
        content["frames"][0]["file_path"] = out + ".png"
        content["frames"][1]["mask_path"] = out + ".png"
        content["frames"][1]["depth_file_path"] = out + ".npy"
        content["ply_file_path"] = out + ".ply"
        content["train_filenames"] = [out + ".png"]

    found = datasets.read(changed(folder, change))
    assert len(found.views) == 8 and found.points is None
    assert all(v.image.is_relative_to(folder) and v.mask is None and v.depth is None for v in found.views)
    said = "\n".join(found.notices)
    assert "skipped 1 of 9 frames whose picture lies outside" in said and "ply: lies outside" in said
    with pytest.raises(InputError, match=r"expected pictures inside its folder, got .*secret\.png"):
        datasets.read(changed(folder, lambda c: [f.update(file_path=out + ".png") for f in c["frames"]]))


def test_colmap_names_stay_in_their_folder(tmp_path: Path) -> None:
    folder = posed.colmap_text(tmp_path / "data")
    shutil.move(folder / "images/003.png", tmp_path / "003.png")
    lines = (folder / "sparse/1/images.txt").read_text()
    (folder / "sparse/1/images.txt").write_text(lines.replace("003.png", "../../003.png"))
    found = datasets.read(folder)
    assert len(found.views) == 8 and "skipped 1 of 9" in found.notices[0]


def test_a_cloud_beside_the_pictures_is_read_by_our_own_reader(folder: Path) -> None:
    (folder / "points.ply").write_text(
        cloud_of(12).replace("end_header", "comment TextureFile ../secret.png\nend_header")
    )
    found = datasets.read(changed(folder, lambda c: c.update(ply_file_path="points.ply")))
    assert found.points is not None and found.points.shape == (12, 3) and not found.notices


@pytest.mark.parametrize("suffix", ["zip", "3mf", "xaml", "dae", "json", "bin", "npz", "tar.gz", "obj", "ply"])
def test_a_cloud_of_any_other_kind_is_told_and_not_opened(folder: Path, suffix: str) -> None:
    (folder / f"cloud.{suffix}").write_bytes(b"PK\x03\x04 or anything else" * 3)
    (said,) = datasets.read(changed(folder, lambda c: c.update(ply_file_path=f"cloud.{suffix}"))).notices
    assert said.startswith(f"cloud.{suffix}: expected a sparse cloud as a PLY file")


SKIPPED: dict[str, Editor] = {
    "a name of 300 characters": lambda c: c["frames"][0].update(file_path=LONG),
    "a mask of 300 characters": lambda c: c["frames"][0].update(mask_path=LONG),
    "a cloud of 300 characters": lambda c: c.update(ply_file_path=LONG),
    "a NUL in a name": lambda c: c["frames"][0].update(file_path="a\0b.png"),
    "a NUL in a split": lambda c: c.update(train_filenames=["a\0b.png"], val_filenames=["\ud800"]),
    "half a character": lambda c: c["frames"][0].update(file_path="\ud800.png"),
    "a huge box": lambda c: c.update(box=[[10**400] * 3, [10**400] * 3]),
}
REFUSED: dict[str, Editor] = {
    "a huge width": lambda c: c.update(w=10**400),
    "a huge matrix": lambda c: c["frames"][0].update(transform_matrix=[[10**400] * 4] * 4),
    "a huge lens": lambda c: c.update(k1=10**400),
    "an endless number": lambda c: c.update(w=[0] * 100_000),
}


@pytest.mark.parametrize("name", SKIPPED)
def test_what_can_be_left_out_is_left_out(folder: Path, name: str) -> None:
    assert len(datasets.read(changed(folder, SKIPPED[name])).views) >= 8


@pytest.mark.parametrize("name", REFUSED)
def test_numbers_that_no_picture_has_are_one_line(folder: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        datasets.read(changed(folder, REFUSED[name]))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_an_integer_of_5000_digits_is_one_line(folder: Path) -> None:
    text = (folder / "transforms.json").read_text().replace('"w": 24.0', '"w": ' + "9" * 5000)
    (folder / "transforms.json").write_text(text)
    with pytest.raises(InputError, match="expected a number for w, got inf"):
        datasets.read(folder)


def npy(header: str) -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\0" * 64


HEADERS = {
    "a negative shape": "{'descr': '<f8', 'fortran_order': False, 'shape': (-4, 17)}",
    "an endless shape": f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**30}, 17)}}",
    "a shape beyond the file": "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999, 17)}",
    "a key that is a number": "{'descr': '<f8', 'fortran_order': False, 5: (4, 17)}",
    "an open string": "{'descr': '",
    "objects": "{'descr': '|O', 'fortran_order': False, 'shape': (4, 17)}",
    "nothing": "{'descr': '<f8', 'fortran_order': False, 'shape': (0, 0)}",
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_lying_npy_is_one_line(tmp_path: Path, name: str) -> None:
    data = npy(HEADERS[name])
    (posed.llff(tmp_path / "llff") / "poses_bounds.npy").write_bytes(data)
    with pytest.raises(InputError, match=r"poses_bounds\.npy: expected"):
        datasets.read(tmp_path / "llff")
    folder = changed(posed.instant_ngp(tmp_path / "ngp"), lambda c: c["frames"][0].update(depth_file_path="d.npy"))
    (folder / "d.npy").write_bytes(data)
    view = datasets.read(folder).views[0]
    assert view.depth is not None
    with pytest.raises(InputError, match=r"d\.npy: expected"):
        scene.true_depth(view, view.camera, "z")
