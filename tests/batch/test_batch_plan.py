"""Which files are meant, what they are called, and what of them is done again."""

import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from shapefield.batches.config import BatchConfig
from shapefield.batches.inputs import expanded
from shapefield.batches.manifest import read
from shapefield.batches.naming import stems_of
from shapefield.batches.plan import BatchPlan, plan
from shapefield.batches.record import Status
from shapefield.batches.running import batching
from shapefield.errors import InputError, OutputError, ShapefieldError, UsageError

CONFIG = BatchConfig(jobs=1)


def planned(*inputs: str, job: str = "repair", settings: dict | None = None, out: str = "out", **more) -> BatchPlan:
    return plan(inputs, out, job, settings or {}, replace(CONFIG, **more))


def names(found: BatchPlan) -> list[str]:
    return [task.name for task in found.tasks]


def test_all_ways_to_name_inputs(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / "models/notes.txt.md").write_text("no mesh")
    (tree / "models/.hidden.obj").write_text("")
    (tree / "list.txt").write_text("# two\nmodels/a/model.obj\n\nmodels/b/model.obj\n")
    (tree / "list.csv").write_text("path,mode,keep_open\nmodels/a/model.obj,keep,\nmodels/b/model.obj,,true\n")
    (tree / "list.jsonl").write_text('{"path": "models/a/model.obj", "voxel": "1mm"}\n')
    both = ["models/a/model.obj", "models/b/model.obj"]
    assert [one.path for one in expanded(["models"])] == both
    assert [one.path for one in expanded(["models/**/*.obj", "models"])] == both
    assert [one.path for one in expanded(["list.txt"])] == both
    assert [one.options for one in expanded(["list.csv"])] == [{"mode": "keep"}, {"keep_open": "true"}]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"models/b/model.obj\n")))
    assert [one.path for one in expanded(["-"])] == both[1:]
    tasks = planned("list.csv").tasks
    assert tasks[0].command == "shapefield repair models/a/model.obj --mode keep --output out/a/model.obj"
    assert tasks[1].command == "shapefield repair models/b/model.obj --keep-open --output out/b/model.obj"
    assert planned("list.jsonl").tasks[0].name == "model.obj"


def test_names_keep_the_tree_and_outputs_are_never_shared(tree: Path) -> None:
    (tree / "models/a/model.stl").write_text("")
    (tree / "models/a/Model.OBJ.gz").write_text("")
    found = planned("models", job="fit", settings={"steps": 3, "omega": 20.0, "method": "siren"})
    outputs = [path for task in found.tasks for path in task.outputs.values()]
    assert len({path.casefold() for path in outputs}) == 2 * len(found.tasks) == 8
    assert found.tasks[-1].outputs == {"output": "b/model.ply", "field": "b/model.field"}
    assert "--set omega=20" in found.tasks[0].command and "--steps 3" in found.tasks[0].command
    assert stems_of(["a/m.obj", "a/m.stl", "a/n.obj"]) == ["a/m.obj", "a/m.stl", "a/n"]


def test_one_line_for_what_cannot_be(tree: Path) -> None:
    (tree / "empty").mkdir()
    (tree / "bad.csv").write_text("path,mode\nmodels/a/model.obj,sideways\n")
    (tree / "bad.jsonl").write_text('{"path": "models/a/model.obj"}\n{"path": 3\n')
    (tree / "twice.csv").write_text("path,mode\nmodels/a/model.obj,keep\nmodels/a/model.obj,\n")
    (tree / "latin.txt").write_bytes(b"a.obj\n\xff\xfe\n")
    cases: list[tuple[type[ShapefieldError], str, tuple, dict]] = [
        (InputError, "empty: expected mesh files in the folder, got none", ("empty",), {}),
        (InputError, "nowhere: expected a mesh, a folder", ("nowhere",), {}),
        (InputError, "bad.jsonl, line 2: expected a JSON object", ("bad.jsonl",), {}),
        (UsageError, "bad.csv, line 2: mode: expected one of auto, keep", ("bad.csv",), {}),
        (InputError, "twice.csv, line 3: expected models/a/model.obj once", ("twice.csv",), {}),
        (InputError, "latin.txt, line 2: expected UTF-8", ("latin.txt",), {}),
        (OutputError, "models/out: expected a folder apart from the inputs", ("models",), {"out": "models/out"}),
        (OutputError, "model.obj: is an input, which would be lost", ("models/a/model.obj",), {"out": "models/a"}),
        (UsageError, "expected one of", ("models",), {"job": "mend"}),
        (UsageError, "shard: expected i/n", ("models",), {"shard": "9/8"}),
        (UsageError, "reference: expected --reference", ("models",), {"job": "eval"}),
    ]
    for kind, said, inputs, more in cases:
        with pytest.raises(kind, match=said) as caught:
            planned(*inputs, **more)
        assert "\n" not in str(caught.value)
    assert not (tree / "out").exists()


def test_what_is_done_is_not_done_again(tree: Path, fake: None) -> None:
    list(batching(planned("models")))
    first = read(Path("out"))
    assert [record.status for record in first.values()] == [Status.DONE] * 2
    assert not planned("models").tasks
    os.utime("models/a/model.obj")  # another time, the same bytes
    assert not planned("models").tasks
    Path("models/a/model.obj").write_text("# another\n")
    assert names(planned("models")) == ["a/model.obj"]
    list(batching(planned("models")))
    Path("out/b/model.obj").unlink()
    assert names(planned("models")) == ["b/model.obj"]
    list(batching(planned("models")))
    Path("out/b/model.obj").write_text(Path("out/b/model.obj").read_text().replace("b", "c"))
    assert not planned("models").tasks
    assert names(planned("models", redo="changed")) == ["b/model.obj"]
    assert len(planned("models", redo="all").tasks) == 2


def test_another_job_or_other_settings_are_refused_in_one_line(tree: Path, fake: None) -> None:
    list(batching(planned("models", settings={"mode": "keep"})))
    with pytest.raises(UsageError, match="expected the manifest of --job info, got that of --job repair"):
        planned("models", job="info")
    with pytest.raises(UsageError, match=r"got one with others .*--mode keep.*--redo changed"):
        planned("models")
    assert len(planned("models", redo="changed").tasks) == 2


def test_shards_share_the_work_and_are_merged(tree: Path, fake: None) -> None:
    from shapefield.batches.manifest import manifests, merge

    parts = [planned("models", shard=f"{k}/2") for k in (1, 2)]
    assert [names(part) for part in parts] == [["a/model.obj"], ["b/model.obj"]]
    for part in parts:
        list(batching(part))
    assert len(manifests(Path("out"))) == 2 and not planned("models").tasks
    assert sorted(merge(Path("out"))) == ["a/model.obj", "b/model.obj"]
    assert [path.name for path in manifests(Path("out"))] == ["manifest.jsonl"]
    with pytest.raises(UsageError, match="same settings"):
        planned("models", shard="1/2", settings={"mode": "keep"})


def test_a_torn_last_line_counts_for_nothing_and_a_broken_one_is_named(tree: Path, fake: None) -> None:
    list(batching(planned("models")))
    place = Path("out/manifest.jsonl")
    whole = place.read_bytes()
    place.write_bytes(whole[:-40])
    assert names(planned("models")) == ["b/model.obj"]
    list(batching(planned("models")))
    assert len(place.read_bytes().splitlines()) == 2 and not planned("models").tasks
    place.write_bytes(b"work of another program\n" + whole)
    with pytest.raises(InputError, match=r"out/manifest.jsonl, line 1: expected a JSON record"):
        planned("models")


def test_reports_are_kept_where_they_are_asked_for(tree: Path, fake: None) -> None:
    list(batching(planned("models")))
    assert len(planned("models", reports=True).tasks) == 2, "without reports they are not what is asked for"
    list(batching(planned("models", reports=True)))
    report = json.loads(Path("out/a/model.json").read_text())
    assert report["preservation"] == {"lost": 0.0}
    assert "a/model.json" in [one.path for one in read(Path("out"))["a/model.obj"].outputs]
    assert not planned("models", reports=True).tasks and not planned("models").tasks
    with pytest.raises(UsageError, match="reports: expected --job fit or repair"):
        planned("models", job="sample", reports=True, out="other")
