"""`shapefield batch` as it is typed: real workers, and the bytes that each command gives alone."""

import json
from pathlib import Path

import pytest
from shapes import sphere

from shapefield.cli.main import main
from shapefield.mesh.writing import write


def test_a_batch_gives_the_bytes_of_each_command_alone(
    tree: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name, radius in (("a", 1.0), ("b", 3.0)):
        write(sphere(radius, cells=8), tree / "models" / name / "model.obj", force=True)
    (tree / "models" / "broken.stl").write_bytes(b"solid")
    Path("out/a").mkdir(parents=True)
    Path("out/a/model.npz").write_text("work of another program")
    line = ["batch", "models", "-o", "out", "--force", "--job", "sample", "-n", "1000", "--jobs", "1", "--json"]
    assert main(line) == 1
    *records, totals = map(json.loads, capfd.readouterr().out.splitlines())
    assert totals["totals"]["counts"] == {"done": 2, "failed": 1}
    found = {record["name"]: record for record in records}
    assert [json.loads(one) for one in Path("out/manifest.jsonl").read_text().splitlines()] == records
    assert found["broken.stl"]["exit_code"] == 3 and found["broken.stl"]["line"].startswith("broken.stl: expected")
    assert found["a/model.obj"]["figures"] == {"samples": 1000}
    alone = Path("out/b/model.npz").read_bytes()
    Path("out/b/model.npz").unlink()
    assert main(["sample", "models/b/model.obj", "-n", "1000", "--output", "out/b/model.npz", "-q"]) == 0
    assert Path("out/b/model.npz").read_bytes() == alone
    assert main(line) == 1  # nothing to do: the failure stands, and nothing is begun
    assert len(capfd.readouterr().out.splitlines()) == 1
    assert len(Path("out/manifest.jsonl").read_text().splitlines()) == 3


def test_a_dry_run_writes_nothing_and_tells_the_lines(tree: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["batch", "models", "-o", "out", "--job", "repair", "--mode", "keep", "--dry-run"]) == 0
    said = capfd.readouterr().out.splitlines()
    assert said[0] == "2 meshes: 2 to do, 0 done already"
    assert said[1].strip() == "shapefield repair models/a/model.obj --mode keep --output out/a/model.obj"
    assert not Path("out").exists()
    assert main(["batch", "models", "-o", "out", "--job", "repair", "--steps", "3"]) == 2
    assert "--steps: no such option" in capfd.readouterr().err
    assert main(["batch", "merge", "out"]) == 3
    assert main(["batch", "models", "-o", "out", "--job", "info", "--shard", "3/2", "-q"]) == 2
