"""Photographs without poses: what is taken of a video, what is told without pycolmap, and (slow) right cameras."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import posed
import pytest
from PIL import Image
from shapes import sphere

from shapefield.cli.main import main
from shapefield.errors import InputError
from shapefield.nerf import datasets, photographs
from shapefield.nerf.photos import gathering, mapping, posing
from shapefield.nerf.photos.mapping import Match, why_not
from shapefield.nerf.synthetic_config import DatasetConfig
from shapefield.storage.film import filming


def drained(generator: Iterator) -> object:
    """What a generator returns."""
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


def folder_of(folder: Path, count: int = 5) -> Path:
    """Plain photographs, one name with a blank in it, one that COLMAP cannot read."""
    for k in range(count):
        posed.picture(folder / f"photo {k}.jpg", k)
    Image.new("RGB", (24, 16), (10, 20, 30)).save(folder / "z.webp")
    (folder / "._photo 0.jpg").write_bytes(b"\0\5\x16\7")
    return folder


def test_photographs_are_copied_under_names_without_blanks(tmp_path: Path):
    source = folder_of(tmp_path / "photos")
    (tmp_path / "images").mkdir()
    names = drained(gathering.gathered(source, tmp_path / "images", 10))
    assert names == [*(f"photo_{k}.jpg" for k in range(5)), "z.jpg"]
    assert (tmp_path / "images/photo_3.jpg").read_bytes() == (source / "photo 3.jpg").read_bytes()
    with Image.open(tmp_path / "images/z.jpg") as made:
        assert made.format == "JPEG" and made.size == (24, 16)


def test_the_sharpest_frame_of_every_stretch_of_a_video_is_taken(tmp_path: Path):
    """Twelve frames, sharp in the second of every three; the others are the same blurred."""
    sharp = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    blurred = np.asarray(Image.fromarray(sharp).resize((8, 6)).resize((64, 48)))
    with filming(tmp_path / "walk.mp4", 12) as add:
        for k in range(12):
            add(sharp if k % 3 == 1 else blurred)
    (tmp_path / "images").mkdir()
    assert gathering.is_video(tmp_path / "walk.mp4")
    names = drained(gathering.gathered(tmp_path / "walk.mp4", tmp_path / "images", 4))
    assert names == [f"frame_{k:05d}.jpg" for k in (1, 4, 7, 10)]
    (tmp_path / "no.mp4").write_bytes(b"no video")
    with pytest.raises(InputError, match=r"no\.mp4: expected a video"):
        drained(gathering.gathered(tmp_path / "no.mp4", tmp_path / "images", 4))


def test_pairs_of_a_walk_are_neighbours_and_some_that_come_later():
    names = [f"{k:03d}" for k in range(100)]
    assert len(list(mapping._pairs(names, True))) == 4950
    near = {(int(a), int(b)) for a, b in mapping._pairs(names, False)}
    assert {b - a for a, b in near} == {*range(1, 11), 16, 32, 64}


def test_why_a_photograph_has_no_camera():
    assert "12 features" in why_not(Match(12, 0), None)
    assert "shows nothing that another" in why_not(Match(900, 0), None)
    assert "matches 3 others" in why_not(Match(900, 3), None)
    assert "a part of 7 photographs" in why_not(Match(900, 6), 7)


def test_without_pycolmap_one_line_installs_it(tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch):
    """`nerf poses`, and `nerf train` on plain photographs: nothing is written."""
    monkeypatch.setitem(__import__("sys").modules, "pycolmap", None)
    source = str(folder_of(tmp_path / "photos"))
    for words in (["poses", source, "-o", str(tmp_path / "a")], ["train", source, "-o", str(tmp_path / "b")]):
        assert main(["nerf", *words, "--quiet"]) == 4
        said = capsys.readouterr().err
        assert said.count("\n") == 1 and 'pip install "shapefield[photos]"' in said
    assert not (tmp_path / "a").exists() and not (tmp_path / "b.scene").exists()


def test_pycolmap_leaves_signals_to_those_who_had_them() -> None:
    pytest.importorskip("pycolmap")
    script = (
        "import os, signal; signal.signal(signal.SIGTERM, lambda *_: print('told'))\n"
        "from shapefield.nerf.photos.mapping import required; required()\n"
        "os.kill(os.getpid(), signal.SIGTERM); print('goes on')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=1200)
    assert (done.returncode, done.stdout.split("\n")[:2]) == (0, ["told", "goes on"])


def test_a_folder_of_plain_photographs_names_the_command(tmp_path: Path):
    with pytest.raises(InputError, match="photographs without poses: `shapefield nerf poses"):
        datasets.read(folder_of(tmp_path))


def test_poses_are_known_by_the_photographs_they_are_of(tmp_path: Path):
    source, scene = folder_of(tmp_path / "photos"), tmp_path / "scene"
    scene.mkdir()
    assert not posing.is_posed(scene, source)
    (scene / posing.REPORT).write_text(json.dumps({"of": posing.identity(source)}))
    assert posing.is_posed(scene, source)
    posed.picture(source / "photo 1.jpg", 9)
    assert not posing.is_posed(scene, source)


@pytest.mark.slow
def test_cameras_of_photographs_are_the_true_ones(tmp_path: Path):
    """Photo-like pictures of a ball on its floor: nearly all are placed, within a hundredth of the scene."""
    pytest.importorskip("pycolmap")
    config = DatasetConfig(views=20, size=320, supersample=2, photo=True)
    drained(photographs.make(sphere(0.8), tmp_path / "truth", config))
    report = drained(posing.pose(tmp_path / "truth/images", tmp_path / "scene"))
    assert isinstance(report, dict) and report["registered"] >= 18 and report["error"] < 1.0
    found = {v.name: v.camera.position for v in datasets.read(tmp_path / "scene").views}
    true = {v.name: v.camera.position for v in datasets.read(tmp_path / "truth").views}
    x, y = (np.array([many[name] for name in found]) for many in (found, true))
    xc, yc = x - x.mean(axis=0), y - y.mean(axis=0)
    u, sizes, vt = np.linalg.svd(yc.T @ xc)
    turn = np.diag([1.0, 1.0, np.linalg.det(u @ vt)])
    aligned = (sizes * np.diag(turn)).sum() / (xc**2).sum() * xc @ (u @ turn @ vt).T
    assert np.linalg.norm(aligned - yc, axis=1).max() < 0.01 * np.ptp(yc, axis=0).max()
