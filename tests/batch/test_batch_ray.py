"""The Ray engine on a cluster of two nodes, of which one is lost in the middle."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shapefield.batches.config import BatchConfig
from shapefield.batches.manifest import read
from shapefield.batches.plan import plan
from shapefield.batches.record import Status
from shapefield.batches.running import Recorded, batching


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator:
    """Two nodes of one core each; the driver's own node has none."""
    monkeypatch.setenv("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]))
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    nodes = [made.add_node(num_cpus=1) for _ in range(2)]
    ray.init(address=made.address, log_to_driver=False, logging_level="ERROR")
    yield made, nodes
    ray.shutdown()
    made.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_lost_node_costs_what_it_was_doing(cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, nodes = cluster
    monkeypatch.chdir(tmp_path)
    Path("odd").mkdir()
    for k in range(12):
        Path(f"odd/{k:02}.obj").write_text(f"# {k}\n")
    Path("odd/empty.obj").write_text("")
    config = BatchConfig(engine="ray", timeout=300.0)
    events, lost, names = batching(plan([str(tmp_path / "odd")], str(tmp_path / "out"), "info", {}, config)), False, []
    for event in events:
        if isinstance(event, Recorded):
            names.append(event.record.name)
            if len(names) == 3 and not lost:
                made.remove_node(nodes[0], allow_graceful=False)
                lost = True
    found = read(Path("out"))
    assert sorted(names) == sorted(found) and len(found) == 13
    assert {record.status for record in found.values()} == {Status.FAILED}  # comments alone are no mesh
    assert {record.exit_code for record in found.values()} == {3}
    assert len(Path("out/manifest.jsonl").read_text().splitlines()) == 13
