"""No output of any command replaces a file of somebody else's; what shapefield wrote carries its mark."""

import os
from pathlib import Path

import numpy as np
import posed
import pytest
from PIL import Image
from processes.program import QUICK
from shapes import sphere

import shapefield as sf
from shapefield.cli.main import main
from shapefield.errors import OutputError
from shapefield.mesh.writing import write
from shapefield.nerf.config import NerfConfig
from shapefield.nerf.pipeline import train
from shapefield.storage.files import lock, writing
from shapefield.storage.mark import is_ours

FOREIGN = b"the work of somebody else, of a program that is not this one\n"
COMMANDS = {
    "fit": ("fit", "ball.obj", "--steps", "2", *QUICK),
    "extract": ("extract", "in/ball.field", "-o", "out.ply", "--resolution", "16"),
    "sample": ("sample", "ball.obj", "-n", "2000", "-o", "out.npz"),
    "compare": ("compare", "grey.png", "--methods", "siren", "--steps", "2", "--seeds", "1"),
    "demo": ("demo", "fourier", "--steps", "2"),
    "image fit": ("image", "fit", "grey.png", "--steps", "2"),
    "image render": ("image", "render", "in/picture.field", "-o", "out.png"),
    "image inpaint": ("image", "inpaint", "grey.png", "--mask", "mask.png", "--steps", "2"),
    "image compress": ("image", "compress", "grey.png", "--bytes", "2000", "--steps", "2"),
    "image gradient": ("image", "gradient", "in/picture.field", "-o", "out"),
    "nerf train": ("nerf", "train", "scene", "-o", "again", "--steps", "2", "--rays", "64"),
    "nerf render": ("nerf", "render", "run", "-o", "frames", "--depth", "--width", "8", "--video", "out.gif"),
    "nerf export": ("nerf", "export", "run", "-o", "out.ply", "--points", "--count", "50", "--resolution", "16"),
    "nerf dataset": ("nerf", "dataset", "ball.obj", "-o", "made", "--views", "2", "--held-out", "1", "--size", "8"),
    "nerf dataset --photo": ("nerf", "dataset", "ball.obj", "-o", "made", "--photo", "--views", "2", "--size", "8"),
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands read."""
    place = tmp_path_factory.mktemp("inputs")
    (place / "in").mkdir()
    ball = sphere(2.0, cells=8)
    write(ball, place / "ball.obj")
    options = {"samples": 5000, "resolution": 32, "batch": 512, "table": 8, "levels": 2}
    sf.fit(ball, steps=2, **options).save(place / "in/ball.field")
    Image.fromarray(np.tile(np.arange(12, dtype=np.uint8) * 20, (12, 1))).save(place / "grey.png")
    Image.fromarray(np.eye(12, dtype=np.uint8) * 255).save(place / "mask.png")
    before = Path.cwd()
    os.chdir(place)
    try:
        assert main(["image", "fit", "grey.png", "-o", "in/picture.field", "--steps", "2", "--quiet"]) == 0
    finally:
        os.chdir(before)
    posed.blender(place / "scene")
    for _ in train(place / "scene", NerfConfig(steps=2, rays=64, preview_every=0.0), run=place / "run"):
        pass
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_foreign_is_replaced(inputs: Path, tmp_path: Path, command: str, monkeypatch, capsys) -> None:
    for one in inputs.iterdir():
        (tmp_path / one.name).symlink_to(one)
    monkeypatch.chdir(tmp_path)
    words = [*COMMANDS[command], "--quiet"]
    if command == "nerf export":  # a run of two steps has no surface
        Path("out.ply").write_bytes(FOREIGN)
        assert main(words) == 6 and Path("out.ply").read_bytes() == FOREIGN
        return
    code = main(words)
    made = [p for p in tmp_path.rglob("*") if p.is_file() and p.resolve().is_relative_to(tmp_path.resolve())]
    assert code in (0, 7) and made, capsys.readouterr().err
    assert [p for p in made if not is_ours(p)] == []
    kinds = {(p.parent.name, p.suffix, p.stem.rpartition("_")[2] == "depth"): p for p in sorted(made)}
    for place in kinds.values():
        own = place.read_bytes()
        place.write_bytes(FOREIGN)
        capsys.readouterr()
        assert main(words) == 6, place
        said = capsys.readouterr().err.splitlines()
        assert len([line for line in said if not line.startswith("note: ")]) == 1 and "--force" in said[-1], said
        assert place.read_bytes() == FOREIGN
        place.write_bytes(own)
    assert main(words) in (0, 7)  # what is ours is replaced


@pytest.mark.parametrize("name", ["ball.field.checkpoint", "grey.field.checkpoint"])
@pytest.mark.parametrize("folder", [True, False])
def test_a_checkpoint_has_no_place_where_something_else_lies(inputs: Path, tmp_path: Path, monkeypatch, capsys,
                                                             name: str, folder: bool) -> None:  # fmt: skip
    for one in inputs.iterdir():
        (tmp_path / one.name).symlink_to(one)
    monkeypatch.chdir(tmp_path)
    Path(name).mkdir() if folder else Path(name).write_bytes(FOREIGN)
    assert main([*COMMANDS["fit" if name.startswith("ball") else "image fit"], "--quiet"]) == 6
    assert f"{name}: " in capsys.readouterr().err
    assert not Path(name).with_suffix("").exists() and (folder or Path(name).read_bytes() == FOREIGN)


def test_one_name_for_mesh_and_field_is_told_at_once(inputs: Path, tmp_path: Path, capsys) -> None:
    out = str(tmp_path / "a.ply")
    assert main(["fit", str(inputs / "ball.obj"), "-o", out, "--field", out]) == 2
    assert "expected two names, got one for the mesh and the field" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [150, 235, 251])
def test_long_names_are_written_or_told_before_anything_is_done(tmp_path: Path, length: int, monkeypatch, capsys):
    name = "n" * (length - 4) + ".obj"
    write(sphere(2.0, cells=8), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    code = main(["fit", name, "--steps", "2", "--quiet", *QUICK])
    said = capsys.readouterr().err
    assert (code, said) == (0, "") if length < 251 else (code == 6 and said.count("\n") == 1)
    assert "expected a file name the system can hold" in said or code == 0
    short = main(["fit", name, "-o", "a.ply", "--field", "a.field", "--steps", "2", "--quiet", *QUICK])
    assert short == 0 and Path("a.field").exists()


def test_the_longest_name_is_written_whole(tmp_path: Path) -> None:
    place = tmp_path / ("ü" * 127)
    with writing(place) as file:
        file.write(b"whole")
        assert len(os.listdir(tmp_path)) == 1
    assert place.read_bytes() == b"whole" and len(os.listdir(tmp_path)) == 1


def test_a_file_where_a_lock_belongs_is_kept(tmp_path: Path) -> None:
    guard = tmp_path / "a.ply.lock"
    guard.write_bytes(FOREIGN)
    with pytest.raises(OutputError, match=r"a\.ply\.lock: is a file of another program"), lock(tmp_path / "a.ply"):
        pytest.fail("it was taken")
    assert guard.read_bytes() == FOREIGN


@pytest.mark.parametrize("words", [("image", "fit"), ("image", "compress", "--bytes", "2000"), ("image", "inpaint")])
def test_a_picture_of_ours_is_not_lost_as_its_own_output(tmp_path: Path, words, monkeypatch, capsys) -> None:
    from shapefield.lab.pictures import write_picture

    monkeypatch.chdir(tmp_path)
    write_picture(np.tile(np.linspace(0, 1, 12)[:, None], (12, 1, 1)), "ours.png")
    before = Path("ours.png").read_bytes()
    mask = ("--mask", "ours.png") if "inpaint" in words else ()
    assert main([*words[:2], "ours.png", *words[2:], *mask, "-o", "ours.png", "--steps", "2", "--quiet"]) == 6
    assert "is the input" in capsys.readouterr().err and Path("ours.png").read_bytes() == before
