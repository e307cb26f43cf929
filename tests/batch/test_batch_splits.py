"""The lists of a training set, as DeepSDF and occupancy networks walk through them."""

import json
from pathlib import Path

import pytest

from shapefield.batches.config import BatchConfig
from shapefield.batches.jobs import JOBS
from shapefield.batches.plan import plan
from shapefield.batches.record import Output, Record, Status
from shapefield.batches.splits import write_splits
from shapefield.errors import OutputError


def records(layout: str, names: list[str]) -> list[Record]:
    found = []
    for name in names:
        stem = name.removesuffix(".obj")
        paths = JOBS["sample"].outputs(stem, name, None, {"layout": layout}).values()
        outputs = [Output(path, "", 0) for path in paths]
        found.append(Record(name, name, "sample", "", "", Status.DONE, outputs=outputs))
    return [*found, Record("bad.obj", "bad.obj", "sample", "", "", Status.CRASHED)]


NAMES = ["alone.obj", *(f"chair/{k:02}/model.obj" for k in range(40))]


def test_deepsdf_walks_through_every_member(tmp_path: Path) -> None:
    write_splits(tmp_path, records("deepsdf", NAMES), False)
    found = []
    for part in ("train", "val", "test"):
        split = json.loads((tmp_path / f"splits/{part}.json").read_text())
        for data, groups in split.items():  # as deep_sdf.data.get_instance_filenames does
            found += [f"{data}/{group}/{name}.npz" for group in groups for name in groups[group]]
    wanted = {output.path for one in records("deepsdf", NAMES) for output in one.outputs}
    assert {f"SdfSamples/{one}" for one in found} == {path for path in wanted if path.startswith("SdfSamples/")}
    assert "SdfSamples/meshes/chair/07/model.npz" in wanted
    assert "NormalizationParameters/meshes/chair/07/model.npz" in wanted
    assert len(found) == 41


def test_occupancy_networks_walk_through_every_member(tmp_path: Path) -> None:
    write_splits(tmp_path, records("occupancy", NAMES), False)
    found, sizes = [], {}
    for part in ("train", "val", "test"):
        lines = (tmp_path / "chair" / f"{part}.lst").read_text().split("\n")
        sizes[part] = len(lines)
        found += [f"chair/{line}/points.npz" for line in lines if line]
    assert sorted(found) == sorted(f"chair/{k:02}/model/points.npz" for k in range(40))
    assert sizes["train"] > 25 and sizes["val"] and sizes["test"]
    assert '"chair": {id: "chair", name: "chair"}' in (tmp_path / "metadata.yaml").read_text()
    write_splits(tmp_path, records("occupancy", NAMES[:5]), False)
    (tmp_path / "metadata.yaml").write_text("the work of somebody else\n")
    with pytest.raises(OutputError, match="was not made by shapefield"):
        write_splits(tmp_path, records("occupancy", NAMES), False)


def test_a_batch_places_both_files(tree: Path) -> None:
    found = plan(["models"], "out", "sample", {"layout": "occupancy"}, BatchConfig())
    assert found.tasks[0].outputs == {"output": "a/model/points.npz", "+twin": "a/model/pointcloud.npz"}
    assert found.tasks[0].command.endswith("--layout occupancy --output out/a/model/points.npz")
