"""From files to members: poses, what is left out, what is told."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from boxfamily import CORNERS, SIDES, run_of, until_end

from shapefield.errors import InputError, ResourceError
from shapefield.events import Notice
from shapefield.families.config import FamilyConfig
from shapefield.families.gathering import gather
from shapefield.families.posing import Pose, quarter_turns, rotations_of, strangers
from shapefield.mesh.inspection import inspect
from shapefield.mesh.model import Mesh, Similarity
from shapefield.mesh.writing import write

SAMPLES = Path(__file__).parents[2] / "sample_meshes" / "families.py"


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


def test_samples_that_fit_no_memory_are_refused_before_they_are_drawn(folder: Path, monkeypatch) -> None:
    monkeypatch.setattr("shapefield.machine.memory.free_bytes", lambda: 1e6)
    with pytest.raises(ResourceError, match=r"samples of 6 files: expected 1\.92 GB of free memory, got 1 MB"):
        list(until_end(gather(sorted(folder.iterdir()), FamilyConfig(samples=10_000_000))))


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
