"""A family's file and commands: what is written, read again, refused and not replaced."""

import json
import shutil
from pathlib import Path

import pytest
from boxfamily import TINY, run_of

import shapefield as sf
from shapefield.cli.main import main
from shapefield.errors import InputError, InterruptedRun, OutputError
from shapefield.events import Done, Progress
from shapefield.families.pipeline import FamilyJob
from shapefield.mesh.inspection import inspect
from shapefield.mesh.reading import read
from shapefield.storage.mark import input_id, made_from


def test_a_run_that_was_interrupted_ends_in_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    whole, parted = tmp_path / "whole.family", tmp_path / "parted.family"
    list(run_of(folder, whole, steps=30).events())
    job = run_of(folder, parted, steps=30).events()
    with pytest.raises(InterruptedRun, match=r"at step 1[0-9] of 30"):
        for event in job:
            if isinstance(event, Progress) and event.stage == "training" and event.done >= 12:
                job.throw(InterruptedRun("stop"))
    again = run_of(folder, parted, steps=30)
    again.job = FamilyJob([folder], parted, TINY, "shapefield family fit", resume=True)
    again.terms = type(again.terms)(**(vars(again.terms) | {"resume": True}))
    list(again.events())
    assert whole.read_bytes() == parted.read_bytes()


def test_a_family_file_is_read_whole_or_refused(trained: Path, tmp_path: Path) -> None:
    data = bytearray(trained.read_bytes())
    data[-5] ^= 1
    (tmp_path / "bad.family").write_bytes(data)
    with pytest.raises(InputError, match="its checksum is of, got another"):
        sf.Family.load(tmp_path / "bad.family")
    family = sf.Family.load(trained)
    family.codes = family.codes[:, :3]
    family.save(tmp_path / "short.family")
    with pytest.raises(InputError, match=r"codes: expected \(4, 4\), got \(4, 3\)"):
        sf.Family.load(tmp_path / "short.family")
    with pytest.raises(InputError, match="expected a field, got a family"):
        sf.load(trained)


def test_a_family_that_moves_with_its_members_finds_them_and_tells_of_no_folder(trained: Path, tmp_path: Path) -> None:
    family = sf.Family.load(trained)
    shutil.copytree(
        Path(family.members[0].path).parent, tmp_path / "elsewhere" / Path(family.members[0].path).parent.name
    )
    (tmp_path / "elsewhere" / "family").mkdir()
    moved = shutil.copy(trained, tmp_path / "elsewhere" / "family" / "boxes.family")
    assert str(trained.parent.parent).encode() not in trained.read_bytes()
    for member in sf.Family.load(moved).members:
        assert Path(member.path).parent.parent == tmp_path / "elsewhere" and Path(member.path).is_file()


def test_the_commands_write_what_they_say(trained: Path, folder: Path, tmp_path: Path, capsys) -> None:
    family = sf.Family.load(trained)
    first, last = family.names[0], family.names[-1]
    assert main(["family", "info", str(trained), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in told["members"]] == family.names and told["code"] == 4
    words = ["--resolution", "16", "-q"]
    assert main(["family", "reconstruct", str(trained), first, "-o", str(tmp_path / "m.ply"), *words]) == 0
    assert inspect(read(tmp_path / "m.ply")).watertight
    frames = tmp_path / "frames"
    assert main(["family", "interpolate", str(trained), first, last, "--frames", "3", "-o", str(frames), *words]) == 0
    assert sorted(p.name for p in frames.iterdir()) == ["frame_00.ply", "frame_01.ply", "frame_02.ply"]
    assert main(["family", "edit", str(trained), first, "--axis", "x=1", "-o", str(tmp_path / "e.ply")]) == 2
    assert main(["family", "reconstruct", str(trained), "nobody", "-o", str(tmp_path / "n.ply"), *words]) == 2
    assert main(["family", "fit", str(folder), "-o", str(tmp_path / "a.field")]) == 2


@pytest.mark.slow
def test_eval_measures_members_unseen_shapes_and_halves(trained: Path, capsys) -> None:
    family = sf.Family.load(trained)
    assert main(["family", "eval", str(trained), "--resolution", "16", "--json"]) == 0
    found = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert set(found["members"]["shapes"]) == set(family.names) and len(found["unseen"]["shapes"]) == 1
    assert found["completion"]["seen"]["mean"] < found["completion"]["unseen"]["mean"] < 0.2


def test_what_a_family_gives_is_not_replaced_by_another_family_s(trained: Path, tmp_path: Path, capsys) -> None:
    other, frames, mesh = tmp_path / "other.family", tmp_path / "frames", tmp_path / "m.ply"
    shutil.copy(trained, other)
    first = sf.Family.load(trained).names[0]
    for name, words in (
        (mesh, ("reconstruct", first, "-o", mesh)),
        (mesh, ("edit", first, "--axis", "0=1", "-o", mesh, "--force")),
        (frames / "sample_00.ply", ("sample", "-n", "1", "--out-dir", frames)),
    ):
        action, *rest = map(str, words)
        line = ["family", action, str(trained), *rest, "--resolution", "16", "-q"]
        assert main(line) == 0 and made_from(name) == input_id(trained, name)
        first_bytes = name.read_bytes()
        line[2] = str(other)
        assert main([word for word in line if word != "--force"]) == 6 and name.read_bytes() == first_bytes
        assert "another input than" in capsys.readouterr().err
    assert main([*line, "--force"]) == 0 and made_from(name) == input_id(other, name)


def test_a_family_s_file_is_replaced_by_its_own_meshes_alone(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "b.family"
    list(run_of(folder, out, steps=2).events())
    assert made_from(out) == input_id([folder], out)
    before = out.read_bytes()
    sf.Family.load(out).save(out)  # what was opened may be written back, and stays of its meshes
    assert out.read_bytes() == before
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder, elsewhere)
    with pytest.raises(OutputError, match="another input than"):
        list(run_of(elsewhere, out, steps=2).events())
    assert out.read_bytes() == before


def test_done_holds_the_family(folder: Path, tmp_path: Path) -> None:
    *_, last = run_of(folder, tmp_path / "b.family", steps=5).events()
    assert isinstance(last, Done) and isinstance(last.result, sf.Family)
    assert last.result.report["residual"]["worst"] >= last.result.report["residual"]["mean"] > 0
    assert not list(tmp_path.glob("*.checkpoint"))
