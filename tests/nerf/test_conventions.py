"""Poses in another program's convention are read as they are meant, views that contradict the rest are named, and the
box is what the cameras look at."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import posed
import pytest
from PIL import Image

from shapefield.errors import InputError
from shapefield.nerf import boxes, datasets, framing, scene
from shapefield.nerf.cameras import Camera, looking_at
from shapefield.nerf.contradictions import contradicting
from shapefield.nerf.scene import Pixels, Scene, View

DOWN = np.diag([1.0, -1.0, -1.0, 1.0])
WRONG: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "camera-to-world, y down": lambda pose: pose @ DOWN,
    "world-to-camera, y up": np.linalg.inv,
    "world-to-camera, y down": lambda pose: np.linalg.inv(pose @ DOWN),
}


def rewritten(path: Path, change: Callable[[np.ndarray], np.ndarray], **more: object) -> None:
    """The json's poses as another program would have written them."""
    content = json.loads(path.read_text()) | more
    for frame in content["frames"]:
        frame["transform_matrix"] = change(np.array(frame["transform_matrix"])).tolist()
    path.write_text(json.dumps(content))


def ball(path: Path, pose: np.ndarray) -> None:
    """The silhouette of a ball of radius 0.5 about (0.3, 0, 0.1): no wrong reading makes a body of it."""
    rows, columns = np.mgrid[0 : posed.HEIGHT, 0 : posed.WIDTH] + 0.5
    local = np.stack([columns - posed.WIDTH / 2, posed.HEIGHT / 2 - rows, np.full(rows.shape, -posed.FOCAL)], axis=-1)
    direction = local @ pose[:3, :3].T
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    off = np.linalg.norm(np.cross(np.array([0.3, 0.0, 0.1]) - pose[:3, 3], direction), axis=-1)
    array = np.full((*off.shape, 4), 128, dtype=np.uint8)
    array[..., 3] = np.where(off < 0.5, 255, 0)
    Image.fromarray(array).save(path)


def with_evidence(folder: Path, evidence: str) -> Path:
    """The posed dataset whose poses are held against optical axes alone, sparse points or silhouettes."""
    posed.instant_ngp(folder)
    content = json.loads((folder / "transforms.json").read_text())
    if evidence == "silhouettes":
        for k, pose in enumerate(posed.poses()):
            content["frames"][k]["file_path"] = f"images/{k:03d}.png"
            ball(folder / f"images/{k:03d}.png", pose)
    if evidence == "sparse points":
        rows = "".join(f"{x} {y} {z}\n" for x, y, z in posed.cloud())
        head = "ply\nformat ascii 1.0\nelement vertex 60\n" + "".join(f"property float {a}\n" for a in "xyz")
        (folder / "cloud.ply").write_text(head + "end_header\n" + rows)
        content["ply_file_path"] = "cloud.ply"
    (folder / "transforms.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("evidence", ["optical axes", "sparse points", "silhouettes"])
def test_poses_of_other_conventions_are_read_as_they_are_meant(tmp_path: Path, evidence: str):
    folder = with_evidence(tmp_path, evidence)
    path, text = folder / "transforms.json", (folder / "transforms.json").read_text()
    right = datasets.read(folder)
    assert not right.notices
    for name, wrong in WRONG.items():
        path.write_text(text)
        rewritten(path, wrong)
        found = datasets.read(folder)
        (said,) = found.notices
        assert name in said and evidence in said
        for a, b in zip(found.views, right.views, strict=True):
            assert np.allclose(a.camera.pose, b.camera.pose, atol=1e-9), name


def test_cameras_that_look_out_of_a_room_stay_as_they_are(tmp_path: Path):
    """Upright, all round, looking outwards: y down would make an object of them, but z would point down."""
    posed.instant_ngp(tmp_path)

    def outwards(pose: np.ndarray) -> np.ndarray:
        return looking_at(pose[:3, 3] * [0.2, 0.2, 0.0], 5.0 * pose[:3, 3])

    rewritten(tmp_path / "transforms.json", outwards)
    assert not datasets.read(tmp_path).notices


def test_silhouettes_that_agree_on_nothing_are_one_line(tmp_path: Path):
    folder = with_evidence(tmp_path, "silhouettes")
    generator = np.random.default_rng(3)

    def anywhere(_: np.ndarray) -> np.ndarray:
        return looking_at(10.0 * generator.normal(size=3), 10.0 * generator.normal(size=3))

    rewritten(folder / "transforms.json", anywhere)
    with pytest.raises(InputError, match="silhouettes agree on a body") as caught:
        datasets.read(folder)
    assert "\n" not in str(caught.value)


def around(count: int, distance: float = 4.0) -> list[Camera]:
    """Cameras of 48 x 36 pixels around the origin, at different heights."""
    made = []
    for k in range(count):
        angle = 2.0 * np.pi * k / count
        place = distance * np.array([np.cos(angle), np.sin(angle), 0.3 + 0.2 * np.sin(3 * angle)])
        made.append(Camera(looking_at(place, np.zeros(3)), 50.0, 50.0, 24.0, 18.0, 48, 36))
    return made


def silhouette(camera: Camera) -> Pixels:
    """A ball of radius 0.7 about the origin, as the camera sees it."""
    from shapefield.nerf.cameras import rays

    origins, directions = rays(camera)
    off = np.linalg.norm(np.cross(-origins, directions), axis=1).reshape(camera.height, camera.width)
    return Pixels(camera, np.full((*off.shape, 3), 128, np.uint8), np.where(off < 0.7, 255, 0).astype(np.uint8))


def told(given: Sequence[Camera], silhouettes: bool, points: np.ndarray | None = None) -> str | None:
    """What is said of cameras `given` for pictures that `around` took."""
    true = [silhouette(camera) for camera in around(len(given))]
    pictures = [
        replace(p, camera=c, alpha8=p.alpha8 if silhouettes else None) for p, c in zip(true, given, strict=True)
    ]
    made = Scene("ring", tuple(View(f"v{k}", c, Path()) for k, c in enumerate(given)), points=points)
    return contradicting(made, pictures, framing.frame_of(made, pictures))


@pytest.mark.parametrize("silhouettes", [True, False])
def test_views_that_contradict_the_rest_are_named(silhouettes: bool):
    cameras = around(16)
    assert told(cameras, silhouettes) is None
    away = replace(cameras[5], pose=looking_at(np.array([90.0, 10.0, 4.0]), np.array([90.0, 0.0, 0.0])))
    long = replace(cameras[11], fx=100.0, fy=100.0)
    said = told([*cameras[:5], away, *cameras[6:11], long, *cameras[12:]], silhouettes)
    assert said is not None and "v5 (" in said and "v11 (" in said and said.count("(") == 2


def test_a_view_without_the_points_is_named():
    cameras = around(12)
    points = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32) * 0.3
    assert told(cameras, False, points) is None
    cameras[3] = replace(cameras[3], pose=cameras[3].pose @ DOWN)
    said = told(cameras, False, points)
    assert said is not None and "v3 (it sees none of the sparse points)" in said


def test_the_box_is_what_the_cameras_look_at_in_a_large_room():
    """An object of radius 0.5 in a room of 12: percentiles of the points would give it four cells."""
    generator = np.random.default_rng(0)
    thing = generator.normal(size=(800, 3))
    thing *= 0.5 / np.linalg.norm(thing, axis=1, keepdims=True)
    room = 6.0 * generator.uniform(-1.0, 1.0, (3000, 3))
    room[np.arange(3000), generator.integers(0, 3, 3000)] = 6.0
    cameras = around(20, 2.5)
    made = Scene("room", (), points=np.concatenate([thing, room]).astype(np.float32))
    box, reason = boxes.unbounded_box(made, cameras)
    assert "cut by the sparse points" in reason
    assert (box[0] < -0.45).all() and (box[1] > 0.45).all() and (box[1] - box[0]).max() < 2.0


def test_the_box_of_cameras_that_look_one_way_lies_before_them():
    generator = np.random.default_rng(0)
    cameras = []
    for _ in range(20):
        place = np.array([*generator.uniform(-0.4, 0.4, 2), 0.0])
        aim = place + np.array([*generator.uniform(-0.3, 0.3, 2), -4.0])
        cameras.append(Camera(looking_at(place, aim, (0.0, 1.0, 0.0)), 50.0, 50.0, 24.0, 18.0, 48, 36))
    depth = generator.choice([3.0, 3.0, 3.0, 40.0], 900)
    flat = generator.uniform(-0.3, 0.3, (900, 2)) * depth[:, None]
    points = np.concatenate([flat, -depth[:, None]], axis=1).astype(np.float32)
    box, reason = boxes.unbounded_box(Scene("wall", (), points=points), cameras)
    assert "one way" in reason
    assert box[1][2] < 0.0 and box[0][2] < -3.0 < box[1][2] and (box[1] - box[0]).max() < 6.0


def test_a_dataset_that_is_right_opens_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    posed.instant_ngp(tmp_path)
    monkeypatch.setattr(scene, "opened", None)
    assert len(datasets.read(tmp_path).views) == 9
