"""A family of balls and boxes: small networks, few steps, stated facts."""

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import shapefield as sf
from shapefield.cli.main import main
from shapefield.driving import finish
from shapefield.errors import InputError, InterruptedRun, OutputError, ResourceError, UsageError
from shapefield.events import Done, Notice, Progress
from shapefield.families.codefit import fit_code
from shapefield.families.config import FamilyConfig
from shapefield.families.decoder import Coded, build
from shapefield.families.gathering import gather
from shapefield.families.occnet import build as build_occnet
from shapefield.families.pipeline import FamilyJob, FamilyRun
from shapefield.families.posing import Pose, quarter_turns, rotations_of, strangers
from shapefield.mesh.inspection import inspect
from shapefield.mesh.model import Mesh, Similarity
from shapefield.mesh.reading import read
from shapefield.mesh.writing import write
from shapefield.methods import AutoDecoderOptions, OccNetOptions
from shapefield.storage.mark import input_id, made_from

TINY = {"width": 32, "depth": 3, "skip": 2, "code": 4, "frequencies": 2, "points": 64, "ema": 0.0}
CORNERS = np.array([[x, y, z] for x in (-0.6, 0.6) for y in (-0.4, 0.4) for z in (-0.5, 0.5)])
SIDES = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1], [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4],
         [1, 5, 7], [1, 7, 3]]  # fmt: skip
SAMPLES = Path(__file__).parents[2] / "sample_meshes" / "families.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five boxes of different heights, in different units and places, and a file that is no mesh."""
    place = tmp_path_factory.mktemp("boxes")
    for k in range(5):
        vertices = CORNERS * [1, 1, 0.5 + 0.3 * k] * (k + 1) + 10.0 * k
        write(Mesh(vertices, np.array(SIDES)), place / f"box{k}.ply")
    (place / "broken.ply").write_bytes(b"ply\nnonsense")
    return place


def run_of(folder: Path, output: Path, steps: int = 150, **settings) -> FamilyRun:
    config = FamilyConfig(model="deepsdf", steps=steps, samples=2000, device="cpu", checkpoint_every=1e-9, **settings)
    return FamilyRun(FamilyJob([folder], output, TINY, "shapefield family fit", every=0.0), config)


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("family") / "boxes.family"
    list(run_of(folder, output, steps=300, holdout=0.2).events())
    return output


def test_a_code_enters_as_if_it_stood_beside_every_point() -> None:
    options = AutoDecoderOptions(**(TINY | {"weight_norm": True, "frequencies": 0}))
    decoder, points, codes = build(options), torch.rand(2, 5, 3), torch.rand(2, 4)
    seen = torch.cat([points, codes[:, None].expand(2, 5, 4)], dim=2)
    h = torch.relu(decoder.layers[0](seen))
    h = torch.relu(decoder.layers[1](h))
    h = torch.relu(decoder.layers[2](torch.cat([h, seen], dim=2)))
    torch.testing.assert_close(decoder(points, codes), decoder.last(h)[:, :, 0])


def test_the_paper_s_sizes() -> None:
    from shapefield.methods import method

    entry = method("deepsdf", "family")
    options = entry.options(**entry.preset("paper"))
    decoder = build(options)
    shapes = [tuple(layer.weight.shape) for layer in decoder.layers]
    assert shapes[0] == (512, 259) and shapes[3] == (512 - 259, 512) and shapes[4] == (512, 512) and len(shapes) == 8
    assert (options.code_deviation, options.code_weight, options.clamp, options.dropout) == (0.01, 1e-4, 0.1, 0.2)


def test_dropout_comes_from_the_generator_alone() -> None:
    decoder = build(AutoDecoderOptions(**(TINY | {"dropout": 0.5})))
    points, codes = torch.rand(1, 64, 3), torch.rand(1, 4)
    one, two = (decoder(points, codes, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(one, two) and not torch.equal(one, decoder(points, codes))


def test_there_are_24_quarter_turns_and_the_identity_is_first() -> None:
    turns = quarter_turns()
    assert len({tuple(turn.ravel()) for turn in turns}) == 24 and np.array_equal(turns[0], np.eye(3))
    np.testing.assert_allclose(np.linalg.det(turns), 1)


def test_a_member_that_lies_is_turned_and_the_others_stay() -> None:
    random = np.random.default_rng(0)
    clouds = [random.uniform(-1, 1, (300, 3)) * [0.2, 0.4, 0.9] * [1, 1, 1 - 0.02 * k] for k in range(5)]
    clouds[3] = clouds[3][:, [2, 0, 1]]
    found = rotations_of(clouds)
    assert [np.array_equal(turn, np.eye(3)) for turn in found] == [True, True, True, False, True]
    np.testing.assert_allclose(np.abs(clouds[3] @ found[3].T).max(axis=0), [0.2, 0.4, 0.9], atol=0.1)


def test_a_pose_goes_there_and_back() -> None:
    pose = Pose(quarter_turns()[5], Similarity(np.array([1.0, 2, 3]), 0.25))
    points = np.random.default_rng(0).normal(size=(7, 3))
    np.testing.assert_allclose(pose.to_input(pose.to_family(points)), points)


def test_broken_files_are_told_and_left_out_and_samples_lie_in_the_family_s_frame(folder: Path) -> None:
    job, notices = gather(sorted(folder.iterdir()), FamilyConfig(samples=1000, normalise="common", align="none")), []
    while True:
        try:
            event = next(job)
        except StopIteration as end:
            found = end.value
            break
        if isinstance(event, Notice):
            notices.append(event.message)
    assert any(line.startswith("left out: broken.ply") for line in notices)
    assert [m.name for m in found.members] == [f"box{k}" for k in range(5)]
    reach = np.linalg.norm(found.points[:, : found.surface], axis=2).max(axis=1)
    assert reach[4] == pytest.approx(0.95, rel=0.1) and reach[0] < 0.2  # one size for all: the smallest stays small
    assert len({m.pose.scale for m in found.members}) == 1


def test_one_shape_is_no_family(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"at least two shapes, got the one shape of box0\.ply"):
        list(run_of(folder / "box0.ply", tmp_path / "one.family").events())
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="expected mesh files in the folder, got none"):
        list(run_of(tmp_path / "empty", tmp_path / "one.family").events())


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


def test_the_members_come_back_in_their_own_units(trained: Path) -> None:
    family = sf.Family.load(trained)
    assert len(family.members) == 4 and len(family.held) == 1 and family.codes.shape == (4, 4)
    for name in family.names:
        mesh = read(family.members[family.index(name)].path)
        radius, middle = mesh.similarity().radius, mesh.bounds.mean(axis=0)
        on_faces = mesh.triangles.mean(axis=1)
        away = np.abs(family.field(name).field(on_faces)) / radius
        assert away.mean() < 0.08  # its own place and size: another's faces are farther off than its radius
        assert family.field(name).field(middle[None])[0] < 0 < family.field(name).field(middle[None] + radius)[0]


def test_the_field_s_gradient_points_outward_in_input_units(trained: Path) -> None:
    field, middle = sf.Family.load(trained).field("box0"), np.zeros(3)  # the box that no place or size was given
    outside = middle + np.array([[0.0, 0, 3.0]])
    assert field.field(middle[None])[0] < 0 < field.field(outside)[0]
    assert field.gradient(outside)[0, 2] > 0


def test_an_unseen_shape_is_nearer_with_its_own_code_than_with_any_member_s(trained: Path) -> None:
    family = sf.Family.load(trained)
    unseen = read(family.held[0].path)
    found = finish(family.fitted(unseen, steps=60))
    assert found.error is not None
    away = np.abs(found.field(unseen.triangles.mean(axis=1))) / unseen.similarity().radius
    assert away.mean() < 0.1 and found.error < 0.1 * unseen.similarity().radius
    assert family.encode(unseen, steps=20).shape == (4,)
    with pytest.raises(InputError, match="at least 30 points, got 3"):
        family.encode(np.eye(3))


def test_a_fitted_code_s_error_is_no_greater_than_the_starts() -> None:
    decoder = build(AutoDecoderOptions(**TINY))
    codes, points = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), torch.rand(200, 3) * 2 - 1
    wanted = Coded(decoder, codes[2])(points).detach()[:, 0]
    found = finish(fit_code(decoder, codes, points, wanted, clamp=0.1, weight=0.0, steps=20))
    assert found.error < 0.02


def test_what_lies_between_two_members_has_the_ends_themselves(trained: Path) -> None:
    family = sf.Family.load(trained)
    first, *_, last = family.names
    frames = family.interpolate(first, last, 3)
    assert torch.equal(frames[0].code, family.codes[0]) and torch.equal(frames[2].code, family.codes[-1])
    assert frames[1].pose.scale == pytest.approx((frames[0].pose.scale * frames[2].pose.scale) ** 0.5)
    with pytest.raises(UsageError, match="did you mean box"):
        family.field("bux0")


def test_an_edit_moves_along_a_principal_direction(trained: Path) -> None:
    family = sf.Family.load(trained)
    directions, deviations = family.directions()
    name = family.names[0]
    moved = family.edited(name, {0: 2.0}).code - family.field(name).code
    torch.testing.assert_close(moved, 2 * deviations[0] * directions[0])
    torch.testing.assert_close(directions @ directions.T, torch.eye(len(directions)), atol=1e-5, rtol=0)
    with pytest.raises(UsageError, match="axis: expected 0 to 2, got 9"):
        family.edited(name, {9: 1.0})


def test_random_codes_come_again(trained: Path) -> None:
    family = sf.Family.load(trained)
    one, two = (family.sample(2, seed=3) for _ in range(2))
    assert torch.equal(one[0].code, two[0].code) and not torch.equal(one[0].code, one[1].code)


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


@pytest.mark.parametrize(("family", "number"), [("chairs", 3), ("vases", 2), ("gears", 1)])
def test_the_project_s_own_members_are_closed_and_come_again(family: str, number: int) -> None:
    spec = importlib.util.spec_from_file_location("make_families", SAMPLES)
    assert spec is not None and spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    one, two = (maker.member(family, number) for _ in range(2))
    seen = inspect(one)
    assert seen.watertight and seen.manifold and seen.components == 1 and seen.volume > 0
    assert np.array_equal(one.vertices, two.vertices) and not np.array_equal(
        one.bounds, maker.member(family, number + 1).bounds
    )


def test_done_holds_the_family(folder: Path, tmp_path: Path) -> None:
    *_, last = run_of(folder, tmp_path / "b.family", steps=5).events()
    assert isinstance(last, Done) and isinstance(last.result, sf.Family)
    assert last.result.report["residual"]["worst"] >= last.result.report["residual"]["mean"] > 0
    assert not list(tmp_path.glob("*.checkpoint"))


def test_shapes_of_other_kinds_are_told_and_shapes_that_lie_too() -> None:
    random = np.random.default_rng(0)
    clouds = [random.uniform(-0.5, 0.5, (300, 3)) * [0.2, 0.4, 1.9] for _ in range(4)]
    clouds.append(random.uniform(-0.5, 0.5, (300, 3)) * [1.6, 1.6, 0.1])
    assert strangers(clouds) == [4] and strangers(clouds[:4]) == []


def test_mixed_axes_are_told_where_they_are_left_as_they_are(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "mixed"
    place.mkdir()
    for k in range(3):
        vertices = CORNERS * [1, 1, 2.2 + 0.1 * k]
        write(Mesh(vertices[:, [2, 0, 1]] if k == 2 else vertices, np.array(SIDES)), place / f"box{k}.ply")
    lines = {}
    for align in ("auto", "none"):
        job = gather(sorted(place.iterdir()), FamilyConfig(samples=1000, align=align))
        lines[align] = [event.message for event in until_end(job) if isinstance(event, Notice)]
    assert lines["auto"] == ["turned to stand as the others: box2; --align none leaves all as they are"]
    assert lines["none"] == ["box2: lying otherwise than the others: --align auto turns them"]


def until_end(job):
    while True:
        try:
            yield next(job)
        except StopIteration:
            return


def test_samples_that_fit_no_memory_are_refused_before_they_are_drawn(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr("shapefield.machine.memory.free_bytes", lambda: 1e6)
    with pytest.raises(ResourceError, match=r"samples of 6 files: expected 1\.92 GB of free memory, got 1 MB"):
        list(until_end(gather(sorted(folder.iterdir()), FamilyConfig(samples=10_000_000))))


@pytest.mark.parametrize("model", ["grid", "occnet"])
def test_every_model_trains_saves_and_takes_unseen_shapes(model: str, folder: Path, tmp_path: Path) -> None:
    options: dict[str, Any] = {"code": 4, "width": 16, "points": 64, "frequencies": 2, "depth": 1}
    options |= {"cells": 8, "features": 4} if model == "grid" else {"encoder": 16, "cloud": 60}
    config = FamilyConfig(model=model, steps=250, samples=2000, device="cpu", holdout=0.2, checkpoint_every=0)
    *_, last = FamilyRun(FamilyJob([folder], tmp_path / "b.family", options), config).events()
    assert isinstance(last, Done) and last.result.report["residual"]["mean"] < 0.3
    family = sf.Family.load(tmp_path / "b.family")
    assert torch.equal(family.codes, last.result.codes) and family.reference is not None
    box = read(family.held[0].path)
    code = family.encode(box, steps=4)
    assert code.shape == (4,) and np.array_equal(code, family.encode(box, steps=4))
    field = family.field(family.names[0])
    middle = read(family.members[0].path).bounds.mean(axis=0)
    assert field.field(middle[None])[0] < 0 < field.field(family.members[0].pose.to_input(np.eye(3)))[0]


def test_a_cloud_is_encoded_in_one_pass_and_whatever_its_order() -> None:
    network = build_occnet(OccNetOptions(code=6, width=8, encoder=8, depth=1)).eval()
    cloud = torch.rand(2, 40, 3)
    torch.testing.assert_close(network.encode(cloud), network.encode(cloud[:, torch.randperm(40)]))
    assert network(cloud, network.encode(cloud)).shape == (2, 40)


def test_a_threshold_below_a_half_makes_the_surface_larger() -> None:
    points, codes = torch.rand(1, 9, 3), torch.rand(1, 6)
    low, half = (
        build_occnet(OccNetOptions(code=6, width=8, encoder=8, depth=1, threshold=t)).eval() for t in (0.2, 0.5)
    )
    torch.testing.assert_close(low(points, codes), half(points, codes) + float(np.log(4)))


def test_four_members_span_a_grid_and_frames_make_a_film(trained: Path, tmp_path: Path) -> None:
    family = sf.Family.load(trained)
    names = family.names
    rows = family.grid((names[0], names[1], names[2], names[3]), 3)
    torch.testing.assert_close(rows[1][1].code, family.codes.mean(dim=0))
    assert torch.equal(rows[0][2].code, family.codes[1]) and torch.equal(rows[2][0].code, family.codes[2])
    words = ["--resolution", "12", "-q", "--frames", "2", "-o", str(tmp_path)]
    start = ["family", "interpolate", str(trained), names[0], names[1]]
    assert main([*start, "--grid", names[2], names[3], *words]) == 0
    with Image.open(tmp_path / "grid.png") as sheet:
        assert sheet.size == (320, 320) and sheet.getextrema()[0][0] < 200
    assert sorted(p.stem for p in tmp_path.glob("*.ply")) == ["grid_00_00", "grid_00_01", "grid_01_00", "grid_01_01"]
    assert main([*start, "--video", str(tmp_path / "way.gif"), *words[:4], "3", *words[5:]]) == 0
    with Image.open(tmp_path / "way.gif") as film:
        assert getattr(film, "n_frames", 1) == 4  # there and back, the ends once
    assert main([*start, "--video", str(tmp_path / "way.txt"), *words]) == 2
