"""Two inputs of one stem do not overwrite each other's outputs; a comparison survives a name that is no text."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from shapes import sphere

from shapefield.cli.main import main
from shapefield.errors import OutputError
from shapefield.lab.comparison.plan import CompareConfig, plan
from shapefield.lab.comparison.rows import Row
from shapefield.lab.comparison.running import Comparison
from shapefield.lab.comparison.writing import write as write_report
from shapefield.lab.pictures import write_picture
from shapefield.mesh.reading import read
from shapefield.mesh.writing import FORMATS, write
from shapefield.nerf.cloud import write_cloud
from shapefield.result import Result
from shapefield.storage.arrays import write_npy, write_npz
from shapefield.storage.container import write_container
from shapefield.storage.files import check_outputs, check_replaceable
from shapefield.storage.film import filming
from shapefield.storage.mark import input_id, made_from

QUICK = ("--steps", "2", "--samples", "2000", "--resolution", "16", "--set", "table=8", "--set", "base=8")


def test_an_output_of_another_input_is_kept(tmp_path: Path, monkeypatch, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for folder, radius in (("a", 1.0), ("b", 2.0)):
        Path(folder).mkdir()
        write(sphere(radius, cells=8), f"{folder}/model.obj")
    assert main(["fit", "a/model.obj", *QUICK]) == 0
    first = [Path(name).read_bytes() for name in ("model.field", "model.shapefield.ply")]
    assert main(["fit", "b/model.obj", *QUICK]) == 6
    assert "model.shapefield.ply: was made from another input than b/model.obj" in capsys.readouterr().err
    assert [Path(name).read_bytes() for name in ("model.field", "model.shapefield.ply")] == first
    Path("out").mkdir()
    assert main(["fit", "b/model.obj", "--out-dir", "out", *QUICK]) == 0
    assert sorted(os.listdir("out")) == ["model.field", "model.shapefield.ply"]
    assert main(["fit", "a/model.obj", *QUICK]) == 0  # its own again
    assert Path("model.field").read_bytes() == first[0]
    shutil.move(tmp_path / "work", tmp_path / "moved")  # inputs and outputs together
    assert check_replaceable(tmp_path / "moved/model.field", source=tmp_path / "moved/a/model.obj") is False
    for name in ("model.field", "model.shapefield.ply"):
        with pytest.raises(OutputError, match="--out-dir"):
            check_replaceable(tmp_path / "moved" / name, source=tmp_path / "moved/b/model.obj")
        check_replaceable(tmp_path / "moved" / name, True, tmp_path / "moved/b/model.obj")


def test_an_id_is_of_the_path_as_the_output_sees_it(tmp_path: Path) -> None:
    ids = {input_id(tmp_path / a, tmp_path / b) for a, b in (("a/m.obj", "m.field"), ("b/m.obj", "m.field"))}
    assert len(ids) == 2 and all(len(one) == 12 for one in ids)
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.obj").touch()
    assert input_id(tmp_path / "a/m.obj", tmp_path / "m.field") == input_id(tmp_path / "b/../a/m.obj", tmp_path / "n.f")
    both = [tmp_path / "a/m.obj", tmp_path / "b/m.obj"]
    assert input_id(both, tmp_path / "r") == input_id(both[::-1], tmp_path / "r") != input_id(both[0], tmp_path / "r")
    assert input_id(None, tmp_path / "r") == ""
    assert input_id("sample:camera", tmp_path / "r") == input_id("sample:camera", tmp_path / "b/r")


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_of_meshes_carries_the_id_and_no_folder(suffix: str, tmp_path: Path) -> None:
    source, output = tmp_path / "secret" / "ball.obj", tmp_path / f"out.{suffix}"
    source.parent.mkdir()
    write(sphere(1.0, cells=6), source)
    for _ in range(2):
        write(sphere(1.0, cells=6), output, source=source)
        assert made_from(output) == input_id(source, output) and b"secret" not in output.read_bytes()
    first = output.read_bytes()
    assert len(read(output).faces) == len(sphere(1.0, cells=6).faces)
    with pytest.raises(OutputError, match=r"another input than .*other\.obj"):
        write(sphere(1.0, cells=6), output, source=tmp_path / "other.obj")
    assert output.read_bytes() == first


def _films(path: Path, source: Path) -> None:
    with filming(path, 5, source=source) as add:
        for _ in range(3):
            add(np.zeros((16, 16, 3), np.uint8))


OTHERS = {
    "a.npz": lambda path, source: write_npz(path, {"x": np.zeros(2)}, source),
    "a.npy": lambda path, source: write_npy(path, np.zeros(2), source),
    "a.png": lambda path, source: write_picture(np.zeros((4, 4, 3)), path, source=source),
    "a.gif": _films,
    "a.mp4": _films,
    "a.webm": _films,
    "cloud.ply": lambda path, source: write_cloud(sphere(1.0, cells=6), path, source),
    "a.checkpoint": lambda path, source: write_container(path, "checkpoint", {}, {"a": torch.ones(2)}, source),
}


@pytest.mark.parametrize("name", OTHERS)
def test_every_other_output_carries_the_id(name: str, tmp_path: Path) -> None:
    source, output = tmp_path / "in/a.obj", tmp_path / name
    OTHERS[name](output, source)
    assert made_from(output) == input_id(source, output)
    with pytest.raises(OutputError, match="another input"):
        check_replaceable(output, source=tmp_path / "other/a.obj")
    with pytest.raises(OutputError, match="not made by"):
        (tmp_path / "foreign").write_bytes(b"x from 0123456789ab")
        check_replaceable(tmp_path / "foreign", source=source)


def test_outputs_of_an_older_version_are_replaced_and_told(tmp_path: Path) -> None:
    write(sphere(1.0, cells=6), tmp_path / "old.ply")  # as 0.1 wrote it: no id
    write(sphere(1.0, cells=6), tmp_path / "new.ply", source=tmp_path / "a.obj")
    told = check_outputs([tmp_path / "old.ply", tmp_path / "new.ply"], source=tmp_path / "a.obj")
    assert len(told) == 1 and "old.ply" in told[0] and "new.ply" not in told[0]
    assert check_outputs([tmp_path / "old.ply"]) == ()


LINES = (
    "sample {} -n 2000 -o s.npz",
    "repair {} --out-dir fixed",
    "repair {} -o fixed.ply --marks marks.ply",
    "image fit {png} --steps 1",
    "image compress {png} --steps 1 --bytes 3000",
    "image inpaint {png} --steps 1 --mask mask.png --out-dir fixed",
    "nerf dataset {} -o scene --views 2 --size 16",
    "compare {} --methods siren --steps 1 --seeds 1 --parameters 0 --out-dir fixed",
)


@pytest.mark.parametrize("line", LINES)
def test_no_command_replaces_what_another_input_gave(line: str, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        Path(folder).mkdir()
        write(sphere(1.0, cells=8), f"{folder}/m.obj")
        write_picture(np.random.default_rng(0).random((24, 24, 3)), f"{folder}/m.png")
    write_picture(np.eye(24)[:, :, None], "mask.png")
    words = {folder: line.format(f"{folder}/m.obj", png=f"{folder}/m.png").split() for folder in ("a", "b")}
    if "compare" in line:  # without the fits: the check stands before them
        Path("fixed").mkdir()
        found = Comparison(plan(["a/m.obj"], ["siren"], CompareConfig(steps=1, seeds=1, parameters=0)))
        write_report(found, Path("fixed/report.html"), inputs=["a/m.obj"])
    else:
        assert main(words["a"]) == 0, capsys.readouterr().err
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(words["b"]) == 6
    assert "another input" in capsys.readouterr().err.splitlines()[-1]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == written
    if "compare" not in line:
        assert main([*words["a"], "-q"]) == 0
        assert main([*words["b"], "--force"]) == 0


def test_what_a_field_gives_counts_as_made_from_the_fields_input(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("a", "b"):
        Path(folder).mkdir()
        write(sphere(1.0, cells=8), f"{folder}/m.obj")
    assert main(["fit", "a/m.obj", *QUICK]) == 0
    assert main(["fit", "b/m.obj", "--field", "n.field", "-o", "n.ply", *QUICK]) == 0
    assert main(["extract", "m.field", "-o", "m.shapefield.ply", "--resolution", "16"]) == 0
    assert main(["fit", "a/m.obj", *QUICK]) == 0
    assert main(["extract", "n.field", "-o", "m.shapefield.ply", "--resolution", "16"]) == 6
    opened = Result.load("m.field")
    opened.save("m.field")  # what was opened may be written back, and stays of its input
    assert made_from("m.field") == input_id("a/m.obj", "m.field")


@pytest.mark.skipif(os.name == "nt", reason="names of bytes")
def test_a_comparison_of_a_name_that_is_no_text_is_written(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.obj")
    write(sphere(1.0, cells=8), tmp_path / "ball.obj")
    os.rename(tmp_path / "ball.obj", name)
    wanted = plan([name], ["siren"], CompareConfig(steps=1, seeds=1, parameters=0))
    found = Comparison(wanted)
    found.rows = [Row(case, failed="not fitted here") for case in wanted.cases]
    for place in write_report(found, tmp_path / "report.html"):
        assert "caf" in place.read_text(encoding="utf-8") and place.stat().st_size > 50
