"""Two inputs of one stem do not overwrite each other's outputs; a comparison survives a name that is no text."""

import os
import shutil
from pathlib import Path

import pytest
from shapes import sphere

from shapefield.cli.main import main
from shapefield.errors import OutputError
from shapefield.fitting.madefrom import check_same_input, input_id
from shapefield.lab.comparison.plan import CompareConfig, plan
from shapefield.lab.comparison.rows import Row
from shapefield.lab.comparison.running import Comparison
from shapefield.lab.comparison.writing import write as write_report
from shapefield.mesh.writing import write

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
    assert "model.field: was made from another input than b/model.obj" in capsys.readouterr().err
    assert [Path(name).read_bytes() for name in ("model.field", "model.shapefield.ply")] == first
    Path("out").mkdir()
    assert main(["fit", "b/model.obj", "--out-dir", "out", *QUICK]) == 0
    assert sorted(os.listdir("out")) == ["model.field", "model.shapefield.ply"]
    assert main(["fit", "a/model.obj", *QUICK]) == 0  # its own again
    assert Path("model.field").read_bytes() == first[0]
    shutil.move(tmp_path / "work", tmp_path / "moved")  # inputs and outputs together
    assert check_same_input(tmp_path / "moved/a/model.obj", tmp_path / "moved/model.field", False) == ""
    with pytest.raises(OutputError, match="--out-dir"):
        check_same_input(tmp_path / "moved/b/model.obj", tmp_path / "moved/model.field", False)
    assert check_same_input(tmp_path / "moved/b/model.obj", tmp_path / "moved/model.field", True) == ""


def test_an_id_is_of_the_path_as_the_field_sees_it(tmp_path: Path) -> None:
    ids = {input_id(tmp_path / a, tmp_path / b) for a, b in (("a/m.obj", "m.field"), ("b/m.obj", "m.field"))}
    assert len(ids) == 2 and all(len(one) == 12 for one in ids)
    assert input_id(tmp_path / "a/m.obj", tmp_path / "m.field") == input_id(tmp_path / "b/../a/m.obj", tmp_path / "n.f")


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
